"""Servers on this machine that fail on command; for clients that must not."""

import asyncio
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
import yaml

from kiosk_robot.paths import config_dir
from kiosk_robot.site import WEEKDAYS

PATIENCE = 15.0  # seconds until a test gives up waiting


class LiveServer:
    """An ASGI application served over real HTTP. `fault`: "", "error", "slow", "garbage", or
    "lost_answer" (the request is carried out, its answer never comes).
    """

    def __init__(self, app: Any) -> None:
        self._app = app
        self.fault = ""
        self.requests: list[str] = []  # methods and paths that came
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self._port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self._server: uvicorn.Server | None = None

    def start(self) -> None:
        config = uvicorn.Config(
            self._faulty,
            host="127.0.0.1",
            port=self._port,
            log_level="error",
            lifespan="off",
            interface="asgi3",
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + PATIENCE
        while not self._server.started:
            assert time.monotonic() < deadline, "the server does not start"
            time.sleep(0.01)

    def stop(self) -> None:
        """As when the network or the service is gone: nobody listens."""
        if self._server:
            self._server.should_exit = self._server.force_exit = True
            self._thread.join(PATIENCE)
            self._server = None

    async def _faulty(self, scope: Any, receive: Any, send: Any) -> None:
        self.requests.append(f"{scope['method']} {scope['path']}")
        match self.fault:
            case "error":
                await _answer(send, 503, b"broken")
            case "garbage":
                await _answer(send, 200, b'{"not": "agreed"}')
            case "slow":
                await asyncio.sleep(2 * PATIENCE)
            case "lost_answer":
                await self._app(scope, receive, _nowhere)
                await _answer(send, 502, b"")
            case _:
                await self._app(scope, receive, send)


async def _answer(send: Any, status: int, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": body})


async def _nowhere(_message: Any) -> None:
    pass


@pytest.fixture
def always_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A site that takes bookings round the clock, as tests run at any hour."""
    folder = tmp_path / "config"
    shutil.copytree(config_dir(), folder)
    path = folder / "sites" / "cua_nam.yaml"
    site = yaml.safe_load(path.read_text(encoding="utf-8"))
    whole_day = [{"opens": "00:00", "closes": "23:59"}]
    site["opening_hours"] = dict.fromkeys(WEEKDAYS, whole_day)
    site["bookings"] |= {"opens": "00:00", "closes": "23:59"}
    site["alerts"] = {"escalate_after": 10, "recipients": [{"code": "duty"}]}
    path.write_text(yaml.safe_dump(site, allow_unicode=True), encoding="utf-8")
    monkeypatch.setenv("KIOSK_CONFIG", str(folder))


@pytest.fixture
def serve() -> Iterator[Callable[[Any], LiveServer]]:
    """Serve applications until the test ends."""
    servers: list[LiveServer] = []

    def start(app: Any) -> LiveServer:
        server = LiveServer(app)
        server.start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.stop()


# What the browser notes of refusals and of a robot that is gone: tests provoke both.
EXPECTED = ("Failed to load resource", "WebSocket connection")


@pytest.fixture(scope="module")  # its event loop runs in this thread: no longer than needed
def browser() -> Iterator[Any]:
    """Debian's Chromium, without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = ["--no-sandbox"]  # tests may run as root
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def open_page(browser: Any) -> Callable[[str, tuple[int, int]], Iterator[Any]]:
    """Opens a page of a width and height, on which nothing may fail unseen."""

    def opened(url: str, size: tuple[int, int]) -> Iterator[Any]:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, has_touch=True, reduced_motion="reduce"
        )
        page = context.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "console",
            lambda line: (
                problems.append(line.text)
                if line.type == "error" and not line.text.startswith(EXPECTED)
                else None
            ),
        )
        page.goto(url)
        yield page
        context.close()
        assert problems == []

    return opened
