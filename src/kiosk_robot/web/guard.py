"""What holds for every request, whoever sends it: headers, origin, size."""

from collections.abc import MutableMapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 64 * 1024  # bytes
READING = ("GET", "HEAD", "OPTIONS")
# Nothing from elsewhere, no script or style within a page: what a citizen typed can run nowhere.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "font-src 'self'",
        "img-src 'self' data:",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    """ASGI middleware round the whole application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if scope["type"] == "websocket":
            if not _same_origin(headers):
                await send({"type": "websocket.close", "code": 1008})
                return
            await self._app(scope, receive, send)
            return
        await self._http(scope, receive, _with_headers(send), headers)

    async def _http(self, scope: Scope, receive: Receive, send: Send, headers: Headers) -> None:
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > LARGEST_BODY:
            await JSONResponse({"detail": "Quá dài."}, 413)(scope, receive, send)
        elif scope["method"] not in READING and not _same_origin(headers):
            await JSONResponse({"detail": "Từ trang khác."}, 403)(scope, receive, send)
        else:
            await self._app(scope, _limited(receive), send)


def _same_origin(headers: Headers) -> bool:
    """A page of another site must neither press nor listen; a program without an origin may."""
    origin = headers.get("origin")
    return origin is None or origin.split("://")[-1] == headers.get("host")


def _limited(receive: Receive) -> Receive:
    """A body of unknown length is cut off where it becomes too long."""
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        message: MutableMapping[str, Any] = await receive()
        taken += len(message.get("body", b""))
        if taken > LARGEST_BODY:
            raise HTTPException(413, "Quá dài.")
        return message

    return limited


def _with_headers(send: Send) -> Send:
    async def complete(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(HEADERS)
        await send(message)

    return complete
