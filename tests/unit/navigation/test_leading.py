"""A citizen is kept in sight, waited for, and in the end given up."""

import math

import numpy as np
import pytest

from kiosk_robot.navigation.leading import (
    FASTEST,
    PATIENCE,
    Battery,
    Follower,
    Lead,
    Progress,
    clusters,
    pace,
)
from kiosk_robot.navigation.pose import Pose

HERE = Pose(0.0, 0.0)


def person(x: float, y: float) -> np.ndarray:
    """What the lidar sees of somebody: a few points of their front."""
    return np.array([(x, y - 0.1), (x - 0.05, y), (x, y + 0.1)])


def test_the_nearest_is_followed_and_stays_the_one(nobody):
    follower = Follower()
    first = np.vstack([person(1.8, 0.0), person(-0.9, 0.0)])
    assert follower.update(0.0, HERE, first) == pytest.approx(0.9, abs=0.05)
    # They fall back; somebody else comes nearer.
    later = np.vstack([person(0.7, 0.0), person(-1.2, 0.0)])
    assert follower.update(0.1, HERE, later) == pytest.approx(1.2, abs=0.05)


def test_nobody_in_reach_is_nobody(nobody):
    assert Follower().update(0.0, HERE, person(3.0, 0.0)) == math.inf
    assert Follower().update(0.0, HERE, nobody) == math.inf


def test_who_is_hidden_for_a_moment_is_where_they_were(nobody):
    follower = Follower()
    follower.update(0.0, HERE, person(1.0, 0.0))
    assert follower.update(0.8, HERE, nobody) == pytest.approx(1.0, abs=0.05)
    assert follower.update(1.2, HERE, nobody) == math.inf
    assert follower.update(1.5, HERE, person(1.3, 0.0)) == pytest.approx(1.3, abs=0.05)


def test_who_keeps_beside_the_waiting_robot_is_who_follows_it():
    follower = Follower()
    follower.update(0.0, HERE, person(1.0, 0.0))
    both = np.vstack([person(3.0, 0.0), person(-0.9, 0.0)])  # the one it watched has walked on
    for tenth in range(1, 15):
        follower.update(tenth / 10, HERE, person(1.0 + tenth / 7, 0.0))
    gaps = [follower.update(1.5 + tenth / 10, HERE, both) for tenth in range(30)]
    assert gaps[0] > 2.5
    assert gaps[-1] == pytest.approx(0.9, abs=0.05)


def test_a_pushed_table_is_nobody():
    table = np.column_stack([np.full(20, 1.5), np.linspace(-0.7, 0.7, 20)])
    assert Follower().update(0.0, HERE, table) == math.inf


def test_people_are_told_apart_across_the_first_beam():
    around = np.vstack([(-1.0, 0.05), person(1.0, 0.0), (-1.0, -0.05)])
    assert sorted(len(group) for group in clusters(around)) == [2, 3]


def test_the_farther_the_slower():
    paces = [pace(gap) for gap in np.linspace(0.5, 4.0, 20)]
    assert paces[0] == FASTEST
    assert paces == sorted(paces, reverse=True)
    assert paces[-1] > 0


def test_it_waits_goes_on_and_gives_up():
    lead = Lead(follow=True)
    assert lead.step(0.0, 1.0, 5.0).speed == FASTEST
    assert lead.step(1.0, 2.2, 4.5).speed < FASTEST
    waiting = lead.step(2.0, 3.0, 4.4)
    assert (waiting.speed, waiting.progress, waiting.lost) == (0.0, Progress.WAITING, False)
    assert lead.step(3.0, 2.5, 4.4).speed == 0, "not yet near enough"
    assert lead.step(4.0, 1.5, 4.4).speed > 0
    assert not lead.step(5.0, math.inf, 4.4).lost
    assert lead.step(5.1 + PATIENCE, math.inf, 4.4).lost


def test_nobody_is_waited_for_on_the_way_home():
    assert Lead(follow=False).step(0.0, math.inf, 5.0).speed == FASTEST


def test_it_says_when_it_does_not_get_on():
    lead = Lead(follow=False)
    assert lead.step(0.0, math.inf, 5.0).progress is Progress.LEADING
    assert lead.step(5.0, math.inf, 5.0).progress is Progress.BLOCKED
    assert lead.step(6.0, math.inf, 4.5).progress is Progress.LEADING


def test_a_battery_does_not_waver():
    battery = Battery(low=0.2, enough=0.8)
    told = []
    for charge in (0.5, 0.19, 0.25, math.nan, 0.79, 0.81, 0.3):
        battery.update(charge)
        told.append(battery.low)
    assert told == [False, True, True, True, True, False, False]
