"""The touch screen: one page, the robot's state pushed to it, presses sent back.

It is served to the robot itself and nobody else. What is typed for a form is passed straight on to
the dialogue, and the form is read back from it when the page asks; nothing of it is kept here.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal

import qrcode  # type: ignore[import-untyped]
from fastapi import APIRouter, Depends, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import Response
from pydantic import BaseModel, Field
from qrcode.image.svg import SvgPathFillImage  # type: ignore[import-untyped]

from kiosk_robot.catalogue.model import Procedure
from kiosk_robot.dialogue.answers import screen_answer
from kiosk_robot.dialogue.choices import ANSWER, pressed, typed
from kiosk_robot.dialogue.session import Phase
from kiosk_robot.documents.masking import mask_numbers_in
from kiosk_robot.queueing.claims import SealingKey
from kiosk_robot.queueing.papers import Papers
from kiosk_robot.understanding.model import RankedProcedure, Understanding
from kiosk_robot.understanding.text import MAX_LENGTH, clean
from kiosk_robot.web.app import Hub
from kiosk_robot.web.files import send_page
from kiosk_robot.web.library import Library
from kiosk_robot.web.protection import at_the_robot, same_origin
from kiosk_robot.web.refusal import refusal

NOT_KEPT = {"Cache-Control": "no-store"}  # the next citizen's is another one
Language = Literal["vi", "en"]
MOST_PAPERS = 60  # of a case
FormLine = dict[str, str]  # name, label, value


@dataclass(frozen=True)
class ShownForm:
    """The form that is being filled, as the screen shows it. Personal: never logged."""

    title: str
    asked: str  # name of the field that is asked for; ""
    lines: tuple[FormLine, ...]

    def __repr__(self) -> str:
        return f"ShownForm({len(self.lines)} lines)"


@dataclass(frozen=True)
class TouchLinks:
    """What the touch screen asks of the robot."""

    press: Callable[[Understanding], None]
    say: Callable[[str], None]  # words that were typed: as if they had been spoken
    answer: Callable[[str], None]  # words pressed or typed for a form
    read_form: Callable[[], Awaitable[ShownForm | None]]
    sealing_key: Callable[[], SealingKey | None]  # of bookings
    note_papers: Callable[[str, str, Papers], None]  # of a ticket, for a procedure


class Press(BaseModel):
    """A button that was pressed."""

    id: Annotated[str, Field(max_length=60, description="id of a choice of the current state")]


class Answer(BaseModel):
    """Words typed for a form."""

    text: Annotated[str, Field(min_length=1, max_length=400)]


class Typed(BaseModel):
    """What was typed on the keys of the screen."""

    text: Annotated[str, Field(max_length=MAX_LENGTH)]


class Wish(BaseModel):
    """A procedure that was found in the search, or another of its cases."""

    procedure: Annotated[str, Field(pattern=r"^\d\.\d{6}$")]
    case: Annotated[str, Field(max_length=60)] = ""


class Ticked(BaseModel):
    """The papers a citizen says to have, by their place in the list of a case."""

    procedure: Annotated[str, Field(pattern=r"^\d\.\d{6}$")]
    case: Annotated[str, Field(min_length=1, max_length=60)]
    have: Annotated[list[Annotated[int, Field(ge=0)]], Field(max_length=MOST_PAPERS)]


def screen_routes(hub: Hub, links: TouchLinks, library: Library) -> APIRouter:
    """The routes of the touch screen."""
    router = APIRouter(dependencies=[Depends(at_the_robot)])

    @router.get("/", include_in_schema=False)
    async def page(request: Request) -> Response:
        return send_page("screen", request)

    @router.get("/api/state")
    async def state() -> dict[str, Any]:
        """Where the conversation is and what can be pressed."""
        return hub.latest.get("state", {})

    @router.get("/api/ticket_qr.svg")
    async def ticket_qr() -> Response:
        """The code by which a phone follows the number on the screen. 404 when there is none."""
        link = hub.latest.get("state", {}).get("ticket_follow_url")
        if not link:
            raise refusal(404, "Không có mã.", "There is no code.")
        drawn = qrcode.make(link, image_factory=SvgPathFillImage, border=2)
        return Response(drawn.to_string(), media_type="image/svg+xml", headers=NOT_KEPT)

    @router.get("/api/procedures")
    def search(q: Annotated[str, Field(max_length=100)], locale: Language = "vi") -> list[Any]:
        """Procedures whose names are like `q`, best first; marks and small slips do not matter."""
        return [
            {"code": code, "name": library.name(code, locale)} for code in library.search.find(q)
        ]

    @router.get("/api/procedures/{code}")
    def card(code: str, case: str = "", locale: Language = "vi") -> dict[str, Any]:
        """Everything about a procedure. 404 when there is no such procedure or case."""
        procedure = _procedure(library, code, case)
        counter = library.knowledge.site.counter_for(procedure.counter_group)
        answer = screen_answer(
            procedure, case_id=case or None, counter=counter.number, locale=locale
        )
        first = procedure.cases[0].id if procedure.cases else ""
        return asdict(answer) | {
            "code": code,
            "case": case or first,
            "title": library.name(code, locale),
            "place": counter.place,
        }

    @router.post("/api/wishes", status_code=202)
    def wish(body: Wish) -> dict[str, str]:
        """Ask for a procedure, as its name would have. 404 when there is none."""
        procedure = _procedure(library, body.procedure, body.case)
        links.press(
            Understanding(
                procedure.name,
                "ask_procedure",
                "answer",
                procedures=(RankedProcedure(procedure.code, 1.0),),
                case_id=body.case or None,
            )
        )
        return {"asked": procedure.code}

    @router.post("/api/papers", status_code=202)
    def tick(body: Ticked) -> dict[str, bool]:
        """Have the counter see which papers are there. 404 no such case, 409 without a number."""
        procedure = _procedure(library, body.procedure, body.case)
        papers = next(one.papers for one in procedure.cases if one.id == body.case)
        if any(place >= len(papers) for place in body.have):
            raise refusal(422, "Không có giấy tờ này.", "There is no such paper.")
        ticket_id = hub.latest.get("state", {}).get("ticket_id")
        if not ticket_id:
            raise refusal(409, "Chưa lấy số.", "No number has been taken.")
        have = tuple(sorted(set(body.have)))
        links.note_papers(ticket_id, procedure.code, Papers(body.case, have))
        return {"taken": True}

    @router.post("/api/choices", status_code=202)
    async def press(body: Press) -> dict[str, str]:
        """Press a button of the current state. 409 when it is not there any more."""
        label = hub.label_of(body.id)
        if label is None:
            raise refusal(
                409, "Nút này không còn trên màn hình.", "This button is no longer on the screen."
            )
        if body.id.startswith(ANSWER):
            links.answer(label)
            return {"pressed": ANSWER}
        try:
            links.press(pressed(body.id, label))
        except ValueError:
            raise refusal(422, "Không có nút này.", "There is no such button.") from None
        return {"pressed": body.id}

    @router.post("/api/answers", status_code=202)
    async def answer(body: Answer) -> dict[str, bool]:
        """Answer the form's question. 409 when none is asked."""
        if not hub.latest.get("state", {}).get("dictating"):
            raise refusal(409, "Robot chưa hỏi mục nào.", "The robot has not asked anything.")
        links.answer(body.text)
        return {"taken": True}

    @router.get("/api/form")
    async def form(response: Response) -> dict[str, Any]:
        """The form that is being filled, to be read back. 404 when there is none."""
        response.headers.update(NOT_KEPT)
        shown = await links.read_form()
        if shown is None:
            raise refusal(404, "Không có tờ khai nào.", "There is no form.", NOT_KEPT)
        return asdict(shown)

    @router.post("/api/typed", status_code=202)
    async def type_in(body: Typed) -> dict[str, bool]:
        """What the robot asks for, typed: a booking's code, phone or name and time; a comment.

        In any other phase it is taken as said.
        """
        state = hub.latest.get("state", {})
        phase = state.get("phase", "")
        try:
            if state.get("dictating"):
                links.answer(body.text)  # personal: never over a topic
            elif phase in (Phase.COMMENT, Phase.CHECK_IN):
                links.press(typed(phase, body.text, links.sealing_key()))
            else:
                links.say(_sayable(body.text))
        except ValueError:
            raise refusal(
                422, "Chưa đúng, mời nhập lại.", "That is not right. Please type it again."
            ) from None
        return {"taken": True}

    @router.websocket("/ws")
    async def screen(socket: WebSocket) -> None:
        """Every change, as it happens."""
        if not same_origin(socket):
            await socket.close(code=1008)
            return
        await socket.accept()
        try:
            async for message in hub.stream():
                await socket.send_json(message)
        except (WebSocketDisconnect, RuntimeError):
            return

    return router


def _sayable(text: str) -> str:
    said = mask_numbers_in(clean(text))
    if not said:
        raise ValueError("nothing is said")
    return said


def _procedure(library: Library, code: str, case: str) -> Procedure:
    procedure = library.knowledge.catalogue.get(code)
    if procedure is None or (case and case not in {one.id for one in procedure.cases}):
        raise refusal(404, "Không có thủ tục này.", "There is no such procedure.")
    return procedure
