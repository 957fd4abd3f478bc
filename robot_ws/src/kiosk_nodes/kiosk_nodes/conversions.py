"""Between ROS messages and the core's values; free functions, no state."""

import json
from datetime import UTC, datetime
from typing import Any

from builtin_interfaces.msg import Time

from kiosk_interfaces.msg import Intent
from kiosk_interfaces.msg import Ticket as TicketMessage
from kiosk_robot.dialogue.session import HeldTicket, Requested
from kiosk_robot.queueing.ticket import Ticket
from kiosk_robot.understanding.model import RankedProcedure, Understanding

URGENT = {"cancel": 255}
ORDINARY = 128


def to_time(moment: datetime) -> Time:
    """An aware datetime as a ROS time."""
    nanoseconds = round(moment.timestamp() * 1e9)
    return Time(sec=nanoseconds // 10**9, nanosec=nanoseconds % 10**9)


def to_intent(
    understanding: Understanding, modality: str, source: str, *, interrupts: bool = True
) -> Intent:
    """An understanding as an intent message; `interrupts` as in `Requested`."""
    data = {
        "text": understanding.text,
        "behaviour": understanding.behaviour,
        "procedures": [[ranked.code, ranked.score] for ranked in understanding.procedures],
        "facet": understanding.facet,
        "case_id": understanding.case_id,
        "question": understanding.question,
        "slots": understanding.slots,
        "interrupts": interrupts,
        "sure": understanding.sure,
    }
    return Intent(
        intent=understanding.intent,
        data=json.dumps(data, ensure_ascii=False),
        source=source,
        modality=modality,
        priority=URGENT.get(understanding.intent, ORDINARY),
        confidence=float(understanding.confidence),
    )


def to_requested(intent: Intent, session_id: str) -> Requested:
    """An intent message as an event of the dialogue; `session_id` names a visit that begins now.

    :raises ValueError: `data` is not what `to_intent` writes.
    """
    try:
        data: dict[str, Any] = json.loads(intent.data)
        understanding = Understanding(
            text=data["text"],
            intent=intent.intent,
            behaviour=data["behaviour"],
            procedures=tuple(RankedProcedure(code, score) for code, score in data["procedures"]),
            facet=data["facet"],
            case_id=data["case_id"],
            question=data["question"],
            slots=data["slots"],
            confidence=intent.confidence,
            sure=bool(data.get("sure", True)),
        )
        return Requested(session_id, understanding, bool(data["interrupts"]))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"intent {intent.intent}: bad data: {error}") from error


def to_ticket_message(ticket: Ticket) -> TicketMessage:
    """A ticket of the queue as a message."""
    return TicketMessage(
        id=ticket.id,
        number=ticket.number,
        series=ticket.series,
        procedure_code=ticket.procedure_code,
        counter=ticket.counter,
        status=int(ticket.status),
        people_ahead=ticket.people_ahead,
        registered_at=to_time(ticket.registered_at),
    )


def to_held_ticket(message: TicketMessage, follow_url: str) -> HeldTicket:
    """A ticket message as the dialogue keeps it; `follow_url` is where phones find tickets, or "".

    The ticket's UUID, which nobody can guess, is the key to its page.
    """
    registered = message.registered_at
    page = f"{follow_url.rstrip('/')}/t/{message.id}#{message.number}"
    return HeldTicket(
        id=message.id,
        number=message.number,
        procedure_code=message.procedure_code,
        counter=message.counter,
        people_ahead=message.people_ahead,
        registered_at=datetime.fromtimestamp(registered.sec, UTC).timestamp(),
        follow_url=page if follow_url else "",
    )


def error_name(answer: Any, code: int) -> str:
    """The lower-case name of an error constant of a result or response; "" for 0."""
    if code == 0:
        return ""
    kind = type(answer)
    # rosidl makes constants properties of the metaclass.
    constants = (name for name in vars(type(kind)) if name[0] != "_" and name.isupper())
    found = (name.lower() for name in constants if getattr(kind, name) == code)
    return next(found, f"error_{code}")
