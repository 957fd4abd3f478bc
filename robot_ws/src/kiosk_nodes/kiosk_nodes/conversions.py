"""Between ROS messages and the core's values; free functions, no state."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from builtin_interfaces.msg import Duration, Time

from kiosk_interfaces.msg import CounterState as CounterMessage
from kiosk_interfaces.msg import Intent, LeaderAlert, QueueSeries, QueueState
from kiosk_interfaces.msg import Ticket as TicketMessage
from kiosk_interfaces.srv import CheckIn
from kiosk_robot.dialogue.session import HeldTicket, Requested
from kiosk_robot.feedback.desk import Alert
from kiosk_robot.queueing.engine import SeriesState
from kiosk_robot.queueing.ticket import CounterState, Ticket, Wait
from kiosk_robot.queueing.waiting import HitRate
from kiosk_robot.understanding.model import RankedProcedure, Understanding

UNKNOWN = Wait(0.0, 0.0, 0.0)
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


def to_duration(minutes: float) -> Duration:
    """Minutes as a ROS duration."""
    return Duration(sec=round(minutes * 60))


def to_ticket_message(ticket: Ticket, wait: Wait | None = None) -> TicketMessage:
    """A ticket of the queue as a message, with how long it will wait if that is known."""
    wait = wait or UNKNOWN
    return TicketMessage(
        id=ticket.id,
        number=ticket.number,
        series=ticket.series,
        procedure_code=ticket.procedure_code,
        counter=ticket.counter,
        status=int(ticket.status),
        people_ahead=ticket.people_ahead,
        wait_low=to_duration(wait.low),
        wait_median=to_duration(wait.median),
        wait_high=to_duration(wait.high),
        registered_at=to_time(ticket.registered_at),
        line=ticket.line,
        priority=ticket.priority,
        calls=ticket.calls,
        staff=ticket.staff,
        later_series=[leg.series for leg in ticket.later],
    )


def to_state_message(
    day: str,
    series: Iterable[SeriesState],
    called: Iterable[Ticket],
    counters: Iterable[CounterState],
    waits: Mapping[str, Wait],
    kept: HitRate,
) -> QueueState:
    """The queue of a day as a message without a stamp; `waits` by series, none: unknown yet."""
    return QueueState(
        day=day,
        series=[
            QueueSeries(
                series=one.series,
                counters=list(one.counters),
                waiting=one.waiting,
                last_called=one.last_called,
                wait_low=round(waits.get(one.series, UNKNOWN).low),
                wait_median=round(waits.get(one.series, UNKNOWN).median),
                wait_high=round(waits.get(one.series, UNKNOWN).high),
            )
            for one in series
        ],
        last_called=[to_ticket_message(ticket) for ticket in called],
        counters=[to_counter_message(state) for state in counters],
        promises=kept.promises,
        promises_within=kept.within,
        promises_not_longer=kept.not_longer,
        promises_error=kept.mean_error,
    )


def to_counter_message(state: CounterState) -> CounterMessage:
    """A counter of the queue as a message."""
    return CounterMessage(
        counter=state.counter,
        state=getattr(CounterMessage, state.state.upper()),
        staff=state.staff,
        series=list(state.lines),
        reason=state.reason,
        ticket_id=state.ticket_id,
    )


def to_spoken_wait(message: TicketMessage) -> tuple[int, int]:
    """The interval as people say it, whole minutes; (0, 0) when unknown."""
    waits = message.wait_low, message.wait_median, message.wait_high
    low, median, high = (one.sec / 60 for one in waits)
    return Wait(low, median, high).spoken if high else (0, 0)


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
        priority=message.priority,
        wait=to_spoken_wait(message),
        registered_at=datetime.fromtimestamp(registered.sec, UTC).timestamp(),
        follow_url=page if follow_url else "",
    )


def to_alert_message(alert: Alert) -> LeaderAlert:
    """An alert as a message."""
    return LeaderAlert(
        id=alert.id,
        kind=alert.kind,
        text=alert.text,
        rating=alert.rating,
        counter=alert.counter,
        staff=alert.staff,
        comment=alert.comment,
        state=int(alert.state),
        recipient=alert.recipient,
        by=alert.by,
        note=alert.note,
        raised_at=to_time(alert.raised_at),
    )


def to_booking_facts(response: CheckIn.Response) -> dict[str, str]:
    """What the dialogue may tell of a check-in."""
    facts = {
        "number": response.ticket.number,
        "day": "/".join(reversed(response.day.split("-")[1:])),
        "opens": response.opens,
        "closes": response.closes,
        "place": response.place,
        "more": str(response.more),
        "offline": "yes" if response.offline else "",
    }
    return {name: fact for name, fact in facts.items() if fact}


def error_name(answer: Any, code: int) -> str:
    """The lower-case name of an error constant of a result or response; "" for 0."""
    if code == 0:
        return ""
    kind = type(answer)
    # rosidl makes constants properties of the metaclass.
    constants = (name for name in vars(type(kind)) if name[0] != "_" and name.isupper())
    found = (name.lower() for name in constants if getattr(kind, name) == code)
    return next(found, f"error_{code}")
