import pytest

from kiosk_robot.dispensing.registers import (
    BoardState,
    InputRegister,
    JobReason,
    JobState,
    Slot,
)
from kiosk_robot.dispensing.state import decode

HEALTHY = {
    InputRegister.PROTOCOL_VERSION: 1,
    InputRegister.BOARD_STATE: 0,
    InputRegister.LAST_JOB_ID: 41,
    InputRegister.LAST_JOB_STATE: JobState.DROPPED,
    InputRegister.LAST_JOB_REASON: JobReason.NONE,
    InputRegister.STOCK_WATER: 12,
    InputRegister.STOCK_CANDY: 3,
    InputRegister.STOCK_SPARE_1: 0,
    InputRegister.STOCK_SPARE_2: 0,
    InputRegister.LOW_STOCK: 0b1110,
    InputRegister.TEMPERATURE: 315,
    InputRegister.RANGE: 640,
    InputRegister.UPTIME: 3600,
    InputRegister.RESTARTS: 7,
}


def block(**changes: int) -> list[int]:
    values = HEALTHY | {InputRegister[name.upper()]: value for name, value in changes.items()}
    return [values[register] for register in InputRegister]


def test_a_healthy_board() -> None:
    state = decode(block())
    assert not state.busy
    assert not state.faults
    assert (state.last_job_id, state.last_job_state) == (41, JobState.DROPPED)
    assert state.stock[Slot.WATER] == 12
    assert state.low_stock == {Slot.CANDY, Slot.SPARE_1, Slot.SPARE_2}
    assert state.temperature_c == pytest.approx(31.5)
    assert state.range_mm == 640
    assert (state.uptime_s, state.restarts) == (3600, 7)


def test_busy_is_no_fault_and_faults_are_told_apart() -> None:
    assert decode(block(board_state=1)).busy
    assert not decode(block(board_state=1)).faults
    assert decode(block(board_state=0b00111)).faults == BoardState.JAM | BoardState.DOOR_OPEN


def test_frost_is_below_zero() -> None:
    assert decode(block(temperature=0x10000 - 25)).temperature_c == pytest.approx(-2.5)


def test_nobody_in_front_has_no_distance() -> None:
    assert decode(block(range=0xFFFF)).range_mm is None


@pytest.mark.parametrize("length", [0, 13, 15])
def test_wrong_length_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match=f"has 14 registers, got {length}"):
        decode([1] * length)


def test_other_protocol_version_is_refused() -> None:
    with pytest.raises(ValueError, match="speaks protocol version 2, this robot 1"):
        decode(block(protocol_version=2))


@pytest.mark.parametrize(
    "changes", [{"board_state": 32}, {"last_job_state": 6}, {"last_job_reason": 7}]
)
def test_a_value_outside_the_map_never_passes_for_healthy(changes: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"not a valid|invalid value"):
        decode(block(**changes))
