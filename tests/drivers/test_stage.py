"""World and devices are bound: what stands before the sensor is measured, what drops falls."""

import threading

import pytest

from kiosk_robot.dispensing.registers import Slot
from kiosk_robot.drivers.simulated.devices import NOBODY_MM
from kiosk_robot.drivers.simulated.stage import Stage, StageLine


class Devices:
    """As much of the simulated devices as the stage touches."""

    def __init__(self) -> None:
        self.dispenser = self
        self.range_mm = 0
        self.drops: list[Slot] = []

    def set_range_mm(self, distance: int) -> None:
        self.range_mm = distance


@pytest.fixture
def stage(tmp_path):
    with Stage(tmp_path / "stage", Devices()) as stage:
        yield stage


@pytest.fixture
def world(stage, tmp_path):
    """A world that does what it is told and says so."""
    line, done, ended = StageLine(str(tmp_path / "stage")), [], threading.Event()
    line.range = None

    def live() -> None:
        while not ended.wait(0.01):
            line.carry_out(done.append)
            line.tell({"range": line.range})

    thread = threading.Thread(target=live)
    thread.start()
    line.done = done
    yield line
    ended.set()
    thread.join()


def test_an_order_is_carried_out_before_it_returns(stage, world):
    stage.order("card", distance=0.6)
    assert world.done == [{"card": {"distance": 0.6}}]


def test_the_range_goes_to_the_board(stage, world):
    assert stage.wait_for(lambda _: stage._devices.range_mm == NOBODY_MM, 10)
    world.range = 0.66
    assert stage.wait_for(lambda _: stage._devices.range_mm == 660, 10)


def test_what_the_motor_drops_falls_in_the_world_once(stage, world):
    stage.order("begin")
    stage._devices.drops.append(Slot.WATER)
    stage.order("battery", charge=0.5)
    assert stage.wait_for(lambda _: {"drop": {"item": "water"}} in world.done, 10)
    stage.order("battery", charge=0.4)
    assert sum("drop" in order for order in world.done) == 1
