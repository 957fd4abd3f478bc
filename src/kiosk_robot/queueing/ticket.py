"""The life of a ticket, as data: which state may follow which, and what is refused."""

import math
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum


class Status(IntEnum):
    """States of a ticket; the values are those of kiosk_interfaces/Ticket."""

    RESERVED = 0
    PRINTING = 1
    ISSUED = 2
    CALLED = 3
    SERVED = 4
    NO_SHOW = 5
    VOID = 6
    PARKED = 7
    SERVING = 8
    LAPSED = 9


NEXT: dict[Status, frozenset[Status]] = {
    Status.RESERVED: frozenset({Status.PRINTING, Status.ISSUED, Status.VOID}),
    Status.PRINTING: frozenset({Status.ISSUED, Status.VOID}),
    Status.ISSUED: frozenset({Status.CALLED, Status.PARKED, Status.LAPSED}),
    Status.CALLED: frozenset(
        {Status.SERVING, Status.SERVED, Status.NO_SHOW, Status.ISSUED, Status.PARKED, Status.LAPSED}
    ),
    Status.SERVING: frozenset({Status.SERVED, Status.ISSUED, Status.PARKED, Status.LAPSED}),
    Status.PARKED: frozenset({Status.ISSUED, Status.CALLED, Status.LAPSED}),
    Status.NO_SHOW: frozenset({Status.ISSUED}),
    Status.SERVED: frozenset({Status.ISSUED}),  # on to the next service of the visit
    Status.VOID: frozenset(),
    Status.LAPSED: frozenset({Status.ISSUED}),  # only when the clock was wrong
}

UNSETTLED = (Status.RESERVED, Status.PRINTING)
FINAL = (Status.SERVED, Status.NO_SHOW, Status.VOID, Status.LAPSED)
AT_COUNTER = (Status.CALLED, Status.SERVING)
# What becomes of a ticket when its day ends. Whoever was at a counter counts as served.
AT_DAY_END = {
    Status.RESERVED: Status.VOID,
    Status.PRINTING: Status.VOID,
    Status.ISSUED: Status.LAPSED,
    Status.PARKED: Status.LAPSED,
    Status.CALLED: Status.SERVED,
    Status.SERVING: Status.SERVED,
}


class TicketError(Exception):
    """A request the queue must refuse; the message is for the technician."""


class NoSuchTicketError(TicketError):
    """No ticket has this identity."""


class NotAllowedError(TicketError):
    """The ticket's state, or a rule of the site, does not allow the change."""


class UnknownCounterError(TicketError):
    """The site file has no such counter, or no such series."""


class UnknownPriorityError(TicketError):
    """The site file has no such priority class."""


class StoreError(TicketError):
    """The store cannot be read or written."""


class ClockError(StoreError):
    """The clock stands on a day before one the store knows: nothing can be written down."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One service of a visit: who serves it, and what for."""

    series: str  # of the counters that serve it
    procedure_code: str = ""  # "": as the leg before
    counter: str = ""  # only this counter; "": whichever is free


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as it stands. `id` is its identity; `number` is only what people see."""

    id: str
    number: str
    series: str  # the letter of its number
    line: str  # the series whose counters serve it now; differs after a transfer
    procedure_code: str
    counter: str  # where it is, or will probably be, served
    status: Status
    priority: str  # key of a priority class; "" for none
    people_ahead: int  # 0 once it is called
    calls: int  # how often it was called since it last waited
    put_backs: int  # how often it was put back after a no-show
    registered_at: datetime  # aware, UTC, as all times here
    arrived_at: datetime  # at the service point; when it was reserved
    place: datetime  # its position in the order: the earliest is first
    called_at: datetime | None  # last call
    started_at: datetime | None  # the citizen came to the counter
    ended_at: datetime | None  # of a final state
    staff: str  # code of the member of staff; "" when not told
    reason: str  # of the last change that had one
    later: tuple[Leg, ...]  # services of this visit that are yet to come


@dataclass(frozen=True, slots=True)
class Wait:
    """How long somebody will probably wait until they are called, in minutes."""

    low: float  # one wait in twenty is shorter
    median: float
    high: float  # nine waits in ten are shorter
    at_once: bool = False  # a counter is free, and nobody is ahead

    @property
    def spoken(self) -> tuple[int, int]:
        """From, to: whole minutes that contain the interval, in steps of five from ten on."""
        low, high = math.floor(self.low), max(math.ceil(self.high), 1)
        return (low if low < 10 else low // 5 * 5, high if high <= 10 else -(-high // 5) * 5)


@dataclass(frozen=True, slots=True)
class TicketEvent:
    """One line of a ticket's history."""

    ticket_id: str
    at: datetime
    day: str  # of the ticket, YYYY-MM-DD
    action: str  # e.g. called, no_show: the names in engine.py
    status: Status  # afterwards
    line: str
    procedure_code: str
    counter: str
    staff: str
    reason: str  # or the result of a service


@dataclass(frozen=True, slots=True)
class CounterState:
    """A counter today."""

    counter: str
    state: str  # open, paused, closed
    staff: str  # code, "" when not told
    lines: tuple[str, ...]  # series it calls from, in the order of the site file
    reason: str  # of a pause
    since: datetime | None  # None: not yet opened today
    ticket_id: str  # at the counter now; "" for nobody


def check_transition(ticket_id: str, now: Status, wanted: Status) -> None:
    """Refuse a change that the life of a ticket does not have.

    :raises NotAllowedError: e.g. a void ticket is to be issued.
    """
    if wanted not in NEXT[now]:
        raise NotAllowedError(f"ticket {ticket_id} is {now.name}, it cannot become {wanted.name}")
