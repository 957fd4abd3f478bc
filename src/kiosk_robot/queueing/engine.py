"""The queue of one service point: who is called next, and what may happen to a ticket.

The order. There is one for walk-in and booked citizens: by *place*, a moment fixed when a ticket is
reserved; the earliest is called first.

    place = max(registered_at - head start of the priority class, arrived_at - ageing bound)

`registered_at` of a walk-in is when the ticket was reserved, of a booked citizen when the booking
was made: a number is worth the same whatever the channel (the published rule of iHanoi). A priority
citizen counts as having registered a head start earlier. The second term bounds both: nobody is
overtaken by a citizen who arrived more than the ageing bound later. So a wait can grow by those
who arrive within one bound, never by anybody after them (the discipline "earliest due date first").
With the published waits of 10 to 15 minutes and a bound of 30, a priority or booked citizen is
first at once; on a crowded day nobody starves.

A visit may have several services, its *legs*: one ticket, served in turn, keeping its place. A
transfer goes to another series or counter; with automatic return, the present service becomes a leg
that comes after it.

Invariants (tests/unit/queueing/test_queue_machine.py walks at random and holds them):

* one request id has one effect, however often it is sent;
* a number is given once a day and series; the day is the site's local date;
* only an issued ticket is called, or, by name, a parked one;
* of those a counter may call, the earliest place is called first, unless staff give a reason;
* a ticket is at one counter at most, and a counter has one ticket at most;
* nobody is overtaken, in this sense, by someone who arrived more than the ageing bound later;
* tickets are conserved: each is in one state, and its last line of history says the same;
* history is never changed or deleted; a void ticket's number is not given again.

Time. Moments never run backwards: while the clock is behind what the store knows, time stands still
and the order of numbers decides. A clock on an earlier *day* is refused (`ClockError`), and
`accept_clock` is the way out. With the first change of a new day, what was open of others ends.
"""

import secrets
import uuid
from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, insert, select

from kiosk_robot.queueing import rows
from kiosk_robot.queueing.moments import Moments
from kiosk_robot.queueing.prepared import Row
from kiosk_robot.queueing.rows import several, tickets, to_number, to_ticket, to_tickets
from kiosk_robot.queueing.store import Store
from kiosk_robot.queueing.ticket import (
    AT_COUNTER,
    AT_DAY_END,
    FINAL,
    UNSETTLED,
    CounterState,
    Leg,
    NoSuchTicketError,
    NotAllowedError,
    Status,
    StoreError,
    Ticket,
    TicketEvent,
    UnknownCounterError,
    UnknownPriorityError,
    check_transition,
)
from kiosk_robot.site import Counter, Site

DAY_ENDED = "the day ended"
INSTANT = timedelta(microseconds=1)  # the databases know nothing shorter
T = TypeVar("T")
Step = Callable[[Connection, Row, datetime], Row]


@dataclass(frozen=True, slots=True)
class SeriesState:
    """One series today."""

    series: str
    counters: tuple[str, ...]
    waiting: int
    last_called: str  # "" when none


def utc_now() -> datetime:
    """The wall clock, aware."""
    return datetime.now(UTC)


class Queue:
    """The queue of one site over a store. `clock` gives aware datetimes.

    Every change is one transaction. All raise `StoreError` when the store fails, and then nothing
    has changed; `ClockError` when the clock stands on an earlier day; `NoSuchTicketError` for an
    unknown id; `NotAllowedError` when the ticket's state, or a rule, does not allow it;
    `UnknownCounterError` for a counter or series the site does not have. A `request_id` makes a
    change happen once: sent again, it answers with the ticket as it stands.
    """

    def __init__(self, store: Store, site: Site, clock: Callable[[], datetime] = utc_now) -> None:
        self._store = store
        self._site = site
        self._rules = site.queue
        self._moments = Moments(clock, site.timezone)
        self._counters = {counter.number: counter for counter in site.counters}
        self._head_starts = {
            one.key: timedelta(minutes=one.head_start_minutes)
            for one in site.queue.priority_classes
        } | {"": timedelta()}

    @property
    def today(self) -> str:
        """The local date, YYYY-MM-DD: the day key of numbers."""
        return self._moments.day(self._moments.clock())

    # --- giving numbers -----------------------------------------------------------------------

    def reserve(
        self,
        request_id: str,
        procedure_code: str,
        counter: Counter,
        *,
        priority: str = "",
        registered_at: datetime | None = None,
        later: Iterable[Leg] = (),
    ) -> Ticket:
        """Write a number down for a request. The same request always gets the same ticket.

        :param counter: one that serves the first service; the ticket waits in its series.
        :param priority: key of a priority class; the proof is shown at the counter.
        :param registered_at: when a booked citizen booked; None for a walk-in.
        :param later: further services of the visit, in turn.
        :raises UnknownPriorityError: no such class at this site.
        """
        self._check_priority(priority)
        legs = [self._checked(leg) for leg in later]

        def work(connection: Connection, now: datetime) -> Ticket:
            row = rows.BY_REQUEST.one(connection, wanted=request_id)
            if row is None:
                row = self._new(
                    connection,
                    now,
                    request_id,
                    procedure_code,
                    counter,
                    priority=priority,
                    registered_at=registered_at,
                    later=legs,
                )
            return to_ticket(connection, row)

        return self._change(work)

    def settle(
        self, ticket_id: str, outcome: Status, *, delivery: str = "", reason: str = ""
    ) -> Ticket:
        """Say what became of a reserved ticket: PRINTING, ISSUED or VOID. Repeating is harmless."""

        def step(connection: Connection, row: Row, now: datetime) -> Row:
            if row["status"] == outcome:
                return row
            if row["status"] not in UNSETTLED:
                check_transition(row["id"], Status(row["status"]), Status.VOID)
            return self._move(
                connection,
                row,
                now,
                outcome,
                outcome.name.lower(),
                delivery=delivery,
                reason=reason,
            )

        return self._act(ticket_id, "", step)

    def unsettled(self, older_than: timedelta) -> list[Ticket]:
        """Tickets reserved longer ago and neither issued nor void: somebody died midway.

        :raises StoreError: the store cannot be read.
        """
        left_over = tickets.c.status.in_(UNSETTLED) & (
            tickets.c.arrived_at < self._moments.clock() - older_than
        )
        return self._list(select(tickets).where(rows.OPEN, left_over))

    def walk_direct(
        self, request_id: str, procedure_code: str, counter_number: str, *, staff: str = ""
    ) -> Ticket:
        """Serve a citizen who came straight to a free counter: a ticket without paper."""
        counter = self._counter(counter_number)

        def work(connection: Connection, now: datetime) -> Ticket:
            row = rows.BY_REQUEST.one(connection, wanted=request_id)
            if row is None:
                self._refuse_if_taken(connection, counter)
                opened = self._opened(connection, now, counter)
                row = self._new(connection, now, request_id, procedure_code, counter)
                row = self._move(connection, row, now, Status.ISSUED, "walked_in")
                row = self._called(connection, row, now, counter, staff or opened["staff"])
                row = self._started(connection, row, now)
            return to_ticket(connection, row)

        return self._change(work)

    # --- calling ------------------------------------------------------------------------------

    def call_next(self, counter_number: str, *, request_id: str = "") -> Ticket | None:
        """Call the first in order to a counter; None when nobody waits.

        Whoever is at the counter has then been served (or goes on to the visit's next service).
        A closed or paused counter is open from now on.
        """
        counter = self._counter(counter_number)

        def work(connection: Connection, now: datetime) -> Ticket | None:
            if again := self._repeated(connection, request_id):
                return again
            opened = self._opened(connection, now, counter)
            present = rows.AT_THIS_COUNTER.one(connection, number=counter.number)
            if present is not None:
                self._finished(connection, present, now)
            row = self._first(connection, counter, opened["lines"])
            if row is None:
                return None
            row = self._called(
                connection, row, now, counter, opened["staff"], request_id=request_id
            )
            return to_ticket(connection, row)

        return self._change(work)

    def call(
        self, ticket_id: str, counter_number: str, reason: str, *, request_id: str = ""
    ) -> Ticket:
        """Call a waiting or parked ticket out of order to a free counter. The reason is kept."""
        counter = self._counter(counter_number)
        if not reason.strip():
            raise NotAllowedError("a call out of order needs a reason")

        def step(connection: Connection, row: Row, now: datetime) -> Row:
            self._refuse_if_taken(connection, counter)
            staff = self._opened(connection, now, counter)["staff"]
            return self._called(
                connection, row, now, counter, staff, "picked", request_id, reason=reason
            )

        return self._act(ticket_id, request_id, step)

    def recall(self, ticket_id: str, *, request_id: str = "") -> Ticket:
        """Call the same number again, as often as the site allows; then it is a no-show."""

        def step(connection: Connection, row: Row, now: datetime) -> Row:
            if row["calls"] > self._rules.recalls:
                raise NotAllowedError(
                    f"ticket {ticket_id} was called {row['calls']} times: it is a no-show"
                )
            return self._write(
                connection, row, now, "recalled", request_id, calls=row["calls"] + 1, called_at=now
            )

        return self._act(ticket_id, request_id, step, Status.CALLED)

    def start(self, ticket_id: str, *, request_id: str = "") -> Ticket:
        """The citizen has come to the counter."""

        def step(connection: Connection, row: Row, now: datetime) -> Row:
            return self._started(connection, row, now, request_id)

        return self._act(ticket_id, request_id, step)

    def finish(self, ticket_id: str, result: str = "", *, request_id: str = "") -> Ticket:
        """The service is done; the ticket goes on to the next one of the visit, if any.

        :param result: e.g. received, papers_missing; kept in the history, so no personal data.
        """

        def step(connection: Connection, row: Row, now: datetime) -> Row:
            return self._finished(connection, row, now, result, request_id)

        return self._act(ticket_id, request_id, step, *AT_COUNTER)

    def no_show(self, ticket_id: str, *, request_id: str = "") -> Ticket:
        """Nobody came. It is put back as often as the site allows; then it is a no-show."""

        def step(connection: Connection, row: Row, now: datetime) -> Row:
            if row["put_backs"] >= self._rules.put_backs:
                return self._move(connection, row, now, Status.NO_SHOW, "no_show", request_id)
            place = self._place_behind(connection, row, self._rules.put_back_after)
            return self._move(
                connection,
                row,
                now,
                Status.ISSUED,
                "put_back",
                request_id,
                place=place,
                put_backs=row["put_backs"] + 1,
                calls=0,
            )

        return self._act(ticket_id, request_id, step, Status.CALLED)

    def return_late(self, ticket_id: str, *, request_id: str = "") -> Ticket:
        """Take back a citizen who came soon after the no-show: they wait in their place."""

        def step(connection: Connection, row: Row, now: datetime) -> Row:
            if now - row["ended_at"] > timedelta(minutes=self._rules.late_minutes):
                raise NotAllowedError(
                    f"ticket {ticket_id} was a no-show more than {self._rules.late_minutes} "
                    "minutes ago: it needs a new number"
                )
            return self._move(
                connection, row, now, Status.ISSUED, "returned_late", request_id, calls=0
            )

        return self._act(ticket_id, request_id, step, Status.NO_SHOW)

    # --- other ways ---------------------------------------------------------------------------

    def park(self, ticket_id: str, reason: str = "", *, request_id: str = "") -> Ticket:
        """Set aside, e.g. while the citizen fills in a form: not called until unparked."""

        def step(connection: Connection, row: Row, now: datetime) -> Row:
            return self._move(
                connection, row, now, Status.PARKED, "parked", request_id, reason=reason, calls=0
            )

        return self._act(ticket_id, request_id, step, Status.ISSUED, *AT_COUNTER)

    def unpark(self, ticket_id: str, *, request_id: str = "") -> Ticket:
        """The parked citizen is ready: they wait again in their place."""

        def step(connection: Connection, row: Row, now: datetime) -> Row:
            return self._move(connection, row, now, Status.ISSUED, "unparked", request_id)

        return self._act(ticket_id, request_id, step, Status.PARKED)

    def withdraw(self, ticket_id: str, reason: str, *, request_id: str = "") -> Ticket:
        """The citizen gave it up, or staff remove it. It stays in the history."""

        def step(connection: Connection, row: Row, now: datetime) -> Row:
            return self._move(
                connection, row, now, Status.LAPSED, "withdrawn", request_id, reason=reason
            )

        return self._act(ticket_id, request_id, step)

    def transfer(
        self,
        ticket_id: str,
        leg: Leg,
        *,
        come_back: bool = False,
        reason: str = "",
        request_id: str = "",
    ) -> Ticket:
        """Send to another series or counter; the place is kept, so that nobody queues anew.

        :param come_back: afterwards the ticket returns to this counter by itself.
        """
        self._checked(leg)

        def step(connection: Connection, row: Row, now: datetime) -> Row:
            here = row["counter"] if row["status"] in AT_COUNTER else row["only_counter"]
            back = [[row["line"], row["procedure_code"], here]] if come_back else []
            return self._write(
                connection,
                row,
                now,
                "transferred",
                request_id,
                status=Status.ISSUED,
                calls=0,
                later=[*back, *row["later"]],
                reason=reason,
                **self._bound_for(row, leg),
            )

        return self._act(ticket_id, request_id, step, Status.ISSUED, *AT_COUNTER)

    def set_priority(
        self, ticket_id: str, priority: str, *, reason: str = "", request_id: str = ""
    ) -> Ticket:
        """Grant a waiting ticket a priority class, or with "" take it away (no proof was shown).

        :raises UnknownPriorityError: no such class at this site.
        """
        self._check_priority(priority)

        def step(connection: Connection, row: Row, now: datetime) -> Row:
            place = self._place(row["registered_at"], row["arrived_at"], priority)
            return self._write(
                connection,
                row,
                now,
                "priority_set",
                request_id,
                priority=priority,
                place=place,
                reason=reason,
            )

        return self._act(ticket_id, request_id, step, Status.ISSUED, Status.PARKED)

    # --- counters and the day -----------------------------------------------------------------

    def open_counter(
        self, counter_number: str, *, staff: str = "", lines: Iterable[str] = ()
    ) -> CounterState:
        """A member of staff sits down.

        :param staff: a short code, never a name.
        :param lines: series they call from; empty: those of the site file.
        """
        counter = self._counter(counter_number)
        chosen = tuple(lines) or counter.lines
        if unknown := set(chosen) - set(self._site.series):
            raise UnknownCounterError(f"no series {', '.join(sorted(unknown))}")

        def work(connection: Connection, now: datetime) -> CounterState:
            self._note_counter(connection, now, counter, "open", staff, chosen)
            return self._counter_state(connection, now, counter)

        return self._change(work)

    def pause_counter(self, counter_number: str, reason: str = "") -> CounterState:
        """A break, when nobody is at the counter; staff and series stay. Calling ends it."""
        counter = self._counter(counter_number)

        def work(connection: Connection, now: datetime) -> CounterState:
            self._refuse_if_taken(connection, counter)
            row = self._counter_row(connection, now, counter)
            self._note_counter(
                connection, now, counter, "paused", row["staff"], row["lines"], reason
            )
            return self._counter_state(connection, now, counter)

        return self._change(work)

    def close_counter(self, counter_number: str) -> CounterState:
        """Nobody sits here any more; not while a citizen does."""
        counter = self._counter(counter_number)

        def work(connection: Connection, now: datetime) -> CounterState:
            self._refuse_if_taken(connection, counter)
            self._note_counter(connection, now, counter, "closed")
            return self._counter_state(connection, now, counter)

        return self._change(work)

    def end_day(self, reason: str = DAY_ENDED) -> list[str]:
        """Close all counters and end every open ticket; the numbers that lapsed unserved.

        A day that nobody ends, ends with the first change of the next.
        """

        def work(connection: Connection, now: datetime) -> list[str]:
            for counter in self._site.counters:
                if self._counter_row(connection, now, counter)["state"] != "closed":
                    self._note_counter(connection, now, counter, "closed", reason=reason)
            return self._end(connection, now, reason)

        return self._change(work)

    def accept_clock(self) -> list[str]:
        """The clock was wrong and is right now. What ended early waits again: the numbers."""
        now = self._moments.clock()
        self._moments.forget()
        with self._store.writing() as connection:
            lapsed = several(
                connection,
                select(tickets).where(
                    tickets.c.status == Status.LAPSED,
                    tickets.c.reason == DAY_ENDED,
                    tickets.c.ended_at > now,
                ),
            )
            for row in lapsed:
                self._move(connection, row, now, Status.ISSUED, "reinstated")
            # A line of its own, so that the last one has the right time in any case.
            nobody = dict.fromkeys(("id", *rows.KEPT), "") | {"day": self._moments.day(now)}
            self._note(connection, {**nobody, "status": 0}, now, "clock_accepted")
            return [to_number(row) for row in lapsed]

    # --- looking ------------------------------------------------------------------------------

    def get(self, ticket_id: str) -> Ticket:
        """A ticket as it stands.

        :raises NoSuchTicketError: unknown id.
        :raises StoreError: the store cannot be read.
        """
        with self._store.reading() as connection:
            return to_ticket(connection, _find(connection, ticket_id))

    def get_all(self, ticket_ids: Iterable[str]) -> list[Ticket]:
        """Tickets as they stand at one moment; unknown ids are left out.

        :raises StoreError: the store cannot be read.
        """
        with self._store.reading() as connection:
            found = (rows.BY_ID.one(connection, wanted=one) for one in ticket_ids)
            return to_tickets(connection, [row for row in found if row])

    def find(self, number: str) -> Ticket | None:
        """The ticket of today with this number, e.g. A012."""
        sequence = int(number[1:]) if number[1:].isdecimal() else 0
        with self._store.reading() as connection:
            row = rows.BY_NUMBER.one(
                connection,
                day=self.today,
                series=number[:1].upper(),
                sequence=sequence,
            )
            return to_ticket(connection, row) if row else None

    def at_counter(self, counter_number: str) -> Ticket | None:
        """The ticket that is called to, or served at, a counter."""
        counter = self._counter(counter_number)
        with self._store.reading() as connection:
            row = rows.AT_THIS_COUNTER.one(connection, number=counter.number)
            return to_ticket(connection, row) if row else None

    def waiting(self, line: str = "") -> list[Ticket]:
        """Who waits, in order; of one series or of all."""
        found = select(tickets).where(rows.WAITING).order_by(*rows.IN_ORDER)
        return self._list(found.where(tickets.c.line == line) if line else found)

    def parked(self) -> list[Ticket]:
        """Tickets set aside, the earliest place first."""
        parked = tickets.c.status == Status.PARKED
        return self._list(select(tickets).where(rows.OPEN, parked).order_by(*rows.IN_ORDER))

    def at_counters(self) -> list[Ticket]:
        """All tickets that are called to, or served at, a counter."""
        return self._list(select(tickets).where(rows.IN_SERVICE))

    def missed(self) -> list[Ticket]:
        """Who did not come today, and would still be taken back; the first to miss first."""
        since = self._moments.clock() - timedelta(minutes=self._rules.late_minutes)
        late = (tickets.c.status == Status.NO_SHOW) & (tickets.c.ended_at > since)
        found = select(tickets).where(tickets.c.day == self.today, late)
        return self._list(found.order_by(tickets.c.ended_at))

    def counters(self) -> list[CounterState]:
        """Every counter of the site, as it is now."""
        now = self._moments.clock()
        with self._store.reading() as connection:
            return [self._counter_state(connection, now, one) for one in self._site.counters]

    def history(self, day: str) -> list[TicketEvent]:
        """All that happened to the tickets of a local date, YYYY-MM-DD, in order."""
        with self._store.reading() as connection:
            return [rows.to_event(row) for row in several(connection, rows.HISTORY, day=day)]

    def state(self) -> tuple[list[SeriesState], list[Ticket]]:
        """Series of today in the site's order, and the last eight tickets called, newest first."""
        with self._store.reading() as connection:
            waiting = {row[0]: row[1] for row in connection.execute(rows.WAITING_PER_LINE)}
            called = {line: self._called_today(connection, line) for line in self._site.series}
            series = [
                SeriesState(
                    series=line,
                    counters=tuple(c.number for c in self._site.counters if line in c.lines),
                    waiting=waiting.get(line, 0),
                    last_called=to_number(called[line][0]) if called[line] else "",
                )
                for line in self._site.series
            ]
            newest = sorted(
                (row for line in called.values() for row in line),
                key=lambda row: (row["called_at"], row["sequence"]),
                reverse=True,
            )
            return series, [to_ticket(connection, row) for row in newest[: rows.LAST_CALLED]]

    # --- one change ---------------------------------------------------------------------------

    def _change(self, work: Callable[[Connection, datetime], T]) -> T:
        def at_this_moment(connection: Connection) -> T:
            try:
                now, new_day = self._moments.take(lambda: _last_change(connection))
                if new_day:
                    self._end(connection, now, DAY_ENDED, but_of=self._moments.day(now))
                return work(connection, now)
            except BaseException:
                self._moments.forget()
                raise

        try:
            return self._store.change(at_this_moment)
        except StoreError:  # written by several, or not at all
            self._moments.forget()
            raise

    def _act(self, ticket_id: str, request_id: str, step: Step, *allowed: Status) -> Ticket:

        def work(connection: Connection, now: datetime) -> Ticket:
            if again := self._repeated(connection, request_id):
                return again
            row = _find(connection, ticket_id)
            if allowed and row["status"] not in allowed:
                wanted = " or ".join(status.name for status in allowed)
                raise NotAllowedError(
                    f"ticket {ticket_id} is {Status(row['status']).name}, not {wanted}"
                )
            return to_ticket(connection, step(connection, row, now))

        return self._change(work)

    def _repeated(self, connection: Connection, request_id: str) -> Ticket | None:
        row = rows.BY_EVENT.one(connection, wanted=request_id) if request_id else None
        return to_ticket(connection, row) if row else None

    def _move(
        self,
        connection: Connection,
        row: Row,
        now: datetime,
        status: Status,
        action: str,
        request_id: str = "",
        **changes: Any,
    ) -> Row:
        check_transition(row["id"], Status(row["status"]), status)
        # as the number that it is: the driver takes half as long to bind that
        return self._write(connection, row, now, action, request_id, status=int(status), **changes)

    def _write(
        self,
        connection: Connection,
        row: Row,
        now: datetime,
        action: str,
        request_id: str = "",
        **changes: Any,
    ) -> Row:
        """Change a ticket and write its line of history."""
        if "status" in changes:
            changes["ended_at"] = now if changes["status"] in FINAL else None
        rows.change(tuple(changes)).run(connection, {"wanted": row["id"], **changes})
        row = {**row, **changes}
        self._note(connection, row, now, action, request_id, changes.get("reason", ""))
        return row

    def _note(
        self,
        connection: Connection,
        row: Row,
        now: datetime,
        action: str,
        request_id: str = "",
        reason: str = "",
    ) -> None:
        line = {name: row[name] for name in rows.KEPT}
        line["ticket_id"], line["request_id"], line["at"] = row["id"], request_id or None, now
        line["action"], line["reason"] = action, reason
        rows.NOTE.run(connection, line)

    def _end(
        self, connection: Connection, now: datetime, reason: str, *, but_of: str = ""
    ) -> list[str]:
        """End what is open, but for the tickets of one day; the numbers that lapsed."""
        found = select(tickets).where(rows.OPEN, tickets.c.day != but_of).order_by(*rows.IN_ORDER)
        lapsed = []
        for row in several(connection, found):
            final = AT_DAY_END[Status(row["status"])]
            self._write(connection, row, now, final.name.lower(), status=final, reason=reason)
            if final is Status.LAPSED:
                lapsed.append(to_number(row))
        return lapsed

    # --- a ticket -----------------------------------------------------------------------------

    def _new(
        self,
        connection: Connection,
        now: datetime,
        request_id: str,
        procedure_code: str,
        counter: Counter,
        *,
        priority: str = "",
        registered_at: datetime | None = None,
        later: Iterable[Leg] = (),
    ) -> Row:
        day = self._moments.day(now)
        last = rows.LAST_OF_SERIES.one(connection, day=day, series=counter.series)
        # Strictly one after the other, though the clock stands or two machines' clocks differ.
        arrived_at = max(now, last["arrived_at"] + INSTANT) if last else now
        registered_at = min(registered_at or arrived_at, arrived_at)
        row = rows.BLANK | {
            "id": new_id(now),
            "request_id": request_id,
            "day": day,
            "series": counter.series,
            "sequence": last["sequence"] + 1 if last else 1,
            "line": counter.series,
            "procedure_code": procedure_code,
            "counter": counter.number,
            "priority": priority,
            "registered_at": registered_at,
            "arrived_at": arrived_at,
            "place": self._place(registered_at, arrived_at, priority),
            "later": [list(astuple(leg)) for leg in later],
        }
        rows.ADD.run(connection, row)
        self._note(connection, row, now, "reserved")
        return row

    def _called(
        self,
        connection: Connection,
        row: Row,
        now: datetime,
        counter: Counter,
        staff: str,
        action: str = "called",
        request_id: str = "",
        **changes: Any,
    ) -> Row:
        return self._move(
            connection,
            row,
            now,
            Status.CALLED,
            action,
            request_id,
            counter=counter.number,
            staff=staff,
            calls=row["calls"] + 1,
            called_at=now,
            started_at=None,
            **changes,
        )

    def _started(
        self, connection: Connection, row: Row, now: datetime, request_id: str = ""
    ) -> Row:
        return self._move(
            connection, row, now, Status.SERVING, "started", request_id, started_at=now
        )

    def _finished(
        self,
        connection: Connection,
        row: Row,
        now: datetime,
        result: str = "",
        request_id: str = "",
    ) -> Row:
        row = self._move(connection, row, now, Status.SERVED, "finished", request_id, reason=result)
        if not row["later"]:
            return row
        leg, *later = row["later"]
        return self._move(
            connection,
            row,
            now,
            Status.ISSUED,
            "moved_on",
            calls=0,
            later=later,
            **self._bound_for(row, Leg(*leg)),
        )

    def _bound_for(self, row: Row, leg: Leg) -> dict[str, str]:
        serving = (one.number for one in self._site.counters if leg.series in one.lines)
        return {
            "line": leg.series,
            "procedure_code": leg.procedure_code or row["procedure_code"],
            "only_counter": leg.counter,
            "counter": leg.counter or next(serving),
        }

    def _first(self, connection: Connection, counter: Counter, lines: str) -> Row | None:
        """The one of several series with the earliest place."""
        found = (
            rows.FIRST_WAITING.one(connection, line=line, number=counter.number) for line in lines
        )
        return min(
            (row for row in found if row is not None),
            key=lambda row: (row["place"], row["sequence"], row["id"]),
            default=None,
        )

    def _place(self, registered_at: datetime, arrived_at: datetime, priority: str) -> datetime:
        bound = timedelta(minutes=self._rules.ageing_bound_minutes)
        return max(registered_at - self._head_starts[priority], arrived_at - bound)

    def _place_behind(self, connection: Connection, row: Row, people: int) -> datetime:
        """A place behind so many of those who wait in the same line; never before the old one."""
        last: datetime = row["place"]
        in_line = select(tickets.c.place).where(rows.WAITING, tickets.c.line == row["line"])
        for place in connection.scalars(in_line.order_by(*rows.IN_ORDER).limit(people)):
            last = max(last, place + INSTANT)
        return last

    def _called_today(self, connection: Connection, line: str) -> list[Row]:
        found = several(connection, rows.NEWEST_CALLED, line=line)
        return [row for row in found if row["day"] == self.today]

    def _list(self, statement: Select[Any]) -> list[Ticket]:
        with self._store.reading() as connection:
            return to_tickets(connection, several(connection, statement))

    # --- a counter ----------------------------------------------------------------------------

    def _counter(self, number: str) -> Counter:
        if number not in self._counters:
            raise UnknownCounterError(f"no counter {number} at {self._site.short_name}")
        return self._counters[number]

    def _refuse_if_taken(self, connection: Connection, counter: Counter) -> None:
        present = rows.AT_THIS_COUNTER.one(connection, number=counter.number)
        if present is not None:
            raise NotAllowedError(f"{to_number(present)} is at counter {counter.number}")

    def _counter_row(self, connection: Connection, now: datetime, counter: Counter) -> Row:
        row = rows.COUNTER_ROW.one(connection, day=self._moments.day(now), number=counter.number)
        closed = {"state": "closed", "staff": "", "lines": "", "reason": "", "at": None}
        return row or closed

    def _opened(self, connection: Connection, now: datetime, counter: Counter) -> Row:
        row = self._counter_row(connection, now, counter)
        if row["state"] == "open":
            return row
        lines = row["lines"] or counter.lines
        return self._note_counter(connection, now, counter, "open", row["staff"], lines)

    def _note_counter(
        self,
        connection: Connection,
        now: datetime,
        counter: Counter,
        state: str,
        staff: str = "",
        lines: Iterable[str] = "",
        reason: str = "",
    ) -> Row:
        row = {
            "at": now,
            "day": self._moments.day(now),
            "counter": counter.number,
            "state": state,
            "staff": staff,
            "lines": "".join(lines),
            "reason": reason,
        }
        connection.execute(insert(rows.counter_events), row)
        return row

    def _counter_state(
        self, connection: Connection, now: datetime, counter: Counter
    ) -> CounterState:
        row = self._counter_row(connection, now, counter)
        present = rows.AT_THIS_COUNTER.one(connection, number=counter.number)
        return CounterState(
            counter=counter.number,
            state=row["state"],
            staff=row["staff"],
            lines=tuple(row["lines"]),
            reason=row["reason"],
            since=row["at"],
            ticket_id=present["id"] if present else "",
        )

    # --- what is refused ----------------------------------------------------------------------

    def _check_priority(self, key: str) -> None:
        if key not in self._head_starts:
            known = ", ".join(filter(None, self._head_starts)) or "none"
            raise UnknownPriorityError(f"no priority class {key}; there are: {known}")

    def _checked(self, leg: Leg) -> Leg:
        if leg.series not in self._site.series:
            raise UnknownCounterError(f"no series {leg.series} at {self._site.short_name}")
        if leg.counter:
            self._counter(leg.counter)
        return leg


def new_id(now: datetime) -> str:
    """A UUID that sorts by time (version 7 of RFC 9562): new tickets stay together on the disk."""
    milliseconds = int(now.timestamp() * 1000)
    value = milliseconds << 80 | 0x7 << 76 | secrets.randbits(12) << 64
    return str(uuid.UUID(int=value | 0b10 << 62 | secrets.randbits(62)))


def _find(connection: Connection, ticket_id: str) -> Row:
    row = rows.BY_ID.one(connection, wanted=ticket_id)
    if row is None:
        raise NoSuchTicketError(f"no ticket {ticket_id}")
    return row


def _last_change(connection: Connection) -> datetime | None:
    row = rows.LAST_EVENT.one(connection)
    return row["at"] if row else None
