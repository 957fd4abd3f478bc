"""The queue's questions to the database, and how rows become values."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    Connection,
    Select,
    Table,
    and_,
    bindparam,
    func,
    insert,
    or_,
    select,
    text,
    update,
)

from kiosk_robot.queueing.prepared import Prepared, Row
from kiosk_robot.queueing.store import (
    IS_AT_COUNTER,
    IS_OPEN,
    IS_WAITING,
    CounterEventRow,
    TicketEventRow,
    TicketRow,
)
from kiosk_robot.queueing.ticket import Leg, Status, Ticket, TicketEvent

tickets = cast(Table, TicketRow.__table__)
events = cast(Table, TicketEventRow.__table__)
counter_events = cast(Table, CounterEventRow.__table__)

IN_ORDER = (tickets.c.place, tickets.c.sequence, tickets.c.id)
# As the partial indexes have it: a bound value would not be recognised.
WAITING = text(IS_WAITING)
OPEN = text(IS_OPEN)
IN_SERVICE = text(IS_AT_COUNTER)
LAST_CALLED = 8  # tickets that boards show

# Statements are built once: to build one takes as long as to run it.
BY_ID = Prepared(select(tickets).where(tickets.c.id == bindparam("wanted")))
BY_REQUEST = Prepared(select(tickets).where(tickets.c.request_id == bindparam("wanted")))
BY_EVENT = Prepared(
    select(tickets)
    .join(events, events.c.ticket_id == tickets.c.id)
    .where(events.c.request_id == bindparam("wanted"))
)
BY_NUMBER = Prepared(
    select(tickets).where(
        tickets.c.day == bindparam("day"),
        tickets.c.series == bindparam("series"),
        tickets.c.sequence == bindparam("sequence"),
    )
)
AT_THIS_COUNTER = Prepared(
    select(tickets).where(IN_SERVICE, tickets.c.counter == bindparam("number"))
)
LAST_OF_SERIES = Prepared(
    select(tickets.c.sequence, tickets.c.arrived_at)
    .where(tickets.c.day == bindparam("day"), tickets.c.series == bindparam("series"))
    .order_by(tickets.c.sequence.desc())
    .limit(1)
)
FIRST_WAITING = Prepared(
    select(tickets)
    .where(
        WAITING,
        tickets.c.line == bindparam("line"),
        or_(tickets.c.only_counter == "", tickets.c.only_counter == bindparam("number")),
    )
    .order_by(*IN_ORDER)
    .limit(1)
)
AHEAD = Prepared(
    select(func.count().label("people"))
    .select_from(tickets)
    .where(
        WAITING,
        tickets.c.line == bindparam("line"),
        tickets.c.place <= bindparam("place"),
        or_(
            tickets.c.place < bindparam("place"),
            and_(tickets.c.place == bindparam("place"), tickets.c.sequence < bindparam("sequence")),
        ),
    )
)
PLACES = (
    select(tickets.c.line, tickets.c.place, tickets.c.sequence).where(WAITING).order_by(*IN_ORDER)
)
NEWEST_CALLED = (
    select(tickets)
    .where(tickets.c.called_at.is_not(None), tickets.c.line == bindparam("line"))
    .order_by(tickets.c.called_at.desc())
    .limit(LAST_CALLED)
)
WAITING_PER_LINE = select(tickets.c.line, func.count()).where(WAITING).group_by(tickets.c.line)
COUNTER_ROW = Prepared(
    select(counter_events)
    .where(
        counter_events.c.day == bindparam("day"), counter_events.c.counter == bindparam("number")
    )
    .order_by(counter_events.c.id.desc())
    .limit(1)
)
LAST_EVENT = Prepared(select(events.c.at).order_by(events.c.id.desc()).limit(1))
HISTORY = (
    select(*(events.c[name] for name in TicketEvent.__slots__))
    .where(events.c.day == bindparam("day"), events.c.ticket_id != "")
    .order_by(events.c.id)
)

ADD = Prepared(insert(tickets).inline(), tuple(tickets.c.keys()))
NOTE = Prepared(insert(events).inline(), tuple(events.c.keys()[1:]))
KEPT = (
    "day",
    "status",
    "line",
    "procedure_code",
    "counter",
    "staff",
)  # of the ticket, in its history
BLANK: dict[str, Any] = {
    "only_counter": "",
    "status": Status.RESERVED,
    "priority": "",
    "delivery": "",
    "reason": "",
    "called_at": None,
    "started_at": None,
    "ended_at": None,
    "calls": 0,
    "put_backs": 0,
    "staff": "",
}


@cache
def change(columns: tuple[str, ...]) -> Prepared:
    """Set these columns of the ticket `wanted`."""
    return Prepared(update(tickets).where(tickets.c.id == bindparam("wanted")), columns)


def several(connection: Connection, statement: Select[Any], **values: Any) -> list[Row]:
    """All rows that a statement finds."""
    return [dict(row) for row in connection.execute(statement, values).mappings()]


def to_number(row: Row) -> str:
    """What people see, e.g. A001."""
    return f"{row['series']}{row['sequence']:03d}"


def to_ticket(connection: Connection, row: Row) -> Ticket:
    """A row as a value, with who is ahead."""
    waits = row["status"] <= Status.ISSUED
    found = waits and AHEAD.one(
        connection, line=row["line"], place=row["place"], sequence=row["sequence"]
    )
    return _with(row, found["people"] if found else 0)


def to_tickets(connection: Connection, found: Sequence[Row]) -> list[Ticket]:
    """The same of many: the hall is looked through once, not once for each."""
    lines: dict[str, list[Any]] = defaultdict(list)
    if any(row["status"] <= Status.ISSUED for row in found):
        for line, *place in connection.execute(PLACES):
            lines[line].append(place)
    return [
        _with(row, bisect_left(lines[row["line"]], [row["place"], row["sequence"]]))
        if row["status"] <= Status.ISSUED
        else _with(row, 0)
        for row in found
    ]


def _with(row: Row, people_ahead: int) -> Ticket:
    return Ticket(
        id=row["id"],
        number=to_number(row),
        series=row["series"],
        line=row["line"],
        procedure_code=row["procedure_code"],
        counter=row["counter"],
        status=Status(row["status"]),
        priority=row["priority"],
        people_ahead=people_ahead,
        calls=row["calls"],
        put_backs=row["put_backs"],
        registered_at=row["registered_at"],
        arrived_at=row["arrived_at"],
        place=row["place"],
        called_at=row["called_at"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        staff=row["staff"],
        reason=row["reason"],
        later=tuple(Leg(*leg) for leg in row["later"]),
    )


def to_event(row: Row) -> TicketEvent:
    """A line of history as a value."""
    return TicketEvent(**{**row, "status": Status(row["status"])})
