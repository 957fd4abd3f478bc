"""Numbers: each given once, called in order, kept over restarts."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kiosk_robot.config import load_site
from kiosk_robot.queueing.engine import Queue
from kiosk_robot.queueing.store import Store
from kiosk_robot.queueing.ticket import (
    NEXT,
    NoSuchTicketError,
    NotAllowedError,
    Status,
    UnknownCounterError,
    check_transition,
)

pytestmark = pytest.mark.thorough

SITE = load_site("cua_nam")
COUNTERS = {counter.number: counter for counter in SITE.counters}
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
BIRTH = "1.001193"


@pytest.fixture
def queue(hall):
    return hall


def reserve(queue: Queue, counter: str = "1", request_id: str | None = None):
    return queue.reserve(request_id or str(uuid.uuid4()), BIRTH, COUNTERS[counter])


def issue(queue: Queue, counter: str = "1"):
    ticket = reserve(queue, counter)
    queue.settle(ticket.id, Status.PRINTING)
    return queue.settle(ticket.id, Status.ISSUED, delivery="paper")


def test_a_request_has_one_ticket_however_often_it_is_asked_for(queue):
    first, again = (reserve(queue, request_id="wish") for _ in range(2))
    assert (again.id, again.number) == (first.id, first.number)
    assert reserve(queue).number == "A002"


def test_a_ticket_says_what_was_asked_for_and_nothing_about_the_citizen(queue, clock):
    ticket = reserve(queue)
    assert (ticket.number, ticket.series, ticket.counter) == ("A001", "A", "1")
    assert (ticket.procedure_code, ticket.status) == (BIRTH, Status.RESERVED)
    assert ticket.registered_at == clock.now


def test_each_series_counts_for_itself(queue):
    assert [reserve(queue, counter).number for counter in "112"] == ["A001", "A002", "B001"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (datetime(2026, 11, 23, 23, 59, tzinfo=HANOI), datetime(2026, 11, 24, 0, 1, tzinfo=HANOI)),
        (datetime(2026, 11, 23, 16, 59, tzinfo=UTC), datetime(2026, 11, 23, 17, 0, tzinfo=UTC)),
    ],
    ids=["local", "UTC"],
)
def test_numbers_begin_again_at_midnight_in_hanoi(queue, clock, before, after):
    clock.now = before
    assert [reserve(queue).number for _ in range(2)] == ["A001", "A002"]
    clock.now = after
    assert queue.today == "2026-11-24"
    assert reserve(queue).number == "A001"


@pytest.mark.parametrize("hour", [0, 7, 16])
def test_midnight_in_greenwich_means_nothing(queue, clock, hour):
    clock.now = datetime(2026, 11, 23, hour, 30, tzinfo=UTC)
    assert queue.today == "2026-11-23"


def test_a_reservation_at_the_stroke_of_midnight_belongs_to_one_day(queue, clock, url):
    reserve(queue)
    midnight = datetime(2026, 11, 24, 0, 0, tzinfo=HANOI)
    moments = iter([midnight - timedelta(microseconds=1)])
    store = Store(url)
    ticket = reserve(Queue(store, SITE, lambda: next(moments, midnight)))
    store.close()
    clock.now = ticket.registered_at
    before = queue.today == "2026-11-23"
    assert ticket.number == ("A002" if before else "A001")


def test_a_void_number_is_not_given_again(queue):
    ticket = reserve(queue)
    queue.settle(ticket.id, Status.VOID, reason="citizen left")
    assert reserve(queue).number == "A002"
    with pytest.raises(NotAllowedError, match="VOID"):
        queue.settle(ticket.id, Status.ISSUED)


def test_only_an_issued_ticket_is_called(queue):
    reserved, printing, void = (reserve(queue) for _ in range(3))
    queue.settle(printing.id, Status.PRINTING)
    queue.settle(void.id, Status.VOID)
    assert queue.call_next("1") is None
    queue.settle(printing.id, Status.ISSUED)
    called = queue.call_next("1")
    assert (called.id, called.status) == (printing.id, Status.CALLED)
    assert queue.call_next("1") is None
    queue.settle(reserved.id, Status.ISSUED)
    assert queue.call_next("1").id == reserved.id


def test_who_registered_first_is_called_first_whenever_the_paper_came_out(queue, clock):
    first = reserve(queue)
    clock.now += timedelta(minutes=1)
    second = reserve(queue)
    queue.settle(second.id, Status.ISSUED)
    queue.settle(first.id, Status.ISSUED)
    assert [queue.call_next("1").number for _ in range(2)] == ["A001", "A002"]


def test_a_counter_calls_its_own_citizens_only(queue):
    issue(queue, "2")
    assert queue.call_next("1") is None
    assert queue.call_next("2").number == "B001"


def test_yesterdays_tickets_are_not_called(queue, clock):
    issue(queue)
    clock.now += timedelta(days=1)
    assert queue.call_next("1") is None


def test_an_unknown_counter_is_named(queue):
    with pytest.raises(UnknownCounterError, match="no counter 9 at phường Cửa Nam"):
        queue.call_next("9")


def test_people_ahead_are_those_who_will_be_called_before(queue):
    for _ in range(3):
        issue(queue)
    reserve(queue)  # not yet in anybody's hand
    issue(queue, "2")  # another counter
    assert reserve(queue, request_id="mine").people_ahead == 3
    queue.call_next("1")
    assert reserve(queue, request_id="mine").people_ahead == 2


def test_settling_twice_is_harmless_and_settling_nothing_is_not(queue):
    ticket = issue(queue)
    assert queue.settle(ticket.id, Status.ISSUED).status == Status.ISSUED
    with pytest.raises(NoSuchTicketError, match="no ticket nobody"):
        queue.settle("nobody", Status.ISSUED)


@pytest.mark.parametrize(
    ("now", "wanted"), [(a, b) for a in Status for b in Status if b not in NEXT[a] and a != b]
)
def test_the_life_of_a_ticket_has_no_shortcuts(now, wanted):
    with pytest.raises(NotAllowedError, match=f"is {now.name}, it cannot become {wanted.name}"):
        check_transition("3f2c9e1b", now, wanted)


def test_what_was_never_settled_is_found_after_a_while(queue, clock):
    old, printing = reserve(queue), reserve(queue)
    queue.settle(printing.id, Status.PRINTING)
    issue(queue)
    clock.now += timedelta(minutes=3)
    reserve(queue)
    left_over = queue.unsettled(timedelta(minutes=2))
    assert [ticket.id for ticket in left_over] == [old.id, printing.id]
    queue.settle(old.id, Status.VOID, reason="never settled")
    assert [ticket.id for ticket in queue.unsettled(timedelta(minutes=2))] == [printing.id]


def test_the_state_shows_who_waits_and_who_was_called(queue):
    for counter in "1112":
        issue(queue, counter)
    queue.call_next("1")
    queue.call_next("1")
    series, called = queue.state()
    assert [(s.series, s.counters, s.waiting, s.last_called) for s in series[:3]] == [
        ("A", ("1",), 1, "A002"),
        ("B", ("2",), 1, ""),
        ("C", ("3",), 0, ""),
    ]
    assert {ticket.number for ticket in called} == {"A001", "A002"}


def test_the_last_eight_called_are_shown_newest_first(queue, clock):
    for _ in range(10):
        issue(queue)
    for _ in range(10):
        clock.now += timedelta(seconds=30)
        queue.call_next("1")
    _, called = queue.state()
    assert [ticket.number for ticket in called] == [f"A{n:03d}" for n in range(10, 2, -1)]


def test_eight_at_once_get_two_hundred_different_numbers_without_a_gap(queue):
    def many(_thread: int) -> list[str]:
        return [reserve(queue).number for _ in range(25)]

    with ThreadPoolExecutor(8) as pool:
        numbers = sorted(number for got in pool.map(many, range(8)) for number in got)
    assert numbers == [f"A{n:03d}" for n in range(1, 201)]


def test_eight_asking_for_the_same_request_get_the_same_number(queue):
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda _: reserve(queue, request_id="wish").id, range(8)))
    assert len(set(ids)) == 1
    assert reserve(queue).number == "A002"


def test_nobody_is_called_twice_by_two_desks_of_one_counter(queue):
    for _ in range(10):
        issue(queue)
    with ThreadPoolExecutor(5) as pool:
        called = [ticket.number for ticket in pool.map(lambda _: queue.call_next("1"), range(10))]
    assert sorted(called) == [f"A{n:03d}" for n in range(1, 11)]


def test_a_restart_loses_nothing(queue, url, clock):
    issue(queue)
    mine = reserve(queue, request_id="mine")
    store = Store(url)
    after = Queue(store, SITE, clock)
    assert reserve(after, request_id="mine") == mine
    assert after.call_next("1").number == "A001"
    assert reserve(after).number == "A003"
    store.close()


def test_several_tickets_are_seen_at_one_moment_and_unknown_ones_left_out(queue):
    first, second = queue.take(), queue.take()
    seen = queue.get_all([second.id, "nobody", first.id])
    assert [(one.number, one.people_ahead) for one in seen] == [("A002", 1), ("A001", 0)]


def test_who_is_called_and_who_did_not_come_can_be_seen(queue, clock):
    ticket = queue.take()
    for _ in range(1 + SITE.queue.put_backs):
        queue.call_next("1")
        assert [one.number for one in queue.at_counters()] == [ticket.number]
        queue.no_show(ticket.id)
    assert queue.at_counters() == []
    assert [one.number for one in queue.missed()] == [ticket.number]
    clock.now += timedelta(minutes=SITE.queue.late_minutes + 1)
    assert queue.missed() == []
