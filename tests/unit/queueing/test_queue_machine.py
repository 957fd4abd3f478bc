"""Walks through the queue's days at random and holds the invariants of engine.py."""

from collections import Counter as Count
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
)
from sqlalchemy import text

from kiosk_robot.config import load_site
from kiosk_robot.queueing.engine import Queue
from kiosk_robot.queueing.store import Store
from kiosk_robot.queueing.ticket import AT_COUNTER, FINAL, UNSETTLED, Leg, NotAllowedError, Status

pytestmark = pytest.mark.thorough

SHIPPED = load_site("cua_nam")
# Two series; the counter of A calls from B too. Few, so that people meet.
FIRST, SECOND, *_ = SHIPPED.counters
SITE = SHIPPED.model_copy(update={"counters": (FIRST.model_copy(update={"also": ("B",)}), SECOND)})
COUNTERS = {counter.number: counter for counter in SITE.counters}
BOUND = timedelta(minutes=SITE.queue.ageing_bound_minutes)
CLASSES = ["", "", "", *(one.key for one in SITE.queue.priority_classes)]

counters = st.sampled_from(sorted(COUNTERS))
minutes = st.sampled_from([0, 1, 5, 20, 29, 31, 50]).map(lambda m: timedelta(minutes=m))


class QueueDays(RuleBasedStateMachine):
    """Staff and citizens who do anything at any time."""

    known = Bundle("known")
    requests = Bundle("requests")

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime(2026, 11, 23, 8, 0, tzinfo=ZoneInfo(SITE.timezone))
        self.store = Store("sqlite://")
        self.queue = Queue(self.store, SITE, lambda: self.now)
        self.reserved: dict[str, str] = {}  # request id to ticket id
        self.past: list[tuple] = []
        self.furthest = self.now

    def teardown(self) -> None:
        self.store.close()

    # --- citizens -----------------------------------------------------------------------------

    @rule(
        target=known,
        counter=counters,
        priority=st.sampled_from(CLASSES),
        booked=st.one_of(st.none(), minutes, st.just(timedelta(days=3))),
        legs=st.lists(st.sampled_from("AB"), max_size=2),
        in_hand=st.sampled_from([True, True, True, False]),
        later=minutes,
    )
    def reserve(self, counter, priority, booked, legs, in_hand, later):
        self.now += later
        request = f"request {len(self.reserved)}"
        ticket = self.queue.reserve(
            request,
            "1.001193",
            COUNTERS[counter],
            priority=priority,
            registered_at=None if booked is None else self.now - booked,
            later=[Leg(letter) for letter in legs],
        )
        self.reserved[request] = ticket.id
        if in_hand:
            self.queue.settle(ticket.id, Status.ISSUED)
        return ticket.id

    @rule(data=st.data())
    def ask_again(self, data):
        if self.reserved:
            request = data.draw(st.sampled_from(sorted(self.reserved)))
            again = self.queue.reserve(request, "1.001193", COUNTERS["1"])
            assert again.id == self.reserved[request]

    # --- staff --------------------------------------------------------------------------------

    @rule(counter=counters)
    def call_two(self, counter):
        self.call_next(counter, "")
        self.call_next(counter, "")

    @rule(counter=counters, press=st.one_of(st.just(""), st.uuids().map(str)))
    def call_next(self, counter, press):
        candidates = self.eligible(counter)
        ticket = self.queue.call_next(counter, request_id=press)
        if ticket is None:
            assert not candidates
            return
        assert ticket.status is Status.CALLED
        if ticket.id in candidates:  # else it has just come from this very counter
            for other in candidates.values():
                assert ticket.place <= other.place
                assert ticket.arrived_at <= other.arrived_at + BOUND or other.put_backs
        if press:
            assert self.queue.call_next(counter, request_id=press).id == ticket.id

    @rule(ticket=known, counter=counters)
    def pick(self, ticket, counter):
        before = self.queue.get(ticket).status
        if self.allowed(self.queue.call, ticket, counter, "a reason"):
            assert before in (Status.ISSUED, Status.PARKED)

    @rule(
        ticket=known,
        action=st.sampled_from(
            ["recall", "start", "finish", "no_show", "return_late", "park", "unpark"]
        ),
    )
    def act(self, ticket, action):
        self.allowed(getattr(self.queue, action), ticket)

    @rule(ticket=known)
    def withdraw(self, ticket):
        self.allowed(self.queue.withdraw, ticket, "went home")

    @rule(ticket=known, outcome=st.sampled_from([Status.PRINTING, Status.ISSUED, Status.VOID]))
    def settle(self, ticket, outcome):
        before = self.queue.get(ticket).status
        if self.allowed(self.queue.settle, ticket, outcome):
            assert before in (*UNSETTLED, outcome)

    @rule(ticket=known, line=st.sampled_from("AB"), come_back=st.booleans())
    def transfer(self, ticket, line, come_back):
        place = self.queue.get(ticket).place
        if self.allowed(lambda: self.queue.transfer(ticket, Leg(line), come_back=come_back)):
            assert self.queue.get(ticket).place == place

    @rule(ticket=known, priority=st.sampled_from(CLASSES))
    def set_priority(self, ticket, priority):
        self.allowed(self.queue.set_priority, ticket, priority)

    @rule(target=known, counter=counters)
    def walk_direct(self, counter):
        request = f"request {len(self.reserved)}"
        if self.allowed(self.queue.walk_direct, request, "1.001193", counter):
            self.reserved[request] = self.queue.at_counter(counter).id
            return self.reserved[request]
        return multiple()

    @rule(counter=counters, action=st.sampled_from(["open_counter", "pause_counter"]))
    def sit(self, counter, action):
        self.allowed(getattr(self.queue, action), counter)

    # --- time ---------------------------------------------------------------------------------

    @rule(step=minutes)
    def set_the_clock_back(self, step):
        self.furthest = max(self.furthest, self.now)
        self.now = max(self.now - step, self.furthest - timedelta(hours=1))

    @rule(properly=st.booleans())
    def go_home(self, properly):
        if properly:
            self.queue.end_day()
            assert not self.queue.waiting()
        self.now += timedelta(hours=14)

    # --- what always holds --------------------------------------------------------------------

    @invariant()
    def every_ticket_is_somewhere_once(self):
        rows = self.rows("SELECT * FROM tickets")
        assert len(rows) == len(self.reserved)
        numbers = Count((row.day, row.series, row.sequence) for row in rows)
        assert not numbers or max(numbers.values()) == 1
        at_counters = Count(row.counter for row in rows if row.status in AT_COUNTER)
        assert not at_counters or max(at_counters.values()) == 1
        for row in rows:
            assert (row.ended_at is not None) == (row.status in FINAL)

    @invariant()
    def the_history_only_grows_and_says_what_is(self):
        history = self.rows("SELECT * FROM ticket_events ORDER BY id")
        assert history[: len(self.past)] == self.past
        self.past = history
        assert [event.at for event in history] == sorted(event.at for event in history)
        last = {event.ticket_id: event.status for event in history}
        assert last == {row.id: row.status for row in self.rows("SELECT id, status FROM tickets")}

    @invariant()
    def nobody_without_a_number_in_hand_was_called(self):
        in_hand = set()
        for event in self.past:
            if event.status == Status.ISSUED:
                in_hand.add(event.ticket_id)
            if event.status in AT_COUNTER:
                assert event.ticket_id in in_hand

    # --- helpers ------------------------------------------------------------------------------

    def allowed(self, change, *arguments) -> bool:
        """Whether the queue let it happen; refused, it must have changed nothing."""
        try:
            change(*arguments)
        except NotAllowedError:
            return False
        return True

    def eligible(self, counter: str):
        state = next(one for one in self.queue.counters() if one.counter == counter)
        lines = state.lines or COUNTERS[counter].lines
        today = max([self.queue.today, *(event.day for event in self.past[-1:])])
        mine = {
            row.id
            for row in self.rows("SELECT * FROM tickets")
            if row.day == today and row.only_counter in ("", counter)
        }
        return {
            ticket.id: ticket
            for ticket in self.queue.waiting()
            if ticket.line in lines and ticket.id in mine
        }

    def rows(self, statement: str) -> list:
        with self.store.reading() as connection:
            return list(connection.execute(text(statement)))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(minutes, st.sampled_from(CLASSES), st.booleans(), st.booleans()),
        min_size=2,
        max_size=12,
    )
)
def test_nobody_waits_for_who_arrives_after_the_bound(citizens):
    now = datetime(2026, 11, 23, 8, 0, tzinfo=ZoneInfo(SITE.timezone))
    store = Store("sqlite://")
    queue = Queue(store, SITE, lambda: now)
    for number, (gap, priority, booked, call) in enumerate(citizens):
        now += gap
        registered = now - timedelta(days=3) if booked else None
        ticket = queue.reserve(
            str(number), "", COUNTERS["1"], priority=priority, registered_at=registered
        )
        queue.settle(ticket.id, Status.ISSUED)
        if call:
            first = queue.call_next("1")
            assert all(first.arrived_at <= x.arrived_at + BOUND for x in queue.waiting())
    store.close()


TestQueueDays = QueueDays.TestCase
TestQueueDays.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
