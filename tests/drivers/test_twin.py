"""The headless hall: the same SDF as Gazebo's, loaded and run by Drake."""

import math

import pytest

pytest.importorskip("pydrake", reason="needs the group `sim` (`make sim`)")

from kiosk_robot.demo import CARD
from kiosk_robot.drivers.qr import QrReader
from kiosk_robot.drivers.simulated.scene import Scene

HOME = (1.3, -2.2, -math.pi / 2)


@pytest.fixture(scope="module")
def hall() -> Scene:
    return Scene()


@pytest.fixture
def scene(hall) -> Scene:
    hall.carry_out({"begin": {}})
    return hall


def test_the_robot_drives_as_its_wheels_are_told(scene):
    x, y, _ = scene.twin.place
    scene.drive(0.4, 0.0)
    scene.advance(2.5)
    assert scene.twin.place[0] == pytest.approx(x, abs=0.02)
    assert scene.twin.place[1] == pytest.approx(y - 1.0, abs=0.06)
    scene.drive(0.0, 0.5)
    scene.advance(2.0)
    assert scene.twin.place[2] == pytest.approx(HOME[2] + 1.0, abs=0.1)


def test_an_emergency_stop_cuts_the_wheels_off(scene):
    scene.drive(0.4, 0.0)
    scene.carry_out({"emergency_stop": {"pressed": True}})
    scene.advance(1.0)
    assert scene.twin.place[:2] == pytest.approx(HOME[:2], abs=0.01)


def test_lidar_and_range_sensor_see_who_steps_before_the_robot(scene):
    assert scene.state()["range"] > 2
    scene.carry_out({"enter": {"who": "citizen_1", "at": [0.0, -6.0, 1.6]}})
    scene.carry_out({"walk": {"who": "citizen_1", "way": [[0.0, -4.4], [1.3, -3.3]]}})
    scene.advance(4.0)
    assert scene.state()["range"] == pytest.approx(1.1 - 0.22 - 0.12, abs=0.03)
    ahead = scene.twin.scan()[180]
    assert ahead == pytest.approx(1.1 - 0.22, abs=0.03)
    assert scene.state()["nearest"] == pytest.approx(1.1 - 0.22 - 0.25, abs=0.03)


def test_a_wall_stops_the_robot_and_the_bumper_feels_it(scene):
    scene.twin.set_robot((6.4, -3.0, 0.0))
    scene.advance(0.2)
    assert not scene.touched
    scene.drive(0.3, 0.0)
    scene.advance(3.0)
    assert scene.touched
    assert scene.twin.place[0] < 7.0 - 0.24


def test_a_card_is_read_from_the_rendered_picture(scene):
    assert not QrReader().read(scene.frame()).codes
    scene.carry_out({"card": {"distance": 0.65, "tilt": 0.2}})
    (code,) = QrReader().read(scene.frame()).codes
    assert code.payload.decode() == CARD
    scene.carry_out({"no_card": {}})
    assert not QrReader().read(scene.frame()).codes


def test_nothing_is_rendered_twice_while_nothing_moves(scene):
    before = len(scene.frames)
    for _ in range(3):
        scene.frame()
    assert len(scene.frames) - before <= 1


@pytest.mark.parametrize("item", ["water", "candy"])
def test_what_is_given_falls_into_the_tray_and_stays_there_on_the_way(scene, item):
    for _ in range(8):
        scene.carry_out({"drop": {"item": item}})
        scene.advance(0.8)
        scene.drive(0.3, 0.3)
        scene.advance(1.0)
        scene.drive(-0.3, 0.3)
        scene.advance(1.0)
        assert scene.state()["tray"] == [item]
        scene.carry_out({"take": {"item": item}})
        assert scene.state()["tray"] == []


@pytest.mark.parametrize("order", [{"dance": {}}, {"enter": {"who": "x", "at": [0, 0, 0]}}])
def test_an_order_nobody_can_carry_out_is_refused(scene, order):
    with pytest.raises((KeyError, ValueError)):
        scene.carry_out(order)
