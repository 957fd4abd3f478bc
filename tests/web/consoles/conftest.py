"""A service point behind its pages: real queue, real store, the robot's services in between."""

import shutil
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page

from kiosk_robot.catalogue import Catalogue
from kiosk_robot.config import load_catalogue, load_site
from kiosk_robot.doctor import CHECKS
from kiosk_robot.feedback.desk import AlertNotAllowedError, FeedbackDesk, NoSuchAlertError
from kiosk_robot.feedback.unanswered import Unanswered
from kiosk_robot.queueing.engine import Queue, utc_now
from kiosk_robot.queueing.store import Store
from kiosk_robot.queueing.ticket import (
    Leg,
    NoSuchTicketError,
    NotAllowedError,
    Status,
    Ticket,
    UnknownCounterError,
    UnknownPriorityError,
)
from kiosk_robot.web.accounts import Accounts
from kiosk_robot.web.app import Hub, create_app
from kiosk_robot.web.audit import Audit
from kiosk_robot.web.console import Console, RobotSilentError
from kiosk_robot.web.consoles import add_consoles
from kiosk_robot.web.identity import identity_routes
from kiosk_robot.web.sessions import Sessions

PASSWORD = "mưa-Xuân-2027"  # noqa: S105  of people who do not exist
PEOPLE = {"an": "staff", "binh": "staff", "truc": "leader", "ky-thuat": "technician"}
LOCAL = ("127.0.0.1", 40000)
BIRTH, RESIDENCE = "1.001193", "1.004222"
ERRORS = {
    NoSuchTicketError: "no_such_ticket",
    NotAllowedError: "not_allowed",
    UnknownCounterError: "unknown_counter",
    UnknownPriorityError: "unknown_priority",
    NoSuchAlertError: "no_such_alert",
    AlertNotAllowedError: "not_allowed",
}


class Robot:
    """The robot's services over the core itself. `silent`: it does the work and does not answer."""

    def __init__(self, queue: Queue, desk: FeedbackDesk, changed: Any) -> None:
        self._queue = queue
        self._desk = desk
        self._changed = changed
        self.silent = False
        self.asked: list[tuple[str, dict[str, Any]]] = []

    async def ask(self, service: str, **fields: Any) -> str:
        self.asked.append((service, fields))
        error = ""
        try:
            error = getattr(self, f"_{service.split('/')[-1]}")(**fields)
        except tuple(ERRORS) as refused:
            error = ERRORS[type(refused)]
        self._changed()
        if self.silent:
            raise RobotSilentError
        return error

    def _call_next(self, counter: str, request_id: str) -> str:
        return "" if self._queue.call_next(counter, request_id=request_id) else "nobody_waiting"

    def _change_counter(self, counter: str, action: str, staff: str = "", reason: str = "") -> str:
        if action == "OPEN":
            self._queue.open_counter(counter, staff=staff)
        elif action == "PAUSE":
            self._queue.pause_counter(counter, reason)
        else:
            self._queue.close_counter(counter)
        return ""

    def _change_ticket(
        self, ticket_id: str, action: str, request_id: str, reason: str = "", **to: Any
    ) -> str:
        once = {"request_id": request_id}
        match action:
            case "FINISH" | "PARK" | "WITHDRAW":
                getattr(self._queue, action.lower())(ticket_id, reason, **once)
            case "CALL":
                self._queue.call(ticket_id, to["counter"], reason, **once)
            case "SET_PRIORITY":
                self._queue.set_priority(ticket_id, to["priority"], reason=reason, **once)
            case "TRANSFER":
                leg = Leg(to["series"], "", to["counter"])
                self._queue.transfer(ticket_id, leg, come_back=to["come_back"], **once)
            case _:
                getattr(self._queue, action.lower())(ticket_id, **once)
        return ""

    def _acknowledge_alert(self, id: str, by: str) -> str:  # noqa: A002  the service's word
        self._desk.acknowledge(id, by)
        return ""

    def _close_alert(self, id: str, by: str, note: str) -> str:  # noqa: A002
        self._desk.close(id, by, note)
        return ""

    def _manage_nodes(self, command: str) -> str:
        return ""


class Point:
    """A service point with its people, and citizens who come."""

    password = PASSWORD

    def __init__(self, folder: Path, prepared: Path, catalogue: Catalogue) -> None:
        self.folder = folder
        for file in ("kiosk.db", "accounts.json"):
            shutil.copy2(prepared / file, folder)
        self.site = load_site("cua_nam")
        self.store = Store(f"sqlite:///{folder / 'kiosk.db'}")
        self.queue = Queue(self.store, self.site)
        self.desk = FeedbackDesk(self.store, self.site)
        self.hub, self.private = Hub(), Hub()
        self.robot = Robot(self.queue, self.desk, self.tell)
        self.accounts = Accounts(folder / "accounts.json")
        self.seconds = 0.0
        clock = lambda: time.monotonic() + self.seconds  # noqa: E731
        self.console = Console(
            robot=self.robot,
            site=self.site,
            catalogue=catalogue,
            store=self.store,
            sessions=Sessions(self.accounts, clock),
            audit=Audit(folder / "audit"),
            hub=self.private,
            queue_hub=self.hub,
        )
        self.app = create_app(self.hub, identity_routes(self.site))
        self.unanswered = Unanswered(folder / "unanswered", self.site, utc_now)
        add_consoles(
            self.app,
            self.console,
            self.unanswered,
            speak=lambda text, locale: f"{locale}: {text}".encode(),
            checks=CHECKS,
            settings={"queue": {"database_url": "postgresql://kiosk:hidden@db/kiosk"}},
            logs=folder / "log",
        )

    def tell(self) -> None:
        """As the gateway does when the queue has changed."""
        self.hub.publish("queue", {"day": self.queue.today, "series": []})

    def citizen(self, group: str = "civil_status", code: str = BIRTH, priority: str = "") -> Ticket:
        """Somebody takes a number."""
        counter = self.site.counter_for(group)
        ticket = self.queue.reserve(str(uuid.uuid4()), code, counter, priority=priority)
        ticket = self.queue.settle(ticket.id, Status.ISSUED)
        self.tell()
        return ticket

    def browser(self) -> httpx.Client:
        """A browser on the robot itself."""
        return TestClient(self.app, client=LOCAL)

    def sign_in(self, name: str) -> httpx.Client:
        """A browser of somebody, with the token that their page shows."""
        browser = self.browser()
        answer = browser.post("/api/sign_in", json={"name": name, "password": PASSWORD})
        assert answer.status_code == 204, answer.text
        browser.headers["x-csrf-token"] = browser.get("/api/me").json()["csrf"]
        return browser

    def at_counter(self, name: str, counter: str) -> httpx.Client:
        """A member of staff at a counter."""
        browser = self.sign_in(name)
        answer = browser.put("/api/desk/counter", json={"counter": counter})
        assert answer.status_code == 200, answer.text
        return browser

    @staticmethod
    def wish(do: str, ticket: Ticket | None = None, **more: Any) -> dict[str, Any]:
        """What a press on the console sends."""
        named = {"ticket_id": ticket.id} if ticket else {}
        return {"request_id": str(uuid.uuid4()), "do": do, **named, **more}

    def audit(self) -> str:
        """All lines of the audit log."""
        return "".join(path.read_text() for path in (self.folder / "audit").glob("*.jsonl"))


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new database and the accounts: what takes long, once."""
    folder = tmp_path_factory.mktemp("prepared")
    Store(f"sqlite:///{folder / 'kiosk.db'}").close()
    accounts = Accounts(folder / "accounts.json")
    for name, role in PEOPLE.items():
        accounts.add(name, role, PASSWORD, "A12" if name == "an" else "")
    return folder


@pytest.fixture
def point(tmp_path: Path, prepared: Path, catalogue: Catalogue) -> Iterator[Point]:
    point = Point(tmp_path, prepared, catalogue)
    with TestClient(point.app):  # the application runs
        yield point
    point.store.close()


class Window:
    """A page of somebody's browser, at a point that is served over real HTTP."""

    def __init__(self, page: Page, url: str, picture: Callable[[Page, str], None]) -> None:
        self.page = page
        self._picture = picture
        self._url = url
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", self._on_console)

    def _on_console(self, line: Any) -> None:
        # Refusals are part of the tests; a script or style that the policy stops is not.
        if line.type == "error" and not any(known in line.text for known in CUT_OFF):
            self.problems.append(line.text)

    def open(self, path: str) -> Page:
        """Go to a page."""
        self.page.goto(self._url + path)
        return self.page

    def sign_in(self, name: str, language: str = "vi") -> Page:
        """As a person does."""
        self.open("/sign_in")
        if language == "en":
            self.page.get_by_role("button", name="English").click()
        account, password = SIGN_IN[language]
        self.page.get_by_label(account).fill(name)
        self.page.get_by_label(password).fill(PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(lambda url: "sign_in" not in url)
        return self.page

    def check(self, name: str) -> None:
        """Nothing against WCAG 2.2 AA, everything large enough to touch, and a picture of it."""
        results = Axe().run(self.page, options={"runOnly": RULES}).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in results] == []
        small = self.page.evaluate(TOO_SMALL)
        assert small == [], name
        self._picture(self.page, name)


SIGN_IN = {"vi": ("Tên tài khoản", "Mật khẩu"), "en": ("Account", "Password")}
CUT_OFF = ("Failed to load resource", "WebSocket connection")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
TOO_SMALL = """() => [...document.querySelectorAll("button, a, input, select, summary")]
  .filter((one) => one.offsetParent)
  .map((one) => [one.closest("label") ?? one, one.textContent])
  .map(([one, text]) => [text, one.getBoundingClientRect()])
  .filter(([, box]) => box.width < 44 || box.height < 44)
  .map(([text, box]) => `${text} ${box.width} x ${box.height}`)"""


class ServedPoint(Point):
    """A point over real HTTP, whose line can be cut."""

    def __init__(self, folder: Path, prepared: Path, catalogue: Catalogue) -> None:
        super().__init__(folder, prepared, catalogue)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self._port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self.mend()

    def browser(self) -> httpx.Client:
        """A browser on the robot, over a real line."""
        return httpx.Client(base_url=self.url)

    def mend(self) -> None:
        """Listen."""
        config = uvicorn.Config(self.app, port=self._port, log_level="critical")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)

    def cut(self) -> None:
        """Nobody is reached any more."""
        self._server.should_exit = self._server.force_exit = True
        self._thread.join()


@pytest.fixture
def served(tmp_path: Path, prepared: Path, catalogue: Catalogue) -> Iterator[ServedPoint]:
    point = ServedPoint(tmp_path, prepared, catalogue)
    yield point
    point.cut()
    point.store.close()


@pytest.fixture
def open_window(picture: Callable[[Page, str], None]) -> Iterator[Callable[[Browser, str], Window]]:
    """Opens windows, each with cookies of its own, in which nothing may fail unseen."""
    windows: list[Window] = []

    def opened(browser: Browser, url: str) -> Window:
        context = browser.new_context(
            viewport={"width": 1440, "height": 900}, locale="vi-VN", reduced_motion="reduce"
        )
        windows.append(Window(context.new_page(), url, picture))
        return windows[-1]

    yield opened
    for window in windows:
        window.page.context.close()
    assert [window.problems for window in windows] == [[] for _ in windows]


@pytest.fixture
def window(served: ServedPoint, browser: Browser, open_window: Any) -> Window:
    """A browser at the point."""
    return open_window(browser, served.url)
