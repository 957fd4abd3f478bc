"""The display board: who is called where, who comes next, and the call as speech.

Public: numbers and counters only. The page plays one call after the other.
"""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Response, WebSocket

from kiosk_robot.queueing.engine import Queue
from kiosk_robot.queueing.ticket import AT_COUNTER, Ticket
from kiosk_robot.site import Site
from kiosk_robot.speech.reading import read_aloud
from kiosk_robot.web.app import Hub
from kiosk_robot.web.console import Shared, show
from kiosk_robot.web.refusal import refusal

NEXT = 3  # numbers of a series that are told to get ready
SPOKEN = {
    "vi": "Mời số {number} đến quầy số {counter}.",
    "en": "Number {number}, please go to counter {counter}.",
}


def spoken_call(number: str, counter: str, locale: str = "vi") -> str:
    """The call in words, digit by digit: "Mời số A không một hai đến quầy số ba."."""
    number = " ".join((number[0], *number[1:]))
    return read_aloud(SPOKEN[locale].format(number=number, counter=counter), locale)


def board_view(queue: Queue, site: Site) -> dict[str, Any]:
    """All that the board shows.

    :raises StoreError: the store cannot be read.
    """
    _, called = queue.state()
    waiting = queue.waiting()
    at = {one.counter: one for one in reversed(called) if one.status in AT_COUNTER}
    return {
        "point": site.name,
        "counters": [
            {
                "counter": one.counter,
                "state": one.state,
                "number": at[one.counter].number if one.counter in at else "",
            }
            for one in queue.counters()
        ],
        "calls": [_call(one) for one in called],
        "next": [
            {
                "series": series,
                "numbers": [one.number for one in waiting if one.line == series][:NEXT],
                "waiting": sum(one.line == series for one in waiting),
            }
            for series in site.series
        ],
    }


def _call(ticket: Ticket) -> dict[str, Any]:
    """`key` differs for each call, also of the same number. No identity: that is the holder's."""
    called = ticket.called_at.isoformat() if ticket.called_at else ""
    return {
        "key": f"{ticket.number} {called}",
        "number": ticket.number,
        "counter": ticket.counter,
        "there": ticket.status in AT_COUNTER,
    }


def display_board(
    queue: Queue, site: Site, hub: Hub, speak: Callable[[str, str], bytes]
) -> APIRouter:
    """The routes of the board. `speak` makes a WAV of a text in a locale, or raises OSError."""
    router = APIRouter(prefix="/api/board", tags=["board"])

    view = Shared(hub, lambda: board_view(queue, site))

    @router.get("")
    def board() -> dict[str, Any]:
        """The board as it stands."""
        return view.anew()

    @router.get("/calls/{number}.wav", response_class=Response)
    def call(number: str, locale: str = "vi") -> Response:
        """A call as speech. 404 when this number is not called now; 503 without a voice."""
        called = {one["number"]: one["counter"] for one in view.anew()["calls"] if one["there"]}
        if number not in called or locale not in SPOKEN:
            raise refusal(404, "Số này không được gọi.", "This number is not called.")
        try:
            wav = speak(spoken_call(number, called[number], locale), locale)
        except OSError:
            raise refusal(503, "Không có giọng nói.", "There is no voice.") from None
        return Response(wav, media_type="audio/wav", headers={"Cache-Control": "no-store"})

    @router.websocket("/live")
    async def live(socket: WebSocket) -> None:
        """The board, again at each change."""
        await show(socket, view, hub)

    return router
