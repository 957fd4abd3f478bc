"""What the pages ask of the robot, over ROS; beside web_gateway.py, which serves them.

The coroutines run in the server's thread, the answers come in the executor's.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from rclpy.client import Client
from rclpy.node import Node

from kiosk_interfaces.msg import Intent, LiveSpeech
from kiosk_interfaces.msg import Ticket as TicketMessage
from kiosk_interfaces.srv import Dictate, FollowTickets, NotePapers, ReadForm, Understand
from kiosk_nodes.conversions import to_intent, to_requested, to_spoken_wait
from kiosk_nodes.qos import EVENT
from kiosk_nodes.speech_recognition import SPEAKER
from kiosk_nodes.spoken_claims import sealing_key
from kiosk_robot.dialogue.chat import Thread
from kiosk_robot.queueing.papers import Papers
from kiosk_robot.queueing.ticket import Status
from kiosk_robot.understanding.model import Understanding
from kiosk_robot.web.library import Library
from kiosk_robot.web.phone import PhoneLinks, TicketStatus, TicketView
from kiosk_robot.web.screen import ShownForm, TouchLinks

PATIENCE = 1.5  # seconds; asked twice, as DDS may drop what is asked right after a start
TICKET_VIEWS: dict[Status, TicketStatus] = {
    Status.ISSUED: "waiting",
    Status.CALLED: "called",
    Status.SERVING: "serving",
    Status.PARKED: "parked",
    Status.NO_SHOW: "missed",
    Status.SERVED: "done",
    Status.LAPSED: "done",
}


class PageLinks:
    """Part of the gateway node."""

    def __init__(self, node: Node, library: Library) -> None:
        self._node = node
        self._library = library
        self._intents = node.create_publisher(Intent, "/intents", EVENT)
        self._speech = node.create_publisher(LiveSpeech, f"{SPEAKER}/speech", EVENT)
        self._dictate = node.create_client(Dictate, "dialogue/dictate")
        self._form = node.create_client(ReadForm, "dialogue/read_form")
        self._tickets = node.create_client(FollowTickets, "queue/follow_tickets")
        self._papers = node.create_client(NotePapers, "queue/note_papers")
        self._understand = node.create_client(Understand, "understand")

    @property
    def touch(self) -> TouchLinks:
        """Of the touch screen."""
        return TouchLinks(
            press=self._on_press,
            say=self._on_typed,
            answer=self._on_answer,
            read_form=self._read_form,
            sealing_key=lambda: sealing_key(self._node),
            note_papers=self._on_papers,
        )

    @property
    def phone(self) -> PhoneLinks:
        """Of the citizens' phones."""
        return PhoneLinks(look=self._look, understand=self._on_message)

    def _on_press(self, understanding: Understanding) -> None:
        self._intents.publish(to_intent(understanding, Intent.MODALITY_TOUCHSCREEN, "touchscreen"))

    def _on_typed(self, text: str) -> None:
        """Typed words go the way of spoken ones: they mean the same."""
        self._speech.publish(LiveSpeech(final=text, confidence=1.0))

    def _on_answer(self, text: str) -> None:
        self._dictate.call_async(Dictate.Request(text=text))

    def _on_papers(self, ticket_id: str, procedure: str, papers: Papers) -> None:
        """A help for the counter: nobody waits for the answer; the next tick tells all again."""
        self._papers.call_async(
            NotePapers.Request(
                ticket_id=ticket_id,
                procedure_code=procedure,
                case_id=papers.case_id,
                have=list(papers.have),
            )
        )

    async def _read_form(self) -> ShownForm | None:
        return to_shown_form(await self._ask(self._form, ReadForm.Request()))

    async def _look(self, ticket_ids: Sequence[str]) -> dict[str, TicketView]:
        request = FollowTickets.Request(ticket_ids=list(ticket_ids))
        response = await self._ask(self._tickets, request)
        knowledge = await asyncio.to_thread(lambda: self._library.knowledge)
        places = {one.number: one.place for one in knowledge.site.counters}
        views = {one.id: to_ticket_view(one, places) for one in response.tickets}
        return {ticket_id: view for ticket_id, view in views.items() if view}

    async def _on_message(self, text: str, thread: Thread) -> list[Understanding]:
        request = Understand.Request(
            text=text,
            procedure_code=thread.procedure,
            case_id=thread.case_id,
            offered=list(thread.offered),
        )
        response = await self._ask(self._understand, request)
        return [to_requested(intent, "").understanding for intent in response.intents]

    async def _ask(self, client: Client, request: Any) -> Any:
        """The answer of a service.

        :raises TimeoutError: there is none.
        """
        try:
            return await self._ask_once(client, request)
        except TimeoutError:
            return await self._ask_once(client, request)

    async def _ask_once(self, client: Client, request: Any) -> Any:
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[Any] = loop.create_future()

        def take(response: Any) -> None:
            if not answered.done():
                answered.set_result(response)

        pending = client.call_async(request)
        pending.add_done_callback(lambda done: loop.call_soon_threadsafe(take, done.result()))
        try:
            return await asyncio.wait_for(answered, PATIENCE)
        finally:
            client.remove_pending_request(pending)


def to_ticket_view(message: TicketMessage, places: Mapping[str, str]) -> TicketView | None:
    """A ticket message as a page shows it; None for a number that nobody has.

    `places` tells by counter number where it is.
    """
    status = TICKET_VIEWS.get(Status(message.status))
    if status is None:
        return None
    return TicketView(
        number=message.number,
        status=status,
        people_ahead=message.people_ahead,
        wait=to_spoken_wait(message),
        counter=message.counter,
        place=places.get(message.counter, ""),
        procedure=message.procedure_code,
    )


def to_shown_form(response: ReadForm.Response) -> ShownForm | None:
    """The form a screen reads back; None when none is being filled."""
    if not response.title:
        return None
    fields = zip(response.names, response.labels, response.values, strict=True)
    lines = tuple({"name": n, "label": label, "value": value} for n, label, value in fields)
    return ShownForm(response.title, response.asked, lines)
