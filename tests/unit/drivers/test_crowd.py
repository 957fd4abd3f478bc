"""People in the hall: they go where they are sent, follow, and do not run into the robot."""

import math

import pytest

from kiosk_robot.drivers.simulated.crowd import BODY, MANNERS, ROBOT, Crowd

FAR = (50.0, 50.0, 0.0)


def walk(crowd: Crowd, seconds: float, robot=FAR) -> None:
    for _ in range(round(seconds / 0.04)):
        crowd.step(0.04, robot)


def test_somebody_walks_from_point_to_point_at_their_pace():
    crowd = Crowd()
    crowd.enter("an", (0.0, 0.0, 0.0))
    crowd.walk("an", [(1.0, 0.0), (1.0, 1.0)], pace=0.5)
    walk(crowd, 1.0)
    assert crowd.people["an"].place[:2] == pytest.approx((0.5, 0.0), abs=0.03)
    walk(crowd, 4.0)
    assert crowd.people["an"].place[:2] == pytest.approx((1.0, 1.0), abs=0.03)
    assert not crowd.is_walking("an")


def test_who_meets_the_robot_goes_round_it():
    crowd = Crowd()
    crowd.enter("an", (0.0, 0.0, 0.0))
    crowd.walk("an", [(4.0, 0.0)], pace=1.2)
    nearest = math.inf
    for _ in range(250):
        crowd.step(0.04, (2.0, 0.1, 0.0))
        nearest = min(nearest, math.dist(crowd.people["an"].place[:2], (2.0, 0.1)))
    assert crowd.people["an"].place[:2] == pytest.approx((4.0, 0.0), abs=0.05)
    assert nearest - BODY - ROBOT > MANNERS - 0.06


def test_who_is_sent_into_the_robot_stops_before_it():
    crowd = Crowd()
    crowd.enter("an", (0.0, 0.0, 0.0))
    crowd.walk("an", [(2.0, 0.0)], pace=1.2)
    walk(crowd, 5.0, robot=(2.0, 0.0, 0.0))
    gap = 2.0 - crowd.people["an"].place[0] - BODY - ROBOT
    assert MANNERS <= gap < MANNERS + 0.1


def test_who_follows_goes_round_the_corner_the_robot_went_round():
    crowd = Crowd()
    crowd.enter("an", (-1.0, 0.0, 0.0))
    crowd.follow("an", gap=1.0, pace=1.0)
    farthest_off = 0.0
    robot = (0.0, 0.0, 0.0)
    for step in range(250):  # 4 m ahead, then 2 m to the left, at 0.6 m/s
        driven = 0.6 * 0.04 * step
        robot = (driven, 0.0, 0.0) if driven < 4 else (4.0, driven - 4, math.pi / 2)
        crowd.step(0.04, robot)
        x, y, _ = crowd.people["an"].place
        farthest_off = max(farthest_off, min(abs(y), abs(x - 4)))
    assert math.dist(crowd.people["an"].place[:2], robot[:2]) < 1.3
    assert farthest_off < 0.25


def test_who_is_not_there_cannot_walk():
    with pytest.raises(KeyError):
        Crowd().walk("nobody", [(0.0, 0.0)], 1.0)
