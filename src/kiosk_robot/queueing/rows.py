"""The queue's questions to the database, and how rows become values."""

from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy import Connection, Select, Table, and_, bindparam, func, insert, or_, select, update

from kiosk_robot.queueing.store import CounterEventRow, TicketEventRow, TicketRow
from kiosk_robot.queueing.ticket import Leg, Status, Ticket, TicketEvent

Row = Mapping[Any, Any]

tickets = cast(Table, TicketRow.__table__)
events = cast(Table, TicketEventRow.__table__)
counter_events = cast(Table, CounterEventRow.__table__)

IN_ORDER = (tickets.c.place, tickets.c.sequence, tickets.c.id)
WAITING = tickets.c.status == 2  # the numbers as the partial indexes have them
OPEN = tickets.c.status.in_([0, 1, 2, 3, 7, 8])
LAST_CALLED = 8  # tickets that boards show

# Statements are built once: to build one takes as long as to run it.
BY_ID = select(tickets).where(tickets.c.id == bindparam("wanted"))
BY_REQUEST = select(tickets).where(tickets.c.request_id == bindparam("wanted"))
BY_EVENT = (
    select(tickets)
    .join(events, events.c.ticket_id == tickets.c.id)
    .where(events.c.request_id == bindparam("wanted"))
)
BY_NUMBER = select(tickets).where(
    tickets.c.day == bindparam("day"),
    tickets.c.series == bindparam("series"),
    tickets.c.sequence == bindparam("sequence"),
)
AT_THIS_COUNTER = select(tickets).where(
    tickets.c.status.in_([3, 8]), tickets.c.counter == bindparam("number")
)
LAST_OF_SERIES = (
    select(tickets.c.sequence, tickets.c.arrived_at)
    .where(tickets.c.day == bindparam("day"), tickets.c.series == bindparam("series"))
    .order_by(tickets.c.sequence.desc())
    .limit(1)
)
FIRST_WAITING = (
    select(tickets)
    .where(
        WAITING,
        tickets.c.line == bindparam("line"),
        or_(tickets.c.only_counter == "", tickets.c.only_counter == bindparam("number")),
    )
    .order_by(*IN_ORDER)
    .limit(1)
)
AHEAD = (
    select(func.count())
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
NEWEST_CALLED = (
    select(tickets)
    .where(tickets.c.called_at.is_not(None), tickets.c.line == bindparam("line"))
    .order_by(tickets.c.called_at.desc())
    .limit(LAST_CALLED)
)
WAITING_PER_LINE = select(tickets.c.line, func.count()).where(WAITING).group_by(tickets.c.line)
COUNTER_ROW = (
    select(counter_events)
    .where(
        counter_events.c.day == bindparam("day"), counter_events.c.counter == bindparam("number")
    )
    .order_by(counter_events.c.id.desc())
    .limit(1)
)
LAST_EVENT = select(events.c.at).order_by(events.c.id.desc()).limit(1)
HISTORY = (
    select(*(events.c[name] for name in TicketEvent.__slots__))
    .where(events.c.day == bindparam("day"), events.c.ticket_id != "")
    .order_by(events.c.id)
)

ADD = insert(tickets)
CHANGE = update(tickets).where(tickets.c.id == bindparam("wanted"))
NOTE = insert(events)
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


def one(connection: Connection, statement: Select[Any], **values: Any) -> Row | None:
    """The row that a statement finds, if any."""
    return connection.execute(statement, values).mappings().first()


def several(connection: Connection, statement: Select[Any], **values: Any) -> list[Row]:
    """All rows that a statement finds."""
    return list(connection.execute(statement, values).mappings())


def to_number(row: Row) -> str:
    """What people see, e.g. A001."""
    return f"{row['series']}{row['sequence']:03d}"


def to_ticket(connection: Connection, row: Row) -> Ticket:
    """A row as a value, with who is ahead."""
    ahead = 0
    if row["status"] <= Status.ISSUED:
        ahead = connection.execute(
            AHEAD, {"line": row["line"], "place": row["place"], "sequence": row["sequence"]}
        ).scalar_one()
    return Ticket(
        id=row["id"],
        number=to_number(row),
        series=row["series"],
        line=row["line"],
        procedure_code=row["procedure_code"],
        counter=row["counter"],
        status=Status(row["status"]),
        priority=row["priority"],
        people_ahead=ahead,
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
