"""Foretold waits: what makes them longer, what narrows them, and what may never happen."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk_robot.queueing.ticket import Wait
from kiosk_robot.queueing.waiting import (
    REACTION,
    TARGET,
    Calibration,
    CounterNow,
    Hall,
    Outcome,
    ServiceTimes,
    Waiting,
    foretell,
    hit_rate,
    possible_waits,
    recalibrated,
)
from kiosk_robot.site import ServiceMinutes

A = Waiting("A")
TEN = ServiceMinutes(median=10, spread=0.4)
AS_IS = Calibration()


def service_times() -> ServiceTimes:
    return ServiceTimes({"A": [TEN], "B": [TEN]}, ServiceMinutes(median=0.5, spread=0.6))


def hall(people: int, counters: int = 1, **details) -> Hall:
    """So many ahead, so many counters, each with somebody who came five minutes ago."""
    staffed = tuple(
        CounterNow(str(number), ("A",), serving="A", taken_for=5.0) for number in range(counters)
    )
    return Hall(staffed, (A,) * people, A, **details)


def ends(wait: Wait) -> tuple[float, float, float]:
    return wait.low, wait.median, wait.high


halls = st.builds(
    hall,
    people=st.integers(0, 40),
    counters=st.integers(1, 5),
    hours=st.sampled_from([(), ((-60.0, 25.0), (85.0, 300.0)), ((20.0, 200.0),)]),
    overtakers_a_minute=st.sampled_from([0.0, 0.02, 0.2]),
    overtaken_until=st.sampled_from([0.0, 30.0]),
)
outcomes = st.lists(
    st.builds(
        Outcome,
        st.builds(Wait, st.just(2.0), st.just(6.0), st.just(15.0), at_once=st.booleans()),
        st.floats(0, 60),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(halls, outcomes)
def test_more_people_ahead_never_shorten_a_promise(found, past):
    calibration = recalibrated(past)
    more = replace(found, ahead=(*found.ahead, A))
    shorter, longer = (foretell(one, service_times(), calibration) for one in (found, more))
    assert all(a <= b + 1e-9 for a, b in zip(ends(shorter), ends(longer), strict=True))


@settings(max_examples=60, deadline=None)
@given(halls, outcomes, st.sampled_from(["", "A"]))
def test_more_counters_never_lengthen_a_promise(found, past, serving):
    calibration = recalibrated(past)
    further = CounterNow("9", ("A",), serving=serving)
    more = replace(found, counters=(*found.counters, further))
    longer, shorter = (foretell(one, service_times(), calibration) for one in (found, more))
    assert all(a <= b + 1e-9 for a, b in zip(ends(shorter), ends(longer), strict=True))


@settings(max_examples=60, deadline=None)
@given(halls, outcomes)
def test_a_promise_is_in_order_and_the_spoken_one_contains_it(found, past):
    wait = foretell(found, service_times(), recalibrated(past))
    low, high = wait.spoken
    assert 0 <= wait.low <= wait.median <= wait.high
    assert low <= wait.low
    assert wait.high <= high


def test_two_ahead_at_one_counter_wait_for_two_services_and_what_is_left_of_the_present():
    wait = foretell(hall(2), service_times(), AS_IS)
    assert 20 < wait.median < 32
    assert wait.low < 20
    assert wait.high > 30


def test_a_free_counter_calls_at_once():
    free = Hall((CounterNow("1", ("A",)),), (), A)
    wait = foretell(free, service_times(), AS_IS)
    assert wait.at_once
    assert wait.high < 2
    assert not foretell(hall(0), service_times(), AS_IS).at_once


def test_people_for_other_counters_are_not_waited_for():
    counters = (CounterNow("1", ("A",), "A", 5.0), CounterNow("2", ("B",), "B", 5.0))
    others = Hall(counters, (Waiting("B"),) * 9, A)
    alone = Hall(counters, (), A)
    assert ends(foretell(others, service_times(), AS_IS)) == ends(
        foretell(alone, service_times(), AS_IS)
    )


def test_a_counter_that_helps_is_waited_for_with_those_it_serves():
    shared = (CounterNow("1", ("A", "B"), "A", 5.0),)
    with_others = Hall(shared, (Waiting("B"),) * 3, A)
    alone = Hall(shared, (), A)
    assert (
        foretell(with_others, service_times(), AS_IS).median
        > foretell(alone, service_times(), AS_IS).median + 20
    )


def test_only_the_named_counter_serves_who_was_sent_to_it():
    counters = (CounterNow("1", ("A",), "A", 5.0), CounterNow("2", ("A",)))
    to_the_busy_one = Hall(counters, (), Waiting("A", only_counter="1"))
    assert not to_the_busy_one.at_once
    assert foretell(to_the_busy_one, service_times(), AS_IS).median > 2


def test_nobody_is_called_while_the_hall_is_closed():
    lunch = hall(3, hours=((-200.0, 10.0), (70.0, 300.0)))
    waits = possible_waits(lunch, service_times())
    assert not ((waits > 10.0) & (waits < 70.0)).any()
    assert (waits >= 70.0).mean() > 0.8


def test_overtakers_lengthen_a_wait_but_not_after_the_ageing_bound():
    calm, rush = hall(3), hall(3, overtakers_a_minute=0.2, overtaken_until=30.0)
    never = replace(rush, overtaken_until=0.0)
    medians = [foretell(one, service_times(), AS_IS).median for one in (calm, never, rush)]
    assert medians[0] == medians[1] < medians[2]


def test_a_line_that_no_counter_serves_is_an_error():
    with pytest.raises(ValueError, match="no counter serves B"):
        possible_waits(Hall(hall(0).counters, (), Waiting("B")), service_times())


def test_a_very_long_queue_is_foretold_too():
    short, long = (foretell(hall(people), service_times(), AS_IS) for people in (200, 400))
    assert 1.9 < long.median / short.median < 2.1


def test_the_days_own_times_outweigh_the_guess_and_are_the_next_days_guess():
    times = service_times()
    for _ in range(40):
        times.learn("A", 3.0)
    learnt = times.equally_likely("A").mean()
    assert learnt < 5
    times.new_day()
    assert times.equally_likely("A").mean() == learnt
    for _ in range(40):
        times.learn("A", 20.0)
    assert times.equally_likely("A").mean() > 16
    assert times.equally_likely("B").mean() > 9  # nothing was seen of it


def test_how_soon_free_counters_call_is_learnt():
    times = service_times()
    before = foretell(Hall((CounterNow("1", ("A",)),), (), A), times, AS_IS)
    for _ in range(40):
        times.learn(REACTION, 4.0)
    after = foretell(Hall((CounterNow("1", ("A",)),), (), A), times, AS_IS)
    assert before.median < 1 < 3 < after.median


def test_times_of_a_line_that_is_served_no_more_are_passed_over():
    service_times().learn("Z", 5.0)


def test_somebody_who_has_been_there_long_may_still_take_a_while():
    times = service_times()
    assert (times.left("A", 5.0) > 0).all()
    assert (times.left("A", 500.0) > 0).all()


def test_broken_promises_widen_the_interval_and_kept_ones_narrow_it():
    promised = Wait(5.0, 10.0, 20.0)
    late = recalibrated([Outcome(promised, 25.0)] * 10).queued
    early = recalibrated([Outcome(promised, 2.0)] * 10).queued
    kept = recalibrated([Outcome(promised, 10.0)] * 10).queued
    assert late.high > TARGET.high > kept.high
    assert early.low < TARGET.low < kept.low
    assert late.median > TARGET.median > early.median


def test_promises_of_free_counters_and_of_queues_are_calibrated_apart():
    late = Outcome(Wait(0.1, 0.5, 1.0, at_once=True), 9.0)
    found = recalibrated([late] * 5)
    assert found.at_once.high > TARGET.high
    assert found.queued == TARGET


def test_hit_rate():
    promised = Wait(5.0, 10.0, 20.0)
    found = hit_rate([Outcome(promised, waited) for waited in (4.0, 10.0, 20.0, 30.0)])
    assert (found.promises, found.within, found.not_longer) == (4, 0.5, 0.75)
    assert found.mean_error == 9.0
    assert hit_rate([]).promises == 0


@pytest.mark.parametrize(
    ("wait", "spoken"),
    [
        (Wait(12.0, 15.0, 17.2), (10, 20)),
        (Wait(3.7, 5.0, 8.1), (3, 9)),
        (Wait(0.1, 0.4, 0.8), (0, 1)),
        (Wait(0.0, 0.0, 0.0), (0, 1)),
        (Wait(9.9, 10.0, 10.0), (9, 10)),
        (Wait(45.0, 50.0, 60.0), (45, 60)),
    ],
)
def test_a_wait_is_said_in_whole_minutes_that_contain_it(wait, spoken):
    assert wait.spoken == spoken
