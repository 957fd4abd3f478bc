"""What the store tells the forecast, and what becomes of promises."""

from datetime import date, timedelta

import pytest

from kiosk_robot.queueing.promises import WaitingTimes
from kiosk_robot.queueing.ticket import Status
from kiosk_robot.queueing.upkeep import prune


@pytest.fixture
def waits(store, site, clock) -> WaitingTimes:
    return WaitingTimes(store, site, clock)


def serve(hall, clock, minutes: float, counter: str = "1") -> None:
    """Call the next, and be done after so long."""
    ticket = hall.call_next(counter)
    clock.now += timedelta(minutes=minutes)
    hall.finish(ticket.id)


def test_the_wait_grows_with_the_queue(hall, waits):
    for counter in hall.counters():
        hall.open_counter(counter.counter)
    assert waits.now(hall.take()).at_once
    hall.call_next("1")
    second, third = hall.take(), hall.take()
    assert 1 < waits.now(second).median < waits.now(third).median
    assert waits.now(hall.take("2")).at_once  # another series


def test_the_same_ticket_waits_ever_less(hall, waits, clock):
    hall.open_counter("1")
    mine = [hall.take() for _ in range(4)][-1]
    before = waits.now(mine).median
    serve(hall, clock, 5)
    assert waits.now(mine).median < before
    hall.call_next("1")
    hall.call_next("1")
    hall.call_next("1")
    assert waits.now(mine) is None  # called


def test_the_first_promise_stays_on_record_and_is_held_against_the_call(hall, waits, clock):
    hall.open_counter("1")
    hall.take()
    mine = hall.take()
    assert waits.promise(mine).median > 2
    assert waits.hit_rate().promises == 0  # nobody knows yet
    clock.now += timedelta(minutes=90)
    assert waits.hit_rate().not_longer == 0.0  # whatever comes, it is broken
    waits.promise(mine)
    hall.call_next("1")
    hall.call_next("1")
    kept = waits.hit_rate()
    assert (kept.promises, kept.within) == (1, 0.0)
    assert kept.mean_error > 60


def test_a_kept_promise_counts_as_kept(hall, waits, clock):
    hall.open_counter("1")
    hall.take()
    mine = hall.take()
    wait = waits.promise(mine)
    hall.call_next("1")
    clock.now += timedelta(minutes=wait.median)
    hall.call_next("1")
    kept = waits.hit_rate()
    assert (kept.promises, kept.within, kept.not_longer) == (1, 1.0, 1.0)
    assert kept.mean_error < 0.01


def test_a_number_that_was_never_given_is_no_promise(hall, site, waits, clock):
    ticket = hall.reserve("wish", "1.001193", site.counters[0])
    waits.promise(ticket)
    hall.settle(ticket.id, Status.VOID, reason="printer")
    clock.now += timedelta(hours=3)
    assert waits.hit_rate().promises == 0


def test_the_days_own_service_times_are_learnt_and_survive_a_restart(
    hall, waits, store, site, clock
):
    hall.open_counter("1")
    for _ in range(12):
        hall.take()
    guessed = waits.next_in_line()["A"].median
    for _ in range(6):
        serve(hall, clock, 1)
        hall.take()
    learnt = waits.next_in_line()["A"].median
    assert learnt < 0.8 * guessed
    again = WaitingTimes(store, site, clock).next_in_line()["A"].median
    assert again == pytest.approx(learnt)


def test_a_second_counter_shortens_the_wait(hall, waits):
    hall.open_counter("1")
    for _ in range(6):
        hall.take()
    alone = waits.next_in_line()["A"].median
    hall.open_counter("2", lines=["A", "B"])
    assert waits.next_in_line()["A"].median < 0.7 * alone


def test_a_paused_counter_is_expected_back(hall, waits):
    hall.open_counter("1")
    free = waits.next_in_line()["A"]
    hall.pause_counter("1", "form")
    paused = waits.next_in_line()["A"]
    assert free.at_once
    assert not paused.at_once
    assert paused.median > free.median + 5


def test_before_the_hall_opens_the_wait_is_until_it_does(hall, waits, clock):
    clock.now = clock.now.replace(hour=7, minute=30)
    wait = waits.now(hall.take())
    assert wait.low >= 30
    assert wait.high < 40


def test_somebody_will_serve_a_line_though_nobody_sits_there(hall, waits):
    hall.open_counter("2")
    assert waits.now(hall.take("1")) is not None


def test_a_priority_citizen_waits_less(hall, waits):
    hall.open_counter("1")
    hall.take()
    hall.call_next("1")
    ordinary = [hall.take() for _ in range(4)][-1]
    first = hall.take(priority="age_75")
    assert waits.now(first).high < waits.now(ordinary).median


def test_promises_of_pruned_days_are_gone(hall, waits, store, clock):
    hall.open_counter("1")
    waits.promise(hall.take())
    hall.call_next("1")
    assert waits.hit_rate().promises == 1
    prune(store, date(2027, 1, 1))
    assert waits.hit_rate().promises == 0
