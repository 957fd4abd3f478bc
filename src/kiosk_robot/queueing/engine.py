"""The queue: reserve, settle, call.

Invariants:

* one request id has one ticket, however often it is asked for;
* a number is given once a day and series; the day is the site's local date;
* only an issued ticket is called, in order of registration, and each at most once;
* a void ticket keeps its row and its number is not given again.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kiosk_robot.queueing.store import Store, TicketRow
from kiosk_robot.queueing.ticket import (
    NoSuchTicketError,
    Status,
    Ticket,
    UnknownCounterError,
    check_transition,
)
from kiosk_robot.site import Counter, Site

UNSETTLED = (Status.RESERVED, Status.PRINTING)


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
    """The queue of one site over a store. `clock` gives aware datetimes."""

    def __init__(self, store: Store, site: Site, clock: Callable[[], datetime] = utc_now) -> None:
        self._store = store
        self._site = site
        self._clock = clock
        self._zone = ZoneInfo(site.timezone)

    @property
    def today(self) -> str:
        """The local date, YYYY-MM-DD: the day key of numbers."""
        return self._day(self._clock())

    def reserve(self, request_id: str, procedure_code: str, counter: Counter) -> Ticket:
        """Write a number down for a request. The same request always gets the same ticket.

        :raises StoreError: nothing was reserved.
        """
        with self._store.transaction() as session:
            row = session.scalar(select(TicketRow).where(TicketRow.request_id == request_id))
            if row is None:
                now = self._clock()  # once: day and number belong together at midnight too
                row = TicketRow(
                    id=str(uuid.uuid4()),
                    request_id=request_id,
                    day=self._day(now),
                    series=counter.series,
                    sequence=self._next_sequence(session, self._day(now), counter.series),
                    procedure_code=procedure_code,
                    counter=counter.number,
                    status=Status.RESERVED,
                    registered_at=now,
                )
                session.add(row)
                session.flush()
            return self._ticket(session, row)

    def settle(
        self, ticket_id: str, outcome: Status, *, delivery: str = "", reason: str = ""
    ) -> Ticket:
        """Say what became of a reserved ticket: PRINTING, ISSUED or VOID. Repeating it is harmless.

        :raises NoSuchTicketError: unknown id.
        :raises NotAllowedError: the ticket's life does not allow it.
        :raises StoreError: nothing changed.
        """
        with self._store.transaction() as session:
            row = session.get(TicketRow, ticket_id)
            if row is None:
                raise NoSuchTicketError(f"no ticket {ticket_id}")
            if row.status != outcome:
                check_transition(ticket_id, Status(row.status), outcome)
                row.status = outcome
                row.delivery = delivery
                row.void_reason = reason
                session.flush()
            return self._ticket(session, row)

    def unsettled(self, older_than: timedelta) -> list[Ticket]:
        """Tickets reserved longer ago and neither issued nor void: somebody died midway.

        :raises StoreError: the store cannot be read.
        """
        with self._store.transaction() as session:
            rows = session.scalars(
                select(TicketRow).where(
                    TicketRow.status.in_(UNSETTLED),
                    TicketRow.registered_at < self._clock() - older_than,
                )
            ).all()
            return [self._ticket(session, row) for row in rows]

    def call_next(self, counter_number: str) -> Ticket | None:
        """Call the citizen who registered first at a counter; None when nobody waits.

        :raises UnknownCounterError: the site has no such counter.
        :raises StoreError: nobody was called.
        """
        if counter_number not in {counter.number for counter in self._site.counters}:
            raise UnknownCounterError(f"no counter {counter_number} at {self._site.short_name}")
        with self._store.transaction() as session:
            row = session.scalar(
                select(TicketRow)
                .where(
                    TicketRow.day == self.today,
                    TicketRow.counter == counter_number,
                    TicketRow.status == Status.ISSUED,
                )
                .order_by(TicketRow.registered_at, TicketRow.sequence)
                .limit(1)
            )
            if row is None:
                return None
            check_transition(row.id, Status(row.status), Status.CALLED)
            row.status = Status.CALLED
            row.called_at = self._clock()
            session.flush()
            return self._ticket(session, row)

    def get(self, ticket_id: str) -> Ticket:
        """A ticket as it stands.

        :raises NoSuchTicketError: unknown id.
        :raises StoreError: the store cannot be read.
        """
        with self._store.transaction() as session:
            row = session.get(TicketRow, ticket_id)
            if row is None:
                raise NoSuchTicketError(f"no ticket {ticket_id}")
            return self._ticket(session, row)

    def state(self) -> tuple[list[SeriesState], list[Ticket]]:
        """Series of today in the site's order, and the last eight tickets called, newest first."""
        with self._store.transaction() as session:
            called = session.scalars(
                select(TicketRow)
                .where(TicketRow.day == self.today, TicketRow.called_at.is_not(None))
                .order_by(TicketRow.called_at.desc(), TicketRow.sequence.desc())
            ).all()
            counted = session.execute(
                select(TicketRow.series, func.count())
                .where(TicketRow.day == self.today, TicketRow.status == Status.ISSUED)
                .group_by(TicketRow.series)
            )
            waiting = {row[0]: row[1] for row in counted}
            series = [
                SeriesState(
                    series=letter,
                    counters=tuple(c.number for c in self._site.counters if c.series == letter),
                    waiting=waiting.get(letter, 0),
                    last_called=next((row.number for row in called if row.series == letter), ""),
                )
                for letter in dict.fromkeys(counter.series for counter in self._site.counters)
            ]
            return series, [self._ticket(session, row) for row in called[:8]]

    def _day(self, moment: datetime) -> str:
        return moment.astimezone(self._zone).date().isoformat()

    def _next_sequence(self, session: Session, day: str, series: str) -> int:
        last = session.scalar(
            select(func.max(TicketRow.sequence)).where(
                TicketRow.day == day, TicketRow.series == series
            )
        )
        return (last or 0) + 1

    def _ticket(self, session: Session, row: TicketRow) -> Ticket:
        ahead = session.scalar(
            select(func.count())
            .select_from(TicketRow)
            .where(
                TicketRow.day == row.day,
                TicketRow.counter == row.counter,
                TicketRow.status == Status.ISSUED,
                TicketRow.sequence < row.sequence,
            )
        )
        return Ticket(
            id=row.id,
            number=row.number,
            series=row.series,
            procedure_code=row.procedure_code,
            counter=row.counter,
            status=Status(row.status),
            people_ahead=ahead or 0,
            registered_at=row.registered_at,
        )
