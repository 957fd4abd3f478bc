"""The staff console: one counter, who is there, who waits, and what may be done about it.

Nobody is named: a ticket knows its procedure, and a class of priority.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Response, WebSocket
from pydantic import BaseModel, Field

from kiosk_robot.catalogue.english import in_english
from kiosk_robot.catalogue.model import PaperCase, Procedure
from kiosk_robot.feedback.desk import CONFLICT, NEEDS_STAFF, VOID, Alert
from kiosk_robot.feedback.sentences import in_both_languages
from kiosk_robot.queueing.engine import utc_now
from kiosk_robot.queueing.papers import Papers
from kiosk_robot.queueing.ticket import (
    AT_COUNTER,
    CounterState,
    NoSuchTicketError,
    Ticket,
)
from kiosk_robot.web.console import NOT_KEPT, Console
from kiosk_robot.web.library import english_names
from kiosk_robot.web.refusal import both, refusal
from kiosk_robot.web.sessions import Session

LISTED = 60  # people who wait, on the page
FOR_STAFF = (NEEDS_STAFF, CONFLICT, VOID)  # what leaders hear of is not for counters
AWAY = ("call", "return_late", "unpark", "set_priority", "withdraw")  # for who waits
COUNTER = ("open", "pause", "close")
Verb = Literal[
    "recall", "start", "finish", "no_show", "park", "transfer",
    "call", "return_late", "unpark", "set_priority", "withdraw",
    "next", "open", "pause", "close",
]  # fmt: skip
RESULTS = {  # of a service, for the day's report
    "done": both("Đã xong", "Done"),
    "papers_missing": both("Thiếu giấy tờ", "Papers are missing"),
    "appointment": both("Hẹn trả kết quả", "Result at a later date"),
    "referred": both("Hướng dẫn nơi khác", "Sent to another place"),
}


class Seat(BaseModel):
    """Where I sit."""

    counter: Annotated[str, Field(max_length=2)]


class Wish(BaseModel):
    """What a member of staff wants done. Sent again with the same `request_id`, it is done once."""

    request_id: UUID
    do: Verb
    ticket_id: UUID | None = None
    series: Annotated[str, Field(max_length=1, description="transfer: to this series")] = ""
    counter: Annotated[str, Field(max_length=2, description="transfer: only this counter")] = ""
    come_back: Annotated[bool, Field(description="transfer: back to this counter later")] = False
    priority: Annotated[str, Field(max_length=20, description="set_priority: key; none")] = ""
    reason: Annotated[str, Field(max_length=120, description="finish: a key of results")] = ""


class Message(BaseModel):
    """What a member of staff does about a message of the robot."""

    done: Annotated[str, Field(max_length=200, description="what was done; empty: I am going")] = ""


def staff_console(console: Console, clock: Callable[[], datetime] = utc_now) -> APIRouter:
    """The routes of the console; all for the role `staff`."""
    router = APIRouter(prefix="/api/desk", tags=["staff console"])
    staff = console.signed_in("staff")

    def view(session: Session) -> dict[str, Any]:
        return desk_view(console, session, clock())

    @router.get("")
    def desk(session: Annotated[Session, Depends(staff)], response: Response) -> dict[str, Any]:
        """My counter as it stands."""
        response.headers.update(NOT_KEPT)
        console.forget()
        return view(session)

    @router.put("/counter")
    async def sit_down(seat: Seat, session: Annotated[Session, Depends(staff)]) -> dict[str, Any]:
        """Take a counter; opens it. 409 while another member of staff has it."""
        if seat.counter not in {counter.number for counter in console.site.counters}:
            raise refusal(422, "Không có quầy này.", "There is no such counter.")
        holder = console.sessions.at_counter(seat.counter)
        if holder and holder.account.name != session.account.name:
            seated = seat.counter, holder.account.name
            raise refusal(
                409,
                "Quầy {} đang có {}.".format(*seated),
                "Counter {} is taken by {}.".format(*seated),
            )
        await console.ask(
            session, "queue/change_counter", seat.counter,
            counter=seat.counter, action="OPEN", staff=session.account.staff,
        )  # fmt: skip
        session.counter = seat.counter
        return view(session)

    @router.post("/actions")
    async def act(wish: Wish, session: Annotated[Session, Depends(staff)]) -> dict[str, Any]:
        """Do something. 403 a ticket that is not mine to change; 409 the queue refuses."""
        if not session.counter:
            raise refusal(409, "Mời chọn quầy trước.", "Please choose a counter first.")
        await _carry_out(console, session, wish)
        return view(session)

    @router.post("/messages/{alert_id}")
    async def answer(
        alert_id: UUID, body: Message, session: Annotated[Session, Depends(staff)]
    ) -> dict[str, Any]:
        """Say that I see to a message of the robot, or what was done."""
        await see_to(console, session, alert_id, body.done, FOR_STAFF)
        return view(session)

    @router.websocket("/live")
    async def live(socket: WebSocket) -> None:
        """My counter, again at each change."""
        await console.show(socket, "staff", view)

    return router


async def see_to(
    console: Console, session: Session, alert_id: UUID, done: str, kinds: tuple[str, ...] = ()
) -> None:
    """Acknowledge an alert or, with what was done, close it.

    :raises HTTPException: 404 when there is no such alert for whoever asks.
    """
    known = {alert.id for alert in console.desk.open_alerts() if not kinds or alert.kind in kinds}
    if str(alert_id) not in known:
        raise refusal(404, "Không còn tin nhắn này.", "This message is gone.")
    by = {"id": str(alert_id), "by": session.account.name}
    if done:
        await console.ask(session, "feedback/close_alert", by["id"], **by, note=done)
    else:
        await console.ask(session, "feedback/acknowledge_alert", by["id"], **by)


async def _carry_out(console: Console, session: Session, wish: Wish) -> None:
    once = {"request_id": str(wish.request_id)}
    if wish.do == "next":
        await console.ask(
            session, "queue/call_next", session.counter, counter=session.counter, **once
        )
    elif wish.do in COUNTER:
        await console.ask(
            session, "queue/change_counter", session.counter,
            counter=session.counter, action=wish.do.upper(),
            staff=session.account.staff, reason=wish.reason,
        )  # fmt: skip
        if wish.do == "close":
            session.counter = ""
    else:
        ticket = _mine(console, session, wish)
        target = wish.counter if wish.do == "transfer" else session.counter
        await console.ask(
            session, "queue/change_ticket", ticket.id,
            ticket_id=ticket.id, action=wish.do.upper(), counter=target, series=wish.series,
            come_back=wish.come_back, priority=wish.priority, reason=wish.reason, **once,
        )  # fmt: skip


def _mine(console: Console, session: Session, wish: Wish) -> Ticket:
    """The ticket of a wish, if this counter has anything to do with it."""
    if wish.ticket_id is None:
        raise refusal(422, "Thiếu phiếu.", "No ticket is named.")
    if wish.do == "finish" and wish.reason not in RESULTS:
        raise refusal(422, "Không có kết quả này.", "There is no such result.")
    try:
        ticket = console.queue.get(str(wish.ticket_id))
    except NoSuchTicketError:
        raise refusal(404, "Không tìm thấy phiếu này.", "This ticket is not found.") from None
    waits = ticket.status not in AT_COUNTER and ticket.line in _counter(console, session).lines
    # A wish that is repeated may find its ticket gone on; the queue knows the wish by its id.
    if ticket.counter != session.counter and not (waits and wish.do in AWAY):
        console.audit.note(session.account.name, wish.do, ticket.id, "refused")
        raise refusal(403, "Phiếu này ở quầy khác.", "This ticket is at another counter.")
    return ticket


def _counter(console: Console, session: Session) -> CounterState:
    return next(one for one in console.queue.counters() if one.counter == session.counter)


def desk_view(console: Console, session: Session, now: datetime) -> dict[str, Any]:
    """All that the console of a session shows."""
    order = console.next_order()
    hall = console.hall()
    counters = hall.counters
    mine = next((one for one in counters if one.counter == session.counter), None)
    shown: dict[str, Any] = {
        "order": order,
        "who": session.account.name,
        "counter": session.counter,
        "counters": [_counter_view(console, one) for one in counters],
        "messages": [_message(alert, now) for alert in console.alerts() if alert.kind in FOR_STAFF],
        "results": RESULTS,
        "series": [{"series": s, "counters": _counters(console, s)} for s in console.site.series],
        "classes": {
            one.key: both(one.name, one.name_en) for one in console.site.queue.priority_classes
        },
    }
    if mine is None:
        return shown
    waiting = [one for one in hall.waiting if one.line in mine.lines]
    parked = [one for one in hall.parked if one.line in mine.lines]
    missed = [one for one in hall.missed if one.line in mine.lines]
    at_counter = hall.called.get(mine.counter)
    return shown | {
        "now": _called(console, at_counter, hall.papers.get(at_counter.id), now)
        if at_counter
        else None,
        "people": len(waiting),
        "waiting": [_line(console, one, now) for one in waiting[:LISTED]],
        "parked": [_line(console, one, now) for one in parked],
        "missed": [_line(console, one, now) for one in missed],
    }


def _counter_view(console: Console, one: CounterState) -> dict[str, str]:
    holder = console.sessions.at_counter(one.counter)
    who = holder.account.name if holder else one.staff
    return {"counter": one.counter, "state": one.state, "reason": one.reason, "who": who}


def _line(console: Console, ticket: Ticket, now: datetime) -> dict[str, Any]:
    procedure = console.catalogue.get(ticket.procedure_code)
    return {
        "id": ticket.id,
        "number": ticket.number,
        "line": ticket.line,
        "priority": ticket.priority,
        "procedure": name_of(procedure) if procedure else None,
        "minutes": max(0, int((now - ticket.arrived_at).total_seconds() // 60)),
        "reason": ticket.reason,
    }


def _called(
    console: Console, ticket: Ticket, ticked: Papers | None, now: datetime
) -> dict[str, Any]:
    """Who is at the counter, with what to look at.

    `have` of a case: places of the papers that the citizen ticked off at the robot; None when they
    ticked none of that case.
    """
    procedure = console.catalogue.get(ticket.procedure_code)
    classes = {one.key: one for one in console.site.queue.priority_classes}
    one = classes.get(ticket.priority)
    return _line(console, ticket, now) | {
        "status": ticket.status.name.lower(),
        "calls": ticket.calls,
        "since": (ticket.started_at or ticket.called_at or now).isoformat(),
        "recalls": console.site.queue.recalls,
        "proof": both(one.proof, one.proof_en) if one else None,
        "code": procedure.code if procedure else "",
        "cases": [
            {
                "label": both(case.label, in_en.label),
                "papers": [both(*paper) for paper in zip(case.papers, in_en.papers, strict=True)],
                "have": ticked.have if ticked and ticked.case_id == case.id else None,
            }
            for case, in_en in _cases(procedure)
        ],
        "later": [leg.series for leg in ticket.later],
    }


def name_of(procedure: Procedure) -> dict[str, str]:
    """What a procedure is called; in English where it has an English name."""
    return both(procedure.name, english_names().get(procedure.code, procedure.name))


def _cases(procedure: Procedure | None) -> list[tuple[PaperCase, PaperCase]]:
    """The cases, each with itself in English; with itself as it is where it has no English."""
    if procedure is None:
        return []
    english = in_english(procedure) or procedure
    return list(zip(procedure.cases, english.cases, strict=True))


def _message(alert: Alert, now: datetime) -> dict[str, Any]:
    return {
        "id": alert.id,
        "kind": alert.kind,
        "text": in_both_languages(alert.text),
        "minutes": max(0, int((now - alert.raised_at).total_seconds() // 60)),
        "by": alert.by,
    }


def _counters(console: Console, series: str) -> list[str]:
    """Numbers of the counters of a series."""
    return [one.number for one in console.site.counters if one.series == series]
