"""How the queue's services answer what the core refuses."""

from typing import Any

from kiosk_robot.queueing.ticket import (
    NoSuchTicketError,
    NotAllowedError,
    StoreError,
    TicketError,
    UnknownCounterError,
    UnknownPriorityError,
)

# Which constant of an answer says it; the first that fits.
CONSTANTS: dict[type[TicketError], str] = {
    NoSuchTicketError: "NO_SUCH_TICKET",
    NotAllowedError: "NOT_ALLOWED",
    UnknownCounterError: "UNKNOWN_COUNTER",
    UnknownPriorityError: "UNKNOWN_PRIORITY",
    StoreError: "STORE_FAILED",
}


def refuse(response: Any, error: TicketError) -> None:
    """Write an error into a response: the constant of its kind, and its words."""
    name = next(name for kind, name in CONSTANTS.items() if isinstance(error, kind))
    response.error_code = getattr(type(response), name)
    response.error_msg = str(error)
