"""The application every page is served by: the hub of messages, and the routers of the pages.

Nothing personal goes through the hub: what it is given comes from topics that carry none.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI

from kiosk_robot.web.protection import Protection

BACKLOG = 100  # messages a slow screen may lag behind before it is cut off
# Kinds of which the newest is kept.
STANDING = ("state", "queue", "speaking", "hearing", "presence", "health", "alert")


class Hub:
    """Takes messages from any thread and hands them to every connected screen."""

    def __init__(self) -> None:
        self.latest: dict[str, dict[str, Any]] = {}
        self._screens: dict[asyncio.Queue[dict[str, Any]], tuple[str, ...]] = {}
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
        for screen, kinds in list(self._screens.items()):
            if kinds and message["type"] not in kinds:
                continue
            try:
                screen.put_nowait(message)
            except asyncio.QueueFull:
                self._screens.pop(screen, None)

    async def stream(self, *kinds: str) -> AsyncIterator[dict[str, Any]]:
        """What stands now, then everything new, until the screen lags too far behind.

        :param kinds: only these; without any, all.
        """
        screen: asyncio.Queue[dict[str, Any]] = asyncio.Queue(BACKLOG)
        for kind, message in list(self.latest.items()):
            if not kinds or kind in kinds:
                screen.put_nowait({"type": kind, **message})
        self._screens[screen] = kinds
        try:
            while screen in self._screens or not screen.empty():
                yield await screen.get()
        finally:
            self._screens.pop(screen, None)

    def label_of(self, choice_id: str) -> str | None:
        """The label of a choice that can be pressed now; None for any other."""
        choices = self.latest.get("state", {}).get("choices", [])
        return next((c["label"] for c in choices if c["id"] == choice_id), None)


def create_app(hub: Hub, *routers: APIRouter) -> FastAPI:
    """The application of the pages whose routers are given."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        hub.open()
        yield

    app = FastAPI(title="Cửa Nam robot", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.add_middleware(Protection)

    @app.get("/api/health")
    async def health() -> dict[str, Any]:
        """Whether the robot is whole, and how each node is."""
        return hub.latest.get("health", {"ready": False, "nodes": {}})

    @app.get("/api/queue")
    async def queue() -> dict[str, Any]:
        """Who is called, and how many wait, by series."""
        return hub.latest.get("queue", {})

    for router in routers:
        app.include_router(router)
    return app
