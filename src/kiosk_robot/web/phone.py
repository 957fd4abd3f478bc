"""The citizen's phone: a page that follows one ticket and answers questions in writing.

The link's token is the ticket's UUID, which nobody can guess. Of a ticket the page shows its number
and place, of a conversation the server keeps nothing. Numbers are masked before a text is read.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, HTTPException, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from kiosk_robot.dialogue.chat import Chat, Thread
from kiosk_robot.dialogue.session import HeldTicket
from kiosk_robot.documents.masking import mask_numbers_in
from kiosk_robot.understanding.model import Understanding
from kiosk_robot.understanding.text import clean
from kiosk_robot.web.app import Hub
from kiosk_robot.web.files import send_page
from kiosk_robot.web.library import Library
from kiosk_robot.web.protection import Allowance, client_of, same_origin
from kiosk_robot.web.refusal import refusal

MESSAGES_A_MINUTE = 20  # of one phone
LOOKS_A_MINUTE = 60  # at tickets, of one phone
MOST_PHONES = 500  # that follow at once
LOOK_PERIOD = 10.0  # seconds between two looks while nothing happens: waits change by themselves
TicketStatus = Literal["waiting", "called", "serving", "parked", "missed", "done"]


@dataclass(frozen=True)
class TicketView:
    """A ticket as a page shows it."""

    number: str
    status: TicketStatus
    people_ahead: int
    wait: tuple[int, int]  # from, to, whole minutes; (0, 0) when unknown
    counter: str
    place: str
    procedure: str  # official code; ""


class ThreadSent(BaseModel):
    """Where a phone says its conversation stands."""

    model_config = ConfigDict(extra="forbid")

    locale: Literal["vi-VN", "en-US"] = "vi-VN"
    procedure: Annotated[str, Field(max_length=12)] = ""
    case_id: Annotated[str, Field(max_length=60)] = ""
    offered: Annotated[list[Annotated[str, Field(max_length=12)]], Field(max_length=5)] = []


class Message(BaseModel):
    """What was typed on a phone."""

    text: Annotated[str, Field(min_length=1, max_length=300)]
    thread: ThreadSent = ThreadSent()
    ticket: UUID | None = None


@dataclass(frozen=True)
class PhoneLinks:
    """What the phones' pages ask of the robot."""

    look: Callable[[Sequence[str]], Awaitable[dict[str, TicketView]]]  # by id; without unknown ones
    understand: Callable[[str, Thread], Awaitable[list[Understanding]]]


class Followers:
    """Every phone that follows a ticket. One look serves all of them."""

    def __init__(self, look: Callable[[Sequence[str]], Awaitable[dict[str, TicketView]]]) -> None:
        self._look = look
        self._waiting: dict[asyncio.Queue[TicketView | None], str] = {}
        self._shown: dict[asyncio.Queue[TicketView | None], TicketView | None] = {}

    async def run(self, hub: Hub) -> None:
        """Look whenever the queue has changed, and now and then."""
        changed = asyncio.Event()
        watching = asyncio.create_task(_watch(hub, changed))
        try:
            while True:
                with suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), LOOK_PERIOD)
                changed.clear()
                if self._waiting:
                    await self._tell(list(self._waiting))
        finally:
            watching.cancel()

    async def views(self, ticket_id: str) -> AsyncIterator[TicketView | None]:
        """How a ticket stands, now and after every change; None while that cannot be learnt.

        :raises HTTPException: 503, too many phones follow.
        """
        if len(self._waiting) >= MOST_PHONES:
            raise refusal(
                503,
                "Nhiều người đang xem quá, bác thử lại sau ạ.",
                "Too many people are looking just now. Please try again later.",
            )
        inbox: asyncio.Queue[TicketView | None] = asyncio.Queue()
        self._waiting[inbox] = ticket_id
        try:
            await self._tell([inbox])
            while True:
                yield await inbox.get()
        finally:
            self._waiting.pop(inbox, None)
            self._shown.pop(inbox, None)

    async def _tell(self, inboxes: Sequence[asyncio.Queue[TicketView | None]]) -> None:
        wanted = {inbox: self._waiting[inbox] for inbox in inboxes}
        try:
            found = await self._look(sorted(set(wanted.values())))
        except TimeoutError:
            return  # the queue is being started again: what is shown stays
        for inbox, ticket_id in wanted.items():
            view = found.get(ticket_id)
            if inbox not in self._shown or self._shown[inbox] != view:
                self._shown[inbox] = view
                inbox.put_nowait(view)


async def _watch(hub: Hub, changed: asyncio.Event) -> None:
    async for _ in hub.stream("queue"):
        changed.set()


def phone_routes(hub: Hub, links: PhoneLinks, library: Library) -> APIRouter:
    """The routes of the citizens' phones."""
    followers = Followers(links.look)
    messages, looks = Allowance(MESSAGES_A_MINUTE), Allowance(LOOKS_A_MINUTE)

    @asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[None]:
        running = asyncio.create_task(followers.run(hub))
        yield
        running.cancel()

    router = APIRouter(lifespan=lifespan)

    def may_look(request: Request) -> None:
        looks.spend(client_of(request))

    def may_ask(request: Request) -> None:
        messages.spend(client_of(request))

    @router.get("/t/{ticket_id}", include_in_schema=False)
    async def page(ticket_id: UUID, request: Request) -> Response:
        """The page of a ticket, for the phone of who holds it."""
        return send_page("follow", request)

    @router.get("/api/tickets/{ticket_id}", dependencies=[Depends(may_look)])
    async def ticket(ticket_id: UUID) -> dict[str, Any]:
        """How a ticket stands. 404 when nobody knows it, 503 when the queue does not answer."""
        view = await _look_at(str(ticket_id))
        if view is None:
            raise refusal(404, "Không có phiếu này.", "There is no such ticket.")
        return asdict(view)

    @router.websocket("/ws/t/{ticket_id}")
    async def follow(socket: WebSocket, ticket_id: UUID) -> None:
        """How a ticket stands, now and after every change; `{}` when nobody knows it."""
        if not same_origin(socket):
            await socket.close(code=1008)
            return
        await socket.accept()
        with suppress(WebSocketDisconnect, RuntimeError, HTTPException):
            async for view in followers.views(str(ticket_id)):
                await socket.send_json(asdict(view) if view else {})

    @router.post("/api/chat", dependencies=[Depends(may_ask)])
    async def chat(body: Message) -> dict[str, Any]:
        """Answer a message. 503 when the robot does not, 429 for too many."""
        text = mask_numbers_in(clean(body.text))
        thread = Thread(
            **body.thread.model_dump(exclude={"offered"}), offered=tuple(body.thread.offered)
        )
        view = await _look_at(str(body.ticket)) if body.ticket else None
        try:
            requests = await links.understand(text, thread)
        except TimeoutError:
            raise refusal(
                503,
                "Robot đang bận, bác thử lại sau ạ.",
                "The robot is busy. Please try again later.",
            ) from None
        held = _held(str(body.ticket), view) if view else None
        answering = Chat(await asyncio.to_thread(lambda: library.knowledge))
        reply = answering.reply(requests, thread, held)
        names = [library.name(code, thread.locale[:2]) for code in reply.thread.offered]
        return {"lines": reply.lines, "thread": asdict(reply.thread), "offered": names}

    async def _look_at(ticket_id: str) -> TicketView | None:
        try:
            return (await links.look([ticket_id])).get(ticket_id)
        except TimeoutError:
            raise refusal(
                503,
                "Robot đang bận, bác thử lại sau ạ.",
                "The robot is busy. Please try again later.",
            ) from None

    return router


def _held(ticket_id: str, view: TicketView) -> HeldTicket | None:
    """A ticket that still waits, as the dialogue keeps it."""
    if view.status != "waiting":
        return None
    return HeldTicket(
        id=ticket_id,
        number=view.number,
        procedure_code=view.procedure,
        counter=view.counter,
        people_ahead=view.people_ahead,
        registered_at=0.0,
        wait=view.wait,
    )
