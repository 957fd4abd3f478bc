"""`kiosk bench web_load`: how soon every page knows, with a full hall of them connected.

One process, held to one core, serves the application over a real queue; this one holds 200 phones,
10 consoles and 3 boards on WebSockets and waits until each shows the number just called. A call is
the heaviest change: everybody who waits moves up. The peer, in the same run, is one board alone.
"""

import asyncio
import json
import multiprocessing
import os
import secrets
import socket
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import uvicorn
from websockets.asyncio.client import connect

from kiosk_robot.config import load_catalogue, load_site
from kiosk_robot.queueing.engine import Queue
from kiosk_robot.queueing.store import Store
from kiosk_robot.queueing.ticket import Status, Ticket
from kiosk_robot.web.accounts import Accounts
from kiosk_robot.web.app import Hub, create_app
from kiosk_robot.web.audit import Audit
from kiosk_robot.web.board import display_board
from kiosk_robot.web.console import COOKIE, Console, signing_in
from kiosk_robot.web.library import Library
from kiosk_robot.web.phone import PhoneLinks, TicketView, phone_routes
from kiosk_robot.web.sessions import Sessions
from kiosk_robot.web.staff import staff_console

PHONES, CONSOLES, BOARDS = 200, 10, 3
CALLS = 30
PAUSE = 1.0  # seconds between two calls
PATIENCE = 20.0  # seconds until a page that has not heard is given up
COUNTER, SERIES = "1", "A"


class _Robot:
    """The queue itself, in place of its service."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    async def ask(self, service: str, **fields: Any) -> str:
        """Only counters are opened here."""
        if service == "queue/change_counter":
            await asyncio.to_thread(self._queue.open_counter, fields["counter"])
        return ""


@dataclass
class Page:
    """One connected page; `shows` tells from a message which number it knows to be called last."""

    kind: str
    path: str
    shows: Callable[[dict[str, Any]], str]
    known: dict[str, float] = field(default_factory=dict)  # number to steady time


def run(out: Path) -> dict[str, Any]:
    """Measure, and leave web_load.json and web_load.md in `out`."""
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = multiprocessing.Pipe()
        password = secrets.token_urlsafe(16)
        server = multiprocessing.Process(target=_serve, args=(Path(folder), password, theirs))
        server.start()
        try:
            port, tickets = ours.recv()
            report = asyncio.run(_measure(port, tickets, password, ours))
        finally:
            ours.send(None)
            server.join(10)
            server.kill()
    report |= {"load": [round(before, 1), round(os.getloadavg()[0], 1)]}
    out.mkdir(parents=True, exist_ok=True)
    (out / "web_load.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    (out / "web_load.md").write_text(_table(report), encoding="utf-8")
    return report


def _serve(folder: Path, password: str, orders: Connection) -> None:
    """The server's process; each order is one call, answered with what the process has spent."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    site, store = load_site("cua_nam"), Store(f"sqlite:///{folder / 'kiosk.db'}")
    queue, hub = Queue(store, site), Hub()
    counter = next(one for one in site.counters if one.number == COUNTER)
    tickets = []
    for _ in range(PHONES + CALLS):
        ticket = queue.reserve(str(uuid.uuid4()), "1.001193", counter)
        tickets.append(queue.settle(ticket.id, Status.ISSUED).id)
    accounts = Accounts(folder / "accounts.json")
    accounts.add("desk", "staff", password)
    console = console_over(folder, accounts, store, hub)

    async def look(wanted: Sequence[str]) -> dict[str, TicketView]:
        found = await asyncio.to_thread(queue.get_all, wanted)
        return {one.id: _view(one) for one in found}

    async def understand(*_: Any) -> list[Any]:
        return []

    phones = phone_routes(hub, PhoneLinks(look, understand), Library(_no_knowledge))
    board = display_board(queue, site, hub, lambda _text, _locale: b"")
    app = create_app(hub, phones, board, signing_in(console), staff_console(console))
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(app, port=port, log_level="critical", ws_per_message_deflate=False)
    )

    async def work() -> None:
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.05)
        orders.send((port, tickets[CALLS:]))
        while await asyncio.to_thread(orders.recv):
            spent = time.process_time()
            ticket = await asyncio.to_thread(queue.call_next, COUNTER)
            hub.publish("queue", {})
            assert ticket is not None
            orders.send((ticket.number, spent))
        server.should_exit = server.force_exit = True
        await serving

    asyncio.run(work())


def console_over(folder: Path, accounts: Accounts, store: Store, hub: Hub) -> Console:
    """The console of a point whose audit log is in a folder."""
    site = load_site("cua_nam")
    return Console(
        robot=_Robot(Queue(store, site)),
        site=site,
        catalogue=load_catalogue(),
        store=store,
        sessions=Sessions(accounts),
        audit=Audit(folder),
        hub=Hub(),
        queue_hub=hub,
    )


def _no_knowledge() -> Any:
    raise LookupError("nobody asks in this bench")


def _view(one: Ticket) -> TicketView:
    return TicketView(one.number, "waiting", one.people_ahead, (0, 0), one.counter, "", "")


async def _measure(
    port: int, tickets: Sequence[str], password: str, orders: Connection
) -> dict[str, Any]:
    address = f"127.0.0.1:{port}"
    cookie = await asyncio.to_thread(_sign_in, f"http://{address}", password)
    board = [Page("board", "/api/board/live", _called_on_board) for _ in range(BOARDS)]
    alone = await _watched(board[:1], address, cookie, orders)
    places = {ticket: place for place, ticket in enumerate(tickets)}
    phones = [Page("phone", f"/ws/t/{one}", _moved_up(places[one])) for one in tickets]
    consoles = [Page("console", "/api/desk/live", _called_at_desk) for _ in range(CONSOLES)]
    full = await _watched([*phones, *consoles, *board], address, cookie, orders)
    return {
        "pages": {"phones": len(phones), "consoles": len(consoles), "boards": len(board)},
        "calls": CALLS // 2,
        "alone": alone,
        "full": full,
        "checked": datetime.now(UTC).date().isoformat(),
    }


def _sign_in(url: str, password: str) -> str:
    with httpx.Client(base_url=url) as browser:
        browser.post("/api/sign_in", json={"name": "desk", "password": password})
        token = browser.get("/api/me").json()["csrf"]
        seat = {"counter": COUNTER}
        browser.put("/api/desk/counter", json=seat, headers={"x-csrf-token": token})
        return browser.cookies[COOKIE]


def _called_on_board(message: dict[str, Any]) -> str:
    return str(message["calls"][0]["number"]) if message["calls"] else ""


def _called_at_desk(message: dict[str, Any]) -> str:
    return str(message["now"]["number"]) if message["now"] else ""


def _moved_up(place: int) -> Callable[[dict[str, Any]], str]:
    """From how many are ahead of the ticket at this place behind those to be called."""
    return lambda message: f"{SERIES}{CALLS + place - message['people_ahead']:03d}"


async def _watched(
    pages: list[Page], address: str, cookie: str, orders: Connection
) -> dict[str, Any]:
    """Call half of the numbers; milliseconds until the pages know, by kind."""
    listening = [asyncio.create_task(_listen(page, address, cookie)) for page in pages]
    await asyncio.sleep(3.0)  # all connected
    took: dict[str, list[float]] = {}
    spent: list[float] = []  # seconds of one core, up to each call
    missed = 0
    for _ in range(CALLS // 2):
        began = time.monotonic()
        orders.send(True)
        number, so_far = await asyncio.to_thread(orders.recv)
        spent.append(so_far)
        while any(number not in page.known for page in pages):
            if time.monotonic() > began + PATIENCE:
                break
            await asyncio.sleep(0.01)
        for page in pages:
            if number in page.known:
                took.setdefault(page.kind, []).append(1000 * (page.known[number] - began))
            else:
                missed += 1
        await asyncio.sleep(PAUSE)
    for task in listening:
        task.cancel()
    everything = [value for values in took.values() for value in values]
    return {
        "missed": missed,
        "core_ms": round(1000 * float(np.median(np.diff(spent))), 1),
        "ms": {kind: _figures(values) for kind, values in (took | {"all": everything}).items()},
    }


async def _listen(page: Page, address: str, cookie: str) -> None:
    headers = {"Cookie": f"{COOKIE}={cookie}"} if page.kind == "console" else {}
    async with connect(f"ws://{address}{page.path}", additional_headers=headers) as socket_:
        async for text in socket_:
            now = time.monotonic()
            page.known.setdefault(page.shows(json.loads(text)), now)


def _figures(values: list[float]) -> dict[str, float]:
    p50, p95, worst = np.percentile(values, (50, 95, 100))
    return {"p50": round(p50, 1), "p95": round(p95, 1), "max": round(worst, 1)}


def _table(report: dict[str, Any]) -> str:
    pages, load = report["pages"], report["load"]
    lines = [
        "# Pages under load",
        "",
        f"`kiosk bench web_load`, {report['checked']}: {pages['phones']} phones, "
        f"{pages['consoles']} consoles, {pages['boards']} boards; the server is held to one core. "
        f"{report['calls']} calls, each",
        "of which moves everybody up. Milliseconds from before the call until a page shows it. "
        f"Load of the machine {load[0]} before, {load[1]} after, on {os.cpu_count()} cores.",
        "",
        "| page | p50 | p95 | worst |",
        "|---|---|---|---|",
    ]
    rows = {"one board alone": report["alone"]["ms"]["all"], **report["full"]["ms"]}
    lines += [f"| {name} | {r['p50']} | {r['p95']} | {r['max']} |" for name, r in rows.items()]
    lines += [
        "",
        f"The server spends {report['full']['core_ms']} ms of a core from one call to the next, "
        f"{report['alone']['core_ms']} ms with one board alone (medians).",
        f"Updates that did not come: {report['full']['missed']}.",
        "",
    ]
    return "\n".join(lines)
