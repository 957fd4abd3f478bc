"""What all pages behind a sign-in share: the robot they act on, sign-in, sign-out, live views."""

import asyncio
import ipaddress
import itertools
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, Protocol, TypeVar

from fastapi import APIRouter, Depends, HTTPException, Request, Response, WebSocket
from pydantic import BaseModel, Field
from starlette.websockets import WebSocketDisconnect

from kiosk_robot.catalogue import Catalogue
from kiosk_robot.feedback.desk import FeedbackDesk
from kiosk_robot.queueing.engine import Queue
from kiosk_robot.queueing.papers import Papers, TickedPapers
from kiosk_robot.queueing.store import Store
from kiosk_robot.queueing.ticket import CounterState, StoreError, Ticket
from kiosk_robot.site import Site
from kiosk_robot.web.accounts import LONGEST, AccountError, Role
from kiosk_robot.web.app import Hub
from kiosk_robot.web.audit import Audit
from kiosk_robot.web.refusal import both, refusal
from kiosk_robot.web.sessions import LIFETIME, Session, Sessions, TooManyGuessesError

Seen = TypeVar("Seen")
COOKIE = "kiosk_session"
NOT_KEPT = {"Cache-Control": "no-store"}
SHARED = 1.0  # seconds that pages share one look
CHANGES = ("queue", "alert", "examination")  # messages that change what pages show
REFRESH = 4.0  # seconds after which a page hears from the robot even if nothing has changed
SAID = {  # what people read when the robot refuses; by the name of its error
    "nobody_waiting": both("Không còn ai chờ ở quầy này.", "Nobody waits at this counter."),
    "not_allowed": both(
        "Không làm được: phiếu hoặc quầy đã đổi trạng thái.",
        "Not possible: the ticket or the counter has changed meanwhile.",
    ),
    "no_such_ticket": both("Không tìm thấy phiếu này.", "This ticket is not found."),
    "no_such_alert": both("Không tìm thấy cảnh báo này.", "This alert is not found."),
    "unknown_counter": both(
        "Không có quầy hoặc dãy số này.", "There is no such counter or series."
    ),
    "unknown_priority": both("Không có đối tượng ưu tiên này.", "There is no such priority."),
    "store_failed": both(
        "Robot chưa ghi được dữ liệu. Mời gọi kỹ thuật.",
        "The robot could not save this. Please call a technician.",
    ),
}


class Shared(Generic[Seen]):
    """A look at the store that pages share until the hub has news of a kind; a second old at most.

    `kind` is one of those of which a hub keeps the newest message.
    """

    def __init__(self, hub: Hub, look: Callable[[], Seen], kind: str = "queue") -> None:
        self._hub = hub
        self._look = look
        self._kind = kind
        self._lock = threading.Lock()
        self._seen: tuple[Seen, Any, float] | None = None  # with the hub's message, and when

    def __call__(self) -> Seen:
        """What is to be seen now.

        :raises StoreError: the store cannot be read.
        """
        with self._lock:
            newest, now = self._hub.latest.get(self._kind), time.monotonic()
            if self._seen and self._seen[1] is newest and now - self._seen[2] < SHARED:
                return self._seen[0]
            seen = self._look()
            self._seen = seen, newest, now
            return seen

    def anew(self) -> Seen:
        """The same, whatever has been seen."""
        self.forget()
        return self()

    def forget(self) -> None:
        """Look anew next time: somebody has just changed something."""
        with self._lock:
            self._seen = None


@dataclass(frozen=True)
class Hall:
    """The queue at one moment."""

    counters: list[CounterState]
    waiting: list[Ticket]
    parked: list[Ticket]
    missed: list[Ticket]
    called: dict[str, Ticket]  # by counter
    papers: dict[str, Papers]  # that who is called has ticked off, by ticket


class RobotSilentError(Exception):
    """No answer: it may have done it or not. The same request can be sent again."""


class Robot(Protocol):
    """What pages ask of the robot. `ask` is one request to one of its services."""

    async def ask(self, service: str, **fields: Any) -> str:
        """Send a request; a field's value may be the name of a constant of it.

        :returns: the name of the error in lower case, "" when it was done.
        :raises RobotSilentError: no answer in time.
        """
        ...


@dataclass
class Console:
    """The robot as those who work with it see it. Reads the store; changes through the robot."""

    robot: Robot
    site: Site
    catalogue: Catalogue
    store: Store
    sessions: Sessions
    audit: Audit
    hub: Hub  # what only those who are signed in may see
    queue_hub: Hub  # tells when the queue has changed
    told: dict[str, Any] = field(default_factory=dict)
    """What the robot last told of itself, as leaders and technicians see it, by kind."""

    def __post_init__(self) -> None:
        """Ways to look into the store."""
        self.queue = Queue(self.store, self.site)
        self.desk = FeedbackDesk(self.store, self.site)
        self.hall = Shared(self.queue_hub, self._look)
        self.alerts = Shared(self.hub, self.desk.open_alerts, "alert")
        self._orders = itertools.count(1)

    def next_order(self) -> int:
        """A number to be given to a view before it is looked for.

        Answers and live views reach a page by two lines and may overtake each other: a page shows
        none whose number is less than that of what it shows.
        """
        return next(self._orders)

    def forget(self) -> None:
        """Look anew next time: somebody has just changed something."""
        self.hall.forget()
        self.alerts.forget()

    def _look(self) -> Hall:
        queue = self.queue
        called = {one.counter: one for one in queue.at_counters()}
        return Hall(
            queue.counters(), queue.waiting(), queue.parked(), queue.missed(), called,
            TickedPapers(self.store, queue).of(one.id for one in called.values()),
        )  # fmt: skip

    async def ask(self, session: Session, service: str, on: str, **fields: Any) -> None:
        """Have the robot do something for somebody, and write down that they wanted it.

        :raises HTTPException: 409 it refuses, 503 it cannot, 504 it does not answer.
        """
        what = " ".join((service, *(v for v in fields.values() if v and str(v).isupper())))
        try:
            error = await self.robot.ask(service, **fields)
        except RobotSilentError:
            self.audit.note(session.account.name, what, on, "no answer")
            raise refusal(
                504,
                "Robot không trả lời. Bấm lại, không sợ trùng.",
                "The robot does not answer. Press again: it is done only once.",
            ) from None
        self.forget()
        self.audit.note(session.account.name, what, on, error or "ok")
        if error:
            status = 503 if error == "store_failed" else 409
            raise HTTPException(status, SAID.get(error, error))

    def signed_in(self, *roles: Role) -> Callable[[Request], Session]:
        """A dependency: the session of who asks, who must have one of these roles."""

        def session(request: Request) -> Session:
            found = self.sessions.find(request.cookies.get(COOKIE, ""))
            if found is None:
                raise refusal(401, "Mời đăng nhập.", "Please sign in.")
            if request.method != "GET" and not found.has_token(
                request.headers.get("x-csrf-token", "")
            ):
                raise refusal(403, "Mời tải lại trang.", "Please reload the page.")
            if found.account.role not in roles:
                self.audit.note(found.account.name, request.url.path, outcome="refused")
                raise refusal(
                    403,
                    "Tài khoản này không dùng được trang này.",
                    "This account cannot use this page.",
                )
            return found

        return session

    async def show(self, socket: WebSocket, role: Role, view: Callable[[Session], Any]) -> None:
        """Keep a page up to date: its view, again at each change, until the session ends."""
        secret = socket.cookies.get(COOKIE, "")

        def look() -> Any:
            session = self.sessions.find(secret, touch=False)
            if session is None or session.account.role != role:
                raise _SessionEndedError
            return view(session)

        await show(socket, look, self.queue_hub, self.hub)


class _SessionEndedError(Exception):
    """Nobody is signed in there any more."""


async def show(socket: WebSocket, look: Callable[[], Any], *hubs: Hub) -> None:
    """Send what `look` gives now, at each message of the hubs, and at least every few seconds.

    Views are made in a thread; several changes in a moment make one.
    """
    await socket.accept()
    changed = asyncio.Event()
    listening = [asyncio.create_task(_listen(hub, changed)) for hub in hubs]
    try:
        while True:
            changed.clear()
            await socket.send_json(await asyncio.to_thread(look))
            with suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), REFRESH)
    except _SessionEndedError:
        await socket.close(code=1008)
    except StoreError:
        await socket.close(code=1011)
    except (WebSocketDisconnect, RuntimeError):
        return  # the page has gone
    finally:
        for task in listening:
            task.cancel()


async def _listen(hub: Hub, changed: asyncio.Event) -> None:
    hub.open()
    async for _ in hub.stream(*CHANGES):
        changed.set()


class SignIn(BaseModel):
    """Name and password."""

    name: Annotated[str, Field(max_length=40)]
    password: Annotated[str, Field(max_length=LONGEST)]


def signing_in(console: Console) -> APIRouter:
    """Sign in, sign out, who am I."""
    router = APIRouter(prefix="/api", tags=["sign-in"])
    anybody = console.signed_in("staff", "leader", "technician")

    @router.post("/sign_in", status_code=204)
    def sign_in(body: SignIn, request: Request, response: Response) -> None:
        """Begin a session. 401 wrong; 403 over an open line; 429 too many wrong ones."""
        address = request.client.host if request.client else ""
        secure = request.url.scheme == "https"
        if not (secure or _this_machine(address)):
            raise refusal(
                403,
                "Chỉ đăng nhập được qua kết nối https.",
                "Signing in needs an https connection.",
            )
        try:
            secret = console.sessions.sign_in(body.name, body.password, address)
        except TooManyGuessesError as error:
            console.audit.note("", "sign_in", outcome="too many guesses")
            wait = {"Retry-After": str(round(error.args[0]) + 1)}
            raise refusal(
                429,
                "Sai nhiều lần. Mời thử lại sau 15 phút.",
                "Too many wrong tries. Please try again in 15 minutes.",
                wait,
            ) from None
        except AccountError:
            raise refusal(
                503,
                "Tệp tài khoản hỏng. Mời gọi kỹ thuật.",
                "The file of accounts is damaged. Please call a technician.",
            ) from None
        session = console.sessions.find(secret or "")
        console.audit.note(
            session.account.name if session else "", "sign_in", outcome="ok" if session else "wrong"
        )
        if not (secret and session):
            raise refusal(
                401, "Tên hoặc mật khẩu không đúng.", "The name or the password is wrong."
            )
        response.set_cookie(
            COOKIE, secret, int(LIFETIME), httponly=True, samesite="strict", secure=secure
        )

    @router.post("/sign_out", status_code=204)
    def sign_out(
        session: Annotated[Session, Depends(anybody)], request: Request, response: Response
    ) -> None:
        """End the session."""
        console.sessions.end(request.cookies[COOKIE])
        console.audit.note(session.account.name, "sign_out")
        response.delete_cookie(COOKIE, httponly=True, samesite="strict")

    @router.get("/me")
    def me(session: Annotated[Session, Depends(anybody)], response: Response) -> dict[str, str]:
        """Who is signed in, and the token their page shows with each change."""
        response.headers.update(NOT_KEPT)
        account = session.account
        return {"name": account.name, "role": account.role, "csrf": session.csrf}

    return router


def _this_machine(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
