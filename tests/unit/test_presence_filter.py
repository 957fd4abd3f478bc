"""Somebody is there: near enough, long enough; and gone the same way."""

import math

import pytest

from kiosk_robot.presence import PresenceFilter


@pytest.fixture
def presence() -> PresenceFilter:
    return PresenceFilter(near=1.2, far=1.6, settle=0.4)


def play(presence: PresenceFilter, *readings: tuple[float, float]) -> list[bool]:
    """Feed (distance, time) and tell at which of them something changed."""
    return [presence.update(distance, now) for distance, now in readings]


def test_nobody_is_there_to_begin_with(presence):
    assert not presence.present


def test_somebody_who_stays_near_is_present(presence):
    assert play(presence, (0.6, 0.0), (0.6, 0.2), (0.6, 0.4)) == [False, False, True]
    assert presence.present


def test_somebody_who_walks_past_is_not(presence):
    assert not any(play(presence, (0.6, 0.0), (0.6, 0.3), (3.0, 0.35), (0.6, 0.45), (0.6, 0.8)))
    assert not presence.present


def test_between_the_thresholds_nothing_changes(presence):
    assert not any(play(presence, (1.4, 0.0), (1.4, 1.0), (1.2, 2.0), (1.2, 3.0)))
    play(presence, (0.6, 4.0), (0.6, 5.0))
    assert not any(play(presence, (1.4, 6.0), (1.6, 7.0), (1.6, 8.0)))
    assert presence.present


def test_somebody_who_leaves_is_gone_after_a_while(presence):
    play(presence, (0.6, 0.0), (0.6, 1.0))
    assert play(presence, (math.inf, 2.0), (math.inf, 2.3), (math.inf, 2.5)) == [False, False, True]
    assert not presence.present


def test_a_missed_echo_does_not_make_a_citizen_vanish(presence):
    play(presence, (0.6, 0.0), (0.6, 1.0))
    assert not any(play(presence, (math.inf, 2.0), (0.6, 2.2), (math.inf, 2.4), (0.6, 2.6)))
    assert presence.present


def test_a_reading_that_is_no_number_does_not_make_somebody_appear(presence):
    assert not any(play(presence, (math.nan, 0.0), (math.nan, 1.0)))
    assert not presence.present


def test_without_settling_a_change_counts_at_once():
    assert PresenceFilter(near=1.0, far=2.0, settle=0.0).update(0.5, 0.0)


@pytest.mark.parametrize("far", [1.0, 0.5])
def test_gone_must_be_farther_than_near(far):
    with pytest.raises(ValueError, match=rf"far \({far} m\) must be beyond near \(1\.0 m\)"):
        PresenceFilter(near=1.0, far=far, settle=0.4)
