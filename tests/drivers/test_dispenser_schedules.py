"""Nothing that line, cable, board, cabinet and robot do together makes two drops of one wish."""

import shutil

import pytest
from hypothesis import Phase

from kiosk_robot.dispensing.registers import JobState
from kiosk_robot.drivers.simulated.dispenser_firmware import DispenserFirmware, JobRecord
from kiosk_robot.hardware_bench import dispenser
from kiosk_robot.hardware_bench.dispenser_schedules import (
    FirmwareSchedule,
    ModelWorld,
    Schedule,
    run_schedules,
)

pytestmark = pytest.mark.thorough


def test_the_books_balance_with_the_model() -> None:
    tally = run_schedules(Schedule, 200)
    assert tally.pieces > 100  # it was not all failure
    assert tally.unknown > 100


@pytest.mark.skipif(not shutil.which("avr-gcc"), reason="gcc-avr is not installed")
def test_the_books_balance_with_the_real_firmware() -> None:
    tally = run_schedules(FirmwareSchedule, 20)
    assert tally.pieces > 5


class Generous(DispenserFirmware):
    """A board that drops two at a time."""

    def _see_drop(self, job: JobRecord) -> None:
        self.cabinet.drops.append((job.slot, job.job_id))
        super()._see_drop(job)


class Boastful(DispenserFirmware):
    """A board that takes a job that a restart broke off for done."""

    def reset(self) -> None:
        super().reset()
        if self.log and self.log[-1].state is JobState.UNCERTAIN:
            self.log[-1].state = JobState.DROPPED


@pytest.mark.parametrize("firmware", [Generous, Boastful])
def test_a_wrong_firmware_does_not_pass(firmware: type[DispenserFirmware]) -> None:
    class WrongWorld(ModelWorld):
        def __init__(self) -> None:
            super().__init__()
            self._board = firmware({})

    class WrongSchedule(Schedule):
        world_type = WrongWorld

    with pytest.raises(AssertionError, match="fell"):
        run_schedules(WrongSchedule, 100, phases=(Phase.generate,))


def test_hours_of_service_keep_no_handle_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispenser, "DAY_S", 2 * dispenser.HOUR_S)
    figures = dispenser.day_of_service()
    assert figures["pieces"] == 40
    assert figures["polls while the cable was out"]
    assert figures["growth of handles"] == 0
