"""Who is called next, and what staff can do with a ticket."""

import uuid
from datetime import timedelta

import pytest

from kiosk_robot.queueing.engine import Queue
from kiosk_robot.queueing.ticket import (
    Leg,
    NotAllowedError,
    Status,
    UnknownCounterError,
    UnknownPriorityError,
)

pytestmark = pytest.mark.thorough

MINUTE = timedelta(minutes=1)


def numbers(tickets) -> list[str]:
    return [ticket.number for ticket in tickets]


def call_all(hall, counter: str = "1") -> list[str]:
    called = []
    while ticket := hall.call_next(counter):
        called.append(ticket.number)
    return called


# --- the order --------------------------------------------------------------------------------


def test_a_priority_citizen_goes_before_those_who_came_shortly_before(hall, clock):
    for _ in range(3):
        hall.take()
        clock.now += 5 * MINUTE
    old = hall.take(priority="age_75")
    assert old.people_ahead == 0
    assert call_all(hall) == ["A004", "A001", "A002", "A003"]


def test_nobody_is_overtaken_by_who_comes_more_than_the_bound_later(hall, clock):
    hall.take()
    clock.now += 31 * MINUTE
    assert hall.take(priority="merit").people_ahead == 1
    assert call_all(hall) == ["A001", "A002"]


def test_a_booking_counts_from_when_it_was_made(hall, clock):
    hall.take()
    clock.now += 10 * MINUTE
    hall.take(registered_at=clock.now - timedelta(days=2))
    assert call_all(hall) == ["A002", "A001"]


def test_a_stream_of_bookings_cannot_starve_a_walk_in(hall, clock):
    mine = hall.take()
    served = 0
    while hall.at_counter("1") is None or hall.at_counter("1").id != mine.id:
        hall.take(registered_at=clock.now - timedelta(days=1), priority="age_75")
        clock.now += 2 * MINUTE
        hall.call_next("1")
        served += 1
    assert served <= 17  # those who arrived within the bound of 30 minutes, and myself


def test_a_booking_in_the_future_registers_now(hall, clock):
    assert hall.take(registered_at=clock.now + MINUTE).registered_at == clock.now


def test_an_unknown_class_is_named_and_gives_no_number(hall):
    with pytest.raises(UnknownPriorityError, match="no priority class vip; there are: age_75"):
        hall.take(priority="vip")
    assert hall.waiting() == []


def test_priority_is_granted_and_taken_away_at_the_counter(hall, clock):
    first = hall.take()
    clock.now += MINUTE
    second = hall.take()
    assert hall.set_priority(second.id, "pregnant").people_ahead == 0
    assert numbers(hall.waiting()) == ["A002", "A001"]
    hall.set_priority(second.id, "", reason="no proof")
    assert numbers(hall.waiting()) == [first.number, second.number]


# --- at the counter ---------------------------------------------------------------------------


def test_a_call_from_recall_to_the_end(hall, clock):
    ticket = hall.take()
    assert hall.call_next("1").calls == 1
    clock.now += MINUTE
    assert hall.recall(ticket.id).called_at == clock.now
    assert hall.start(ticket.id).status is Status.SERVING
    done = hall.finish(ticket.id, "received")
    assert (done.status, done.reason, done.ended_at) == (Status.SERVED, "received", clock.now)
    assert hall.at_counter("1") is None


def test_a_number_is_recalled_as_often_as_the_site_allows(hall):
    ticket = hall.take()
    hall.call_next("1")
    hall.recall(ticket.id)
    hall.recall(ticket.id)
    with pytest.raises(NotAllowedError, match="called 3 times: it is a no-show"):
        hall.recall(ticket.id)


def test_who_does_not_come_waits_behind_three_and_then_no_more(hall):
    absent = hall.take()
    for _ in range(5):
        hall.take()
    hall.call_next("1")
    back = hall.no_show(absent.id)
    assert (back.status, back.people_ahead, back.put_backs) == (Status.ISSUED, 3, 1)
    assert [hall.call_next("1").number for _ in range(4)] == ["A002", "A003", "A004", "A001"]
    assert hall.no_show(absent.id).status is Status.NO_SHOW
    assert call_all(hall) == ["A005", "A006"]


def test_who_comes_late_is_taken_back_within_the_tolerance(hall, clock, site):
    absent, other = hall.take(), hall.take()
    for _ in range(2):
        hall.call(absent.id, "1", "test")
        hall.no_show(absent.id)
    clock.now += 15 * MINUTE
    assert hall.return_late(absent.id).people_ahead == 1  # behind whom it was put back
    assert call_all(hall) == [other.number, absent.number]


def test_who_comes_too_late_needs_a_new_number(hall, clock):
    absent = hall.take()
    for _ in range(2):
        hall.call_next("1")
        hall.no_show(absent.id)
    clock.now += 16 * MINUTE
    with pytest.raises(NotAllowedError, match="more than 15 minutes ago: it needs a new number"):
        hall.return_late(absent.id)


def test_a_parked_ticket_is_not_called_until_it_is_ready_and_keeps_its_place(hall):
    parked = hall.take()
    hall.take()
    hall.park(parked.id, "fills in a form")
    assert numbers(hall.parked()) == ["A001"]
    assert hall.call_next("1").number == "A002"
    hall.unpark(parked.id)
    hall.take()
    assert call_all(hall) == ["A001", "A003"]


def test_a_call_out_of_order_needs_a_reason_and_keeps_it(hall):
    hall.take()
    second = hall.take()
    with pytest.raises(NotAllowedError, match="needs a reason"):
        hall.call(second.id, "1", "  ")
    hall.call(second.id, "1", "ambulance waits")
    assert hall.at_counter("1").id == second.id
    assert [(e.action, e.reason) for e in hall.history(hall.today)][-1] == (
        "picked",
        "ambulance waits",
    )


def test_two_are_never_at_one_counter(hall):
    hall.take()
    second = hall.take()
    hall.call_next("1")
    with pytest.raises(NotAllowedError, match="A001 is at counter 1"):
        hall.call(second.id, "1", "in a hurry")
    with pytest.raises(NotAllowedError, match="A001 is at counter 1"):
        hall.walk_direct(str(uuid.uuid4()), "1.001193", "1")


def test_a_citizen_served_directly_is_in_the_history_too(hall):
    ticket = hall.walk_direct("wish", "1.001193", "3", staff="c07")
    assert (ticket.number, ticket.status, ticket.staff) == ("C001", Status.SERVING, "c07")
    assert hall.walk_direct("wish", "1.001193", "3").id == ticket.id
    assert [e.action for e in hall.history(hall.today)] == [
        "reserved",
        "walked_in",
        "called",
        "started",
    ]


def test_a_ticket_given_up_is_not_called_and_stays_in_the_history(hall):
    ticket = hall.take()
    hall.withdraw(ticket.id, "went home")
    assert hall.call_next("1") is None
    assert hall.get(ticket.id).status is Status.LAPSED
    assert hall.history(hall.today)[-1].reason == "went home"


def test_a_repeated_press_calls_nobody_else(hall):
    for _ in range(3):
        hall.take()
    assert [hall.call_next("1", request_id="press").number for _ in range(3)] == ["A001"] * 3
    assert hall.call_next("1", request_id="next press").number == "A002"


@pytest.mark.parametrize("action", ["recall", "no_show", "park", "finish", "start"])
def test_a_repeated_request_has_one_effect(hall, action):
    ticket = hall.take()
    hall.call_next("1")
    first = getattr(hall, action)(ticket.id, request_id="press")
    assert getattr(hall, action)(ticket.id, request_id="press") == first


# --- several services, transfers --------------------------------------------------------------


def test_a_visit_with_three_services_needs_one_ticket(hall):
    ticket = hall.take(later=[Leg("B", "1.004222"), Leg("C")])
    seen = []
    for counter in "123":
        called = hall.call_next(counter)
        seen.append((called.number, called.counter, called.procedure_code))
        done = hall.finish(called.id)
    assert seen == [
        ("A001", "1", "1.001193"),
        ("A001", "2", "1.004222"),
        ("A001", "3", "1.004222"),
    ]
    assert done.status is Status.SERVED
    finished = [e for e in hall.history(hall.today) if e.action == "finished"]
    assert [e.counter for e in finished] == ["1", "2", "3"]
    assert hall.get(ticket.id).later == ()


def test_between_two_services_the_citizen_keeps_the_place(hall, clock):
    hall.take(later=[Leg("B")])
    clock.now += MINUTE
    hall.take("2")
    hall.call_next("1")
    hall.call_next("1")
    assert numbers(hall.waiting("B")) == ["A001", "B001"]


def test_a_transfer_comes_back_by_itself_to_the_same_counter(hall, clock):
    ticket = hall.take()
    hall.call_next("1")
    hall.transfer(ticket.id, Leg("B"), come_back=True, reason="proof of residence")
    clock.now += MINUTE
    hall.take()
    assert hall.call_next("2").id == ticket.id
    back = hall.finish(ticket.id)
    assert (back.status, back.line, back.counter) == (Status.ISSUED, "A", "1")
    assert call_all(hall) == ["A001", "A002"]


def test_a_transfer_to_one_counter_is_called_from_there_only(store, site, clock):
    both = site.model_copy(
        update={"counters": (*site.counters, site.counters[0].model_copy(update={"number": "6"}))}
    )
    hall = Queue(store, both, clock)
    ticket = hall.reserve("wish", "1.001193", both.counters[0])
    hall.settle(ticket.id, Status.ISSUED)
    hall.transfer(ticket.id, Leg("A", counter="6"))
    assert hall.call_next("1") is None
    assert hall.call_next("6").id == ticket.id


@pytest.mark.parametrize("leg", [Leg("Z"), Leg("A", counter="9")])
def test_a_transfer_to_nowhere_is_refused(hall, leg):
    ticket = hall.take()
    with pytest.raises(UnknownCounterError, match=r"no (series Z|counter 9) at phường Cửa Nam"):
        hall.transfer(ticket.id, leg)


# --- counters and the day ---------------------------------------------------------------------


def test_a_counter_opens_pauses_and_closes(hall, clock):
    assert hall.counters()[0].state == "closed"
    hall.open_counter("1", staff="c07")
    paused = hall.pause_counter("1", "lunch")
    assert (paused.state, paused.staff, paused.reason) == ("paused", "c07", "lunch")
    hall.take()
    hall.call_next("1")
    state = hall.counters()[0]
    assert (state.state, state.staff, state.since) == ("open", "c07", clock.now)
    assert state.ticket_id == hall.at_counter("1").id
    with pytest.raises(NotAllowedError, match="A001 is at counter 1"):
        hall.close_counter("1")
    hall.finish(state.ticket_id)
    assert hall.close_counter("1").state == "closed"


def test_staff_on_several_fields_call_whoever_came_first(hall, clock):
    hall.open_counter("1", staff="c07", lines=["A", "B"])
    for counter in "212":
        hall.take(counter)
        clock.now += MINUTE
    called = [hall.call_next("1") for _ in range(3)]
    assert numbers(called) == ["B001", "A001", "B002"]
    assert {(ticket.counter, ticket.staff) for ticket in called} == {("1", "c07")}


def test_an_unknown_series_cannot_be_served(hall):
    with pytest.raises(UnknownCounterError, match="no series X, Z"):
        hall.open_counter("1", lines="AZX")


def test_the_day_ends_for_everyone(hall):
    waiting, called, parked = hall.take(), hall.take(), hall.take()
    hall.park(parked.id)
    hall.call(called.id, "1", "test")
    assert hall.end_day() == [waiting.number, parked.number]
    assert [hall.get(t.id).status for t in (waiting, called, parked)] == [
        Status.LAPSED,
        Status.SERVED,
        Status.LAPSED,
    ]
    assert {counter.state for counter in hall.counters()} == {"closed"}


def test_a_day_that_nobody_ended_ends_with_the_next(hall, clock):
    left = hall.take()
    clock.now += timedelta(days=1)
    assert hall.take().number == "A001"
    assert (hall.get(left.id).status, hall.get(left.id).reason) == (
        Status.LAPSED,
        "the day ended",
    )
    assert len(hall.waiting()) == 1


def test_a_number_is_found_again_today(hall, clock):
    ticket = hall.take()
    assert hall.find("a001").id == ticket.id
    assert hall.find("A002") is None
    assert hall.find("?") is None
    clock.now += timedelta(days=1)
    assert hall.find("A001") is None
