"""The life of a ticket, as data: which state may follow which."""

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


NEXT: dict[Status, frozenset[Status]] = {
    Status.RESERVED: frozenset({Status.PRINTING, Status.ISSUED, Status.VOID}),
    Status.PRINTING: frozenset({Status.ISSUED, Status.VOID}),
    Status.ISSUED: frozenset({Status.CALLED}),
    Status.CALLED: frozenset({Status.SERVED, Status.NO_SHOW}),
    Status.SERVED: frozenset(),
    Status.NO_SHOW: frozenset(),
    Status.VOID: frozenset(),
}


class TicketError(Exception):
    """A request the queue must refuse; the message is for the technician."""


class NoSuchTicketError(TicketError):
    """No ticket has this identity."""


class NotAllowedError(TicketError):
    """The ticket's state does not allow the change."""


class UnknownCounterError(TicketError):
    """The site file has no such counter."""


class StoreError(TicketError):
    """The store cannot be read or written."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as it stands. `id` is its identity; `number` is only what people see."""

    id: str
    number: str
    series: str
    procedure_code: str
    counter: str
    status: Status
    people_ahead: int
    registered_at: datetime  # aware, UTC


def check_transition(ticket_id: str, now: Status, wanted: Status) -> None:
    """Refuse a change that the life of a ticket does not have.

    :raises NotAllowedError: e.g. a void ticket is to be issued.
    """
    if wanted not in NEXT[now]:
        raise NotAllowedError(f"ticket {ticket_id} is {now.name}, it cannot become {wanted.name}")
