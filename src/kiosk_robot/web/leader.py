"""The leader's page: the day as it runs, beside other weeks; alerts; what could not be answered."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime
from functools import lru_cache
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response, WebSocket
from pydantic import BaseModel, Field

from kiosk_robot.feedback.desk import Alert
from kiosk_robot.feedback.report import report_of
from kiosk_robot.feedback.sentences import in_both_languages
from kiosk_robot.feedback.unanswered import LONGEST, Question, Unanswered
from kiosk_robot.queueing.day_figures import DayFigures, figures_of, usual, weeks_before
from kiosk_robot.queueing.engine import utc_now
from kiosk_robot.web.console import NOT_KEPT, Console
from kiosk_robot.web.day_paper import as_pdf, as_table
from kiosk_robot.web.refusal import refusal
from kiosk_robot.web.sessions import Session
from kiosk_robot.web.staff import Message, name_of, see_to

LISTED = 12  # questions on the page
Day = Annotated[date | None, Query(ge=date(2020, 1, 1), le=date(2199, 12, 31))]


class Alias(BaseModel):
    """A sentence that shall stand for a procedure, once somebody has looked at it."""

    text: Annotated[str, Field(min_length=1, max_length=LONGEST)]
    code: Annotated[str, Field(max_length=10)]


def leader_page(
    console: Console, unanswered: Unanswered, clock: Callable[[], datetime] = utc_now
) -> APIRouter:
    """The routes of the page; all for the role `leader`."""
    router = APIRouter(prefix="/api/leader", tags=["leader's page"])
    leader = console.signed_in("leader")
    past = lru_cache(64)(lambda day: figures_of(console.store, console.site, day))

    def view(_session: Session) -> dict[str, Any]:
        order, now = console.next_order(), clock()
        today = now.astimezone(console.site.zone).date()
        figures = figures_of(console.store, console.site, today)
        report = report_of(console.store, console.site, today)
        return {
            "order": order,
            "day": today.isoformat(),
            "point": console.site.name,
            "queue": console.told.get("queue", {}),
            "today": asdict(figures) | {"day": today.isoformat()},
            "usual": [asdict(one) for one in usual([past(day) for day in weeks_before(today)])],
            "ratings": {"ratings": report.ratings, "mean": report.mean},
            "alerts": [_alert(one, now) for one in console.alerts()],
            "devices": console.told.get("devices", []),
            "supplies": console.told.get("supplies", []),
            "unanswered": [_question(console, one) for one in unanswered.of_day(today)[:LISTED]],
        }

    @router.get("")
    def page(session: Annotated[Session, Depends(leader)], response: Response) -> dict[str, Any]:
        """The day as it stands."""
        response.headers.update(NOT_KEPT)
        return view(session)

    @router.post("/alerts/{alert_id}")
    async def answer(
        alert_id: UUID, body: Message, session: Annotated[Session, Depends(leader)]
    ) -> dict[str, Any]:
        """See to an alert or, with what was done, close it. 404 when it is closed."""
        await see_to(console, session, alert_id, body.done)
        return view(session)

    @router.post("/aliases")
    def propose(body: Alias, session: Annotated[Session, Depends(leader)]) -> dict[str, Any]:
        """Propose a question of today as a wording for a procedure; a person reviews it."""
        if body.code not in console.catalogue:
            raise refusal(422, "Không có thủ tục này.", "There is no such procedure.")
        if not unanswered.propose(body.text, body.code, session.account.name):
            raise refusal(404, "Không có câu hỏi này.", "There is no such question.")
        console.audit.note(session.account.name, "propose_alias", body.code)
        return view(session)

    @router.get("/procedures")
    def procedures(_session: Annotated[Session, Depends(leader)]) -> list[dict[str, Any]]:
        """All procedures, to choose from."""
        return [{"code": one.code, "name": name_of(one)} for one in console.catalogue]

    @router.get("/report.csv", response_class=Response)
    def table(_session: Annotated[Session, Depends(leader)], day: Day = None) -> Response:
        """The day's report for spreadsheets; today's without a day."""
        return _file(as_table(*_of(day)).encode("utf-8-sig"), "text/csv", day, "csv")

    @router.get("/report.pdf", response_class=Response)
    def paper(_session: Annotated[Session, Depends(leader)], day: Day = None) -> Response:
        """The day's report on A4; today's without a day."""
        return _file(as_pdf(*_of(day)), "application/pdf", day, "pdf")

    def _of(day: date | None) -> tuple[DayFigures, tuple[Any, ...], Any]:
        day = day or clock().astimezone(console.site.zone).date()
        days = [past(one) for one in weeks_before(day)]
        figures = figures_of(console.store, console.site, day)
        return figures, usual(days), report_of(console.store, console.site, day)

    @router.websocket("/live")
    async def live(socket: WebSocket) -> None:
        """The day, again at each change."""
        await console.show(socket, "leader", view)

    return router


def _file(content: bytes, kind: str, day: date | None, ending: str) -> Response:
    name = f"bao-cao-{day or 'hom-nay'}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', **NOT_KEPT}
    return Response(content, media_type=kind, headers=headers)


def _alert(alert: Alert, now: datetime) -> dict[str, Any]:
    return {
        "id": alert.id,
        "kind": alert.kind,
        "text": in_both_languages(alert.text),
        "comment": alert.comment,
        "minutes": max(0, int((now - alert.raised_at).total_seconds() // 60)),
        "recipient": alert.recipient,
        "by": alert.by,
    }


def _question(console: Console, question: Question) -> dict[str, Any]:
    known = [console.catalogue.get(code) for code in question.nearest]
    return {
        "text": question.text,
        "times": question.times,
        "nearest": [{"code": one.code, "name": name_of(one)} for one in known if one],
    }
