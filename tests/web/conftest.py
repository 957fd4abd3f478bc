"""The pages in a real browser, served by a real server and fed by hand: no ROS is needed."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from hypothesis import HealthCheck, settings
from hypothesis import Phase as Stage
from PIL import Image
from playwright.sync_api import Page, expect

from kiosk_robot.dialogue.chat import Thread
from kiosk_robot.dialogue.choices import choices
from kiosk_robot.dialogue.session import Base, HeldTicket, Phase, Session
from kiosk_robot.dialogue.turn import Knowledge
from kiosk_robot.documents.filling import Filling
from kiosk_robot.queueing.claims import SealingKey
from kiosk_robot.queueing.papers import Papers
from kiosk_robot.understanding.model import Understanding
from kiosk_robot.web.app import Hub, create_app
from kiosk_robot.web.identity import identity_routes
from kiosk_robot.web.library import Library
from kiosk_robot.web.phone import PhoneLinks, TicketView, phone_routes
from kiosk_robot.web.screen import ShownForm, TouchLinks, screen_routes

PICTURES = os.environ.get("KIOSK_SCREENS")  # folder to keep pictures in
PORTRAIT, LANDSCAPE, PHONE = (1080, 1920), (1920, 1080), (390, 844)
PATIENCE = 10_000  # milliseconds, on a busy machine
BIRTH = "1.001193"
TICKET = "0193f6a2-7c41-7b32-8a11-5d1e0c2f4b6a"
FOLLOW = f"http://192.168.1.10:8080/t/{TICKET}#A012"

expect.set_options(timeout=PATIENCE)


FORM_SHOWN = (Phase.CONSENT_FORM, Phase.FILLING_FORM, Phase.REVIEWING_FORM, Phase.PRINTING_FORM)


OpenPage = Callable[[str, tuple[int, int]], Iterator[Page]]


class Room:
    """The server with a hub to feed it, what was sent to the robot, and a browser's pages."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.hub = Hub()
        self.pressed: list[Understanding] = []
        self.said: list[str] = []
        self.answers: list[str] = []
        self.papers: list[tuple[str, str, Papers]] = []
        self.form: ShownForm | None = None
        self.tickets: dict[str, TicketView] = {}
        self.understood: list[Understanding] = []
        library = Library(lambda: knowledge)
        touch = TouchLinks(
            press=self.pressed.append,
            say=self.said.append,
            answer=self.answers.append,
            read_form=self._read_form,
            sealing_key=lambda: SealingKey("2026-11-23", b"k" * 32),
            note_papers=lambda *noted: self.papers.append(noted),
        )
        phone = PhoneLinks(look=self._look, understand=self._understand)
        app = create_app(
            self.hub,
            identity_routes(knowledge.site),
            screen_routes(self.hub, touch, library),
            phone_routes(self.hub, phone, library),
        )
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="critical"))
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)

    def close(self) -> None:
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join()

    def show(self, session: Session, **changes: object) -> dict:
        """Push the state that the dialogue manager would publish for a session."""
        ticket = session.ticket
        state = {
            "session_id": session.id,
            "phase": session.phase.value,
            "locale": session.locale,
            "procedure": session.procedure or "",
            "case": session.case_id or "",
            "ticket_id": ticket.id if ticket else "",
            "ticket_number": ticket.number if ticket else "",
            "ticket_on_paper": bool(ticket and ticket.on_paper),
            "ticket_follow_url": ticket.follow_url if ticket else "",
            "notice": "",
            "dictating": session.phase in (Phase.FILLING_FORM, Phase.REVIEWING_FORM),
            "ends_in": 0.0,
            "choices": [
                {"id": one.id, "label": one.label} for one in choices(session, self.knowledge)
            ],
        } | changes
        self.hub.publish("state", state)
        return state

    def caption(self, who: str, text: str, locale: str = "vi-VN") -> None:
        self.hub.publish("caption", {"who": who, "text": text, "locale": locale})

    def feed(self, session: Session, said: str = "") -> None:
        """Show a visit with something said, and a queue behind it."""
        self.tickets[TICKET] = TicketView(
            "A012", "waiting", 4, (15, 25), "1", "bên trái cửa vào", BIRTH
        )
        called = zip("ABCDE", ("A008", "B003", "C011", "", "E002"), strict=True)
        series = [
            {"series": one, "counters": [str(n)], "waiting": 3, "last_called": number}
            for n, (one, number) in enumerate(called, 1)
        ]
        self.hub.publish("queue", {"day": "2026-11-23", "series": series})
        self.form = read_back(session)
        self.show(session)
        if session.id:
            english = session.locale == "en-US"
            asked = "What papers for a birth?" if english else "Làm khai sinh cần giấy tờ gì?"
            wait = "One moment, please." if english else "Vâng, bác đợi cháu một chút nhé."
            self.caption("citizen", asked, session.locale)
            self.caption("robot", said or wait, session.locale)

    def visit(self, phase: Phase, locale: str = "vi-VN") -> Session:
        """A visit that has come to a phase, as the dialogue would have it."""
        if phase is Phase.IDLE:
            return Session(locale=locale)
        held = HeldTicket(
            TICKET, "A012", BIRTH, "1", 4, 0.0, wait=(15, 25), on_paper=True, follow_url=FOLLOW
        )
        return Session(
            id="3f2c9e1b-1111-4222-8333-444455556666",
            phase=phase,
            locale=locale,
            procedure=BIRTH if phase in (Phase.CONFIRM_TICKET, Phase.GIVING_TICKET) else None,
            parts=("…",) if phase is Phase.CONFIRM_TICKET else (),
            offered=(BIRTH, "2.000635", "1.004884") if phase is Phase.CHOOSE_PROCEDURE else (),
            ticket=held if phase in (Phase.CONFIRM_GUIDE, Phase.GUIDING, Phase.RATING) else None,
            base=Base.READY if phase in (Phase.CONFIRM_GUIDE, Phase.GUIDING) else Base.NO_WHEELS,
            form=self._filling() if phase in FORM_SHOWN else None,
            asking="child_sex" if phase is Phase.FILLING_FORM else "",
        )

    def _filling(self) -> Filling:
        form = self.knowledge.forms.get("birth")
        assert form
        answers = {
            "applicant": "NGUYỄN THỊ HOA",
            "applicant_address": "Số 12 phố Quang Trung, phường Cửa Nam, Hà Nội",
            "applicant_identity": "001194026153",
            "relation": "Mẹ",
            "child": "TRẦN MINH KHÔI",
            "child_birth_date": "12/11/2026",
        }
        return Filling(form, date(2026, 11, 23), answers=answers)

    async def _read_form(self) -> ShownForm | None:
        return self.form

    async def _look(self, ticket_ids: Sequence[str]) -> dict[str, TicketView]:
        return {one: self.tickets[one] for one in ticket_ids if one in self.tickets}

    async def _understand(self, text: str, thread: Thread) -> list[Understanding]:
        return self.understood


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return Knowledge.read("cua_nam")


@pytest.fixture(scope="session")
def make_room(knowledge: Knowledge) -> Callable[[], Room]:
    return lambda: Room(knowledge)


@pytest.fixture
def room(knowledge: Knowledge) -> Iterator[Room]:
    room = Room(knowledge)
    yield room
    room.close()


@pytest.fixture
def screen(room: Room, open_page: OpenPage) -> Iterator[Page]:
    """The touch screen, standing, and connected: captions are not told again to who comes late."""
    for page in open_page(f"{room.url}/", PORTRAIT):
        room.show(Session(), notice="Chào bác")
        expect(page.locator("#notice")).to_have_text("Chào bác")
        room.show(Session())
        expect(page.locator("#notice")).to_be_hidden()
        yield page


@pytest.fixture(scope="session")
def violations() -> Callable[[Page], list[str]]:
    """What axe-core finds: WCAG 2.2 AA, and beyond it 7:1 of contrast."""
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
    rules = {"color-contrast-enhanced": {"enabled": True}, "target-size": {"enabled": True}}
    options = {"runOnly": {"type": "tag", "values": tags}, "rules": rules}

    def found(page: Page) -> list[str]:
        violations = Axe().run(page, options=options).response["violations"]
        return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in violations]

    return found


@pytest.fixture(scope="session")
def few_examples() -> settings:
    """Requests by chance: of each operation the same few each time."""
    return settings(
        max_examples=4,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Stage.explicit, Stage.generate],
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(scope="session")
def told_in_both_languages() -> Callable[[Any], bool]:
    """Whether a refusal can be read in either; what the framework says is for programmers."""

    def told(answer: Any) -> bool:
        detail = answer.json()["detail"]
        framework = isinstance(detail, list) or detail == "Not Found"
        return framework or (set(detail) == {"vi", "en"} and all(detail.values()))

    return told


@pytest.fixture(scope="session")
def picture() -> Callable[[Page, str], None]:
    """Keeps a picture of a page, at half its size, when `make screens` asks for it."""

    def keep(page: Page, name: str) -> None:
        if PICTURES:
            drawn = Image.open(BytesIO(page.screenshot()))
            drawn.thumbnail((drawn.width // 2, drawn.height // 2))
            drawn.save(Path(PICTURES) / f"{name}.webp", quality=82, method=6)

    return keep


def read_back(session: Session) -> ShownForm | None:
    """The form as the dialogue manager would give it to the screen."""
    if session.form is None:
        return None
    lines = session.form.lines(session.asking)
    return ShownForm(
        session.form.form.name.of(session.locale),
        session.asking,
        tuple(
            {"name": field.name, "label": field.talk.of(session.locale), "value": value}
            for field, value in lines
        ),
    )
