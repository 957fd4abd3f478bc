"""The touch screen: one page, the robot's state pushed to it, presses sent back.

Nothing personal is shown: what the hub is given comes from topics that carry none. What is typed
for a form is passed straight on to the dialogue.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import qrcode  # type: ignore[import-untyped]
from fastapi import FastAPI, HTTPException, WebSocket, WebSocketDisconnect
from fastapi.responses import FileResponse, Response
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, Field
from qrcode.image.svg import SvgPathFillImage  # type: ignore[import-untyped]

from kiosk_robot.dialogue.choices import ANSWER, pressed, typed
from kiosk_robot.queueing.claims import SealingKey
from kiosk_robot.understanding.model import Understanding
from kiosk_robot.understanding.text import MAX_LENGTH

STATIC = Path(__file__).parent / "static"
NOT_KEPT = {"Cache-Control": "no-store"}  # the next citizen's code is another one
BACKLOG = 100  # messages a slow screen may lag behind before it is cut off
STANDING = (
    "state",
    "queue",
    "speaking",
    "hearing",
    "presence",
    "health",
)  # kinds of which the newest is kept


class Press(BaseModel):
    """A button that was pressed."""

    id: Annotated[str, Field(max_length=60, description="id of a choice of the current state")]


class Answer(BaseModel):
    """Words typed for a form."""

    text: Annotated[str, Field(min_length=1, max_length=400)]


class Typed(BaseModel):
    """What was typed on the keys of the screen."""

    text: Annotated[str, Field(max_length=MAX_LENGTH)]


class Hub:
    """Takes messages from any thread and hands them to every connected screen."""

    def __init__(self) -> None:
        self.latest: dict[str, dict[str, Any]] = {}
        self._screens: set[asyncio.Queue[dict[str, Any]]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    def publish(self, kind: str, message: dict[str, Any]) -> None:
        """Send `{"type": kind, **message}` to every screen; safe from any thread."""
        if kind in STANDING:
            self.latest[kind] = message
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._deliver, {"type": kind, **message})

    def open(self) -> None:
        """Begin delivering, on the running loop."""
        self._loop = asyncio.get_running_loop()

    def _deliver(self, message: dict[str, Any]) -> None:
        for screen in list(self._screens):
            try:
                screen.put_nowait(message)
            except asyncio.QueueFull:
                self._screens.discard(screen)

    async def stream(self) -> AsyncIterator[dict[str, Any]]:
        """What stands now, then everything new, until the screen lags too far behind."""
        screen: asyncio.Queue[dict[str, Any]] = asyncio.Queue(BACKLOG)
        for kind, message in list(self.latest.items()):
            screen.put_nowait({"type": kind, **message})
        self._screens.add(screen)
        try:
            while screen in self._screens or not screen.empty():
                yield await screen.get()
        finally:
            self._screens.discard(screen)

    def label_of(self, choice_id: str) -> str | None:
        """The label of a choice that can be pressed now; None for any other."""
        choices = self.latest.get("state", {}).get("choices", [])
        return next((c["label"] for c in choices if c["id"] == choice_id), None)


def create_app(
    hub: Hub,
    on_press: Callable[[Understanding], None],
    on_answer: Callable[[str], None],
    sealing_key: Callable[[], SealingKey | None],
) -> FastAPI:
    """The application. `on_press` gets the understanding a press, or what was typed, stands for,
    `on_answer` the words pressed or typed for a form; `sealing_key` is the one for bookings.
    """

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        hub.open()
        yield

    app = FastAPI(title="Cửa Nam robot", lifespan=lifespan, docs_url=None, redoc_url=None)

    @app.get("/", include_in_schema=False)
    async def page() -> FileResponse:
        return FileResponse(STATIC / "index.html")

    @app.get("/api/health")
    async def health() -> dict[str, Any]:
        """Whether the robot is whole, and how each node is."""
        return hub.latest.get("health", {"ready": False, "nodes": {}})

    @app.get("/api/state")
    async def state() -> dict[str, Any]:
        """Where the conversation is and what can be pressed."""
        return hub.latest.get("state", {})

    @app.get("/api/ticket_qr.svg")
    async def ticket_qr() -> Response:
        """The code by which a phone follows the number on the screen. 404 when there is none."""
        link = hub.latest.get("state", {}).get("ticket_follow_url")
        if not link:
            raise HTTPException(404, "Không có mã.")
        drawn = qrcode.make(link, image_factory=SvgPathFillImage, border=2)
        return Response(drawn.to_string(), media_type="image/svg+xml", headers=NOT_KEPT)

    @app.get("/api/queue")
    async def queue() -> dict[str, Any]:
        """Who is called, and how many wait, by series."""
        return hub.latest.get("queue", {})

    @app.get("/t/{ticket_id}", include_in_schema=False)
    async def follow(ticket_id: UUID) -> FileResponse:
        """The page of a ticket, for the phone of who holds it."""
        return FileResponse(STATIC / "follow.html")

    @app.post("/api/choices", status_code=202)
    async def press(body: Press) -> dict[str, str]:
        """Press a button of the current state. 409 when it is not there any more."""
        label = hub.label_of(body.id)
        if label is None:
            raise HTTPException(409, "Nút này không còn trên màn hình.")
        if body.id.startswith(ANSWER):
            on_answer(label)
            return {"pressed": ANSWER}
        try:
            on_press(pressed(body.id, label))
        except ValueError:
            raise HTTPException(422, "Không có nút này.") from None
        return {"pressed": body.id}

    @app.post("/api/answers", status_code=202)
    async def answer(body: Answer) -> dict[str, bool]:
        """Answer the form's question. 409 when none is asked."""
        if not hub.latest.get("state", {}).get("dictating"):
            raise HTTPException(409, "Robot chưa hỏi mục nào.")
        on_answer(body.text)
        return {"taken": True}

    @app.post("/api/typed", status_code=202)
    async def type_in(body: Typed) -> dict[str, bool]:
        """What the robot asks for, typed: a booking's code, phone or name and time; a comment."""
        phase = hub.latest.get("state", {}).get("phase", "")
        try:
            on_press(typed(phase, body.text, sealing_key()))
        except ValueError:
            raise HTTPException(422, "Chưa đúng, mời nhập lại.") from None
        return {"taken": True}

    @app.websocket("/ws")
    async def screen(socket: WebSocket) -> None:
        """Every change, as it happens."""
        if not _same_origin(socket):
            await socket.close(code=1008)
            return
        await socket.accept()
        try:
            async for message in hub.stream():
                await socket.send_json(message)
        except (WebSocketDisconnect, RuntimeError):
            return

    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


def _same_origin(socket: WebSocket) -> bool:
    """A page of another site must not listen in; a program without an origin may."""
    origin = socket.headers.get("origin")
    return origin is None or origin.split("://")[-1] == socket.headers.get("host")
