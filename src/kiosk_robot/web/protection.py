"""What every answer of the robot's server is under: headers, sizes, rates."""

import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import ip_address

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kiosk_robot.web.refusal import both, refusal

MOST_BYTES = 16_384  # of a body: nothing a page sends is longer
READING = ("GET", "HEAD", "OPTIONS")
MOST_CLIENTS = 10_000  # remembered by an Allowance
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Protection:
    """ASGI middleware: sets the headers, refuses (413) what is longer than MOST_BYTES, and what a
    page of another site sends or listens to.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a connection on."""
        if scope["type"] == "websocket" and not same_origin(HTTPConnection(scope)):
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        taken = 0

        async def receive_some() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > MOST_BYTES:
                raise refusal(413, "Nội dung gửi lên quá dài.", "What was sent is too long.")
            return message

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        if scope["method"] not in READING and not same_origin(HTTPConnection(scope)):
            why = both("Yêu cầu đến từ trang khác.", "This request comes from another site.")
            refused = JSONResponse({"detail": why}, 403)
            await refused(scope, receive_some, send_with_headers)
            return
        await self._app(scope, receive_some, send_with_headers)


class Allowance:
    """So many requests a minute for each client; what was not used is saved up to a minute's."""

    def __init__(self, a_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._a_minute = a_minute
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # requests, steady time

    def spend(self, client: str) -> None:
        """Count a request.

        :raises HTTPException: 429, the client has none left.
        """
        now = self._clock()
        left, since = self._left.pop(client, (float(self._a_minute), now))
        left = min(self._a_minute, left + (now - since) * self._a_minute / 60)
        self._left[client] = (max(left - 1, 0.0), now)
        while len(self._left) > MOST_CLIENTS:
            self._left.popitem(last=False)
        if left < 1:
            wait = {"Retry-After": str(60 // self._a_minute + 1)}
            raise refusal(
                429,
                "Bác gửi nhanh quá, đợi một chút rồi gửi lại ạ.",
                "That was too fast. Please wait a moment and try again.",
                wait,
            )


def client_of(connection: HTTPConnection) -> str:
    """The address a connection comes from."""
    return connection.client.host if connection.client else ""


def at_the_robot(connection: HTTPConnection) -> None:
    """Only the robot's own screen: what is pressed there counts as pressed by who stands there.

    :raises HTTPException: 403, the connection comes from another machine.
    """
    try:
        local = ip_address(client_of(connection)).is_loopback
    except ValueError:
        local = False
    if not local:
        raise refusal(
            403,
            "Chỉ dùng được trên màn hình của robot.",
            "This works on the robot's own screen only.",
        )


def same_origin(connection: HTTPConnection) -> bool:
    """A page of another site must not listen in; a program without an origin may."""
    origin = connection.headers.get("origin")
    return origin is None or origin.split("://")[-1] == connection.headers.get("host")
