"""Puts together everything that is behind a sign-in, and the board."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from fastapi import FastAPI, Request, Response

from kiosk_robot.feedback.unanswered import Unanswered
from kiosk_robot.findings import Check, Settings
from kiosk_robot.web.board import display_board
from kiosk_robot.web.console import Console, signing_in
from kiosk_robot.web.files import send_page
from kiosk_robot.web.leader import leader_page
from kiosk_robot.web.staff import staff_console
from kiosk_robot.web.technician import technician_page

PAGES = ("sign_in", "staff", "board", "leader", "technician")


def add_consoles(
    app: FastAPI,
    console: Console,
    unanswered: Unanswered,
    speak: Callable[[str, str], bytes],
    checks: Mapping[str, Check],
    settings: Settings,
    logs: Path,
) -> None:
    """Add pages and routes to the application of the touch screen.

    The pages themselves hold nothing: what they show they ask for, and that needs a session.

    :param speak: a text in a locale as WAV, for the board; raises OSError without a voice.
    :param checks: of the doctor, by device.
    :param settings: parameters in force, by node.
    :param logs: folder of the nodes' logs.
    """
    for name in PAGES:
        app.add_api_route(f"/{name}", _page(name), include_in_schema=False)
    app.include_router(signing_in(console))
    app.include_router(staff_console(console))
    app.include_router(leader_page(console, unanswered))
    app.include_router(technician_page(console, checks, settings, logs))
    app.include_router(display_board(console.queue, console.site, console.queue_hub, speak))


def _page(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def page(request: Request) -> Response:
        return send_page(name, request)

    return page
