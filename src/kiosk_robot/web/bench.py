"""Measures the pages in Debian's Chromium: weight, first paint, reaction of the touch screen.

The server and the hub are the robot's own; what the hub is fed stands for the dialogue's topic.
"""

import json
import os
import platform
import socket
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

import uvicorn

from kiosk_robot.config import load_site
from kiosk_robot.dialogue.turn import Knowledge
from kiosk_robot.feedback.unanswered import Unanswered
from kiosk_robot.queueing.engine import utc_now
from kiosk_robot.queueing.store import Store
from kiosk_robot.web.accounts import Accounts, Role
from kiosk_robot.web.app import Hub, create_app
from kiosk_robot.web.consoles import add_consoles
from kiosk_robot.web.identity import identity_routes
from kiosk_robot.web.library import Library
from kiosk_robot.web.load_bench import console_over
from kiosk_robot.web.phone import PhoneLinks, phone_routes
from kiosk_robot.web.screen import TouchLinks, screen_routes

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = "/usr/bin/chromium"
LOADS = 9
CHANGES = 200
# When the change has been painted: a frame is asked for, and the one after it has come.
WATCH = """() => {
  window.painted = 0;
  new MutationObserver(() => requestAnimationFrame(() => setTimeout(() => {
    window.painted = performance.timeOrigin + performance.now();
  }))).observe(document.getElementById("title"), { childList: true, characterData: true });
}"""
WEIGHT = """() => performance.getEntriesByType("resource").concat(
  performance.getEntriesByType("navigation")).reduce((sum, one) => sum + one.decodedBodySize, 0)"""
FIRST_PAINT = (
    """() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? null"""
)
ROLES: tuple[Role, ...] = ("staff", "leader", "technician")
PASSWORD = "a point of one hour"  # noqa: S105  of accounts that go with the folder
PAGES = {  # path, and pixels
    "touch screen": ("/", (1080, 1920)),
    "phone": ("/t/0193f6a2-7c41-7b32-8a11-5d1e0c2f4b6a", (390, 844)),
    "board": ("/board", (1920, 1080)),
    "sign-in": ("/sign_in", (1280, 800)),
    "staff": ("/staff", (1280, 800)),
    "leader": ("/leader", (1280, 800)),
    "technician": ("/technician", (1280, 800)),
}
PHASES = ("listening", "confirm_ticket", "rating", "choose_priority")


def run(out: Path, tell: Callable[[str], None]) -> None:
    """Write `web.json` and `web.md` into the folder `out`.

    :raises ImportError: Playwright, which the tests bring, is not installed.
    """
    from playwright.sync_api import sync_playwright

    hub = Hub()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server, url = _serve(hub, Path(folder))
        _show(hub, "idle", 0)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        # In turn, so that no page has the quiet minutes to itself.
        loads = [(name, _load(browser, url, *PAGES[name])) for _ in range(LOADS) for name in PAGES]
        page = browser.new_page(viewport={"width": 1080, "height": 1920})
        page.goto(url)
        reactions = [_reaction(page, hub, number) for number in range(CHANGES)]
        browser.close()
        server.should_exit = server.force_exit = True
    cuts = quantiles(reactions, n=20)
    result = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}",
        "pages": {page: _figures([one for name, one in loads if name == page]) for page in PAGES},
        "reaction_ms_p50": round(median(reactions)),
        "reaction_ms_p95": round(cuts[-1]),
        "reaction_ms_max": round(max(reactions)),
    }
    out.mkdir(parents=True, exist_ok=True)
    (out / "web.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    (out / "web.md").write_text(_table(result), encoding="utf-8")
    tell(_table(result))


def _serve(hub: Hub, folder: Path) -> tuple[uvicorn.Server, str]:
    async def no_form() -> None:
        return None

    read_form: Callable[[], Awaitable[None]] = no_form
    library = Library(lambda: Knowledge.read("cua_nam"))
    _ = library.search
    links = TouchLinks(
        press=lambda _: None,
        say=lambda _: None,
        answer=lambda _: None,
        read_form=read_form,
        sealing_key=lambda: None,
        note_papers=lambda *_: None,
    )
    app = create_app(
        hub,
        identity_routes(load_site("cua_nam")),
        screen_routes(hub, links, library),
        phone_routes(hub, PhoneLinks(_nothing, _nothing), library),
    )
    accounts = Accounts(folder / "accounts.json")
    for role in ROLES:
        accounts.add(role, role, PASSWORD)
    console = console_over(folder, accounts, Store(f"sqlite:///{folder / 'kiosk.db'}"), hub)
    unanswered = Unanswered(folder, console.site, utc_now)
    add_consoles(app, console, unanswered, lambda _text, _locale: b"", {}, {}, folder)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="critical"))
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.01)
    return server, f"http://127.0.0.1:{port}/"


def _load(
    browser: "Browser", url: str, path: str, size: tuple[int, int]
) -> tuple[int, float, float]:
    """Bytes of everything a page loads without a cache, and milliseconds to its first paint: in a
    new window, and in one that stands, as the robot's own does.
    """
    role = path.strip("/")
    paints = []
    for standing in (False, True):
        context = browser.new_context(viewport={"width": size[0], "height": size[1]})
        if role in ROLES:
            context.request.post(f"{url}api/sign_in", data={"name": role, "password": PASSWORD})
        page = context.new_page()
        if standing:
            page.goto(f"{url}api/site")
        page.goto(url + path[1:])
        page.wait_for_function(FIRST_PAINT)
        page.wait_for_load_state("load")
        page.wait_for_function("() => document.fonts.status === 'loaded'")
        paints.append(float(page.evaluate(FIRST_PAINT)))
        weight = int(page.evaluate(WEIGHT))
        context.close()
    return weight, paints[0], paints[1]


def _figures(loads: Sequence[tuple[int, float, float]]) -> dict[str, int]:
    weights, new, standing = zip(*loads, strict=True)
    return {
        "bytes": max(weights),
        "first_paint_ms_new_window": round(median(new)),
        "first_paint_ms_median": round(median(standing)),
        "first_paint_ms_max": round(max(standing)),
    }


def _reaction(page: "Page", hub: Hub, number: int) -> float:
    """Milliseconds from a state that is published to its screen having been painted."""
    page.evaluate(WATCH if number == 0 else "() => { window.painted = 0; }")
    began = time.time()
    _show(hub, PHASES[number % len(PHASES)], number)
    painted: Any = page.wait_for_function("() => window.painted", polling=5).json_value()
    return float(painted) - 1000 * began


def _show(hub: Hub, phase: str, number: int) -> None:
    choices = [{"id": name, "label": f"{name} {number}"} for name in ("affirm", "deny", "repeat")]
    hub.publish(
        "state",
        {
            "session_id": "" if phase == "idle" else "3f2c9e1b",
            "phase": phase,
            "locale": "vi-VN",
            "procedure": "1.001193" if phase == "confirm_ticket" else "",
            "choices": choices,
        },
    )


async def _nothing(*_: Any) -> Any:
    """What no ticket is known to, and nobody asks."""
    return {}


def _table(result: dict[str, Any]) -> str:
    lines = [
        "# The pages",
        "",
        f"`kiosk bench web`, Debian's Chromium without a window; {result['machine']}. Milliseconds",
        f"to the first paint, {LOADS} loads without a cache: in a window that stands, as the",
        "robot's does, and in a new one, for which Chromium starts a process.",
        "",
        "| page | weight | first paint, median | longest | new window, median |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {one['bytes'] / 1000:.0f} kB | {one['first_paint_ms_median']} "
        f"| {one['first_paint_ms_max']} | {one['first_paint_ms_new_window']} |"
        for name, one in result["pages"].items()
    ]
    lines += [
        "",
        f"From a state in the gateway to its pixels on the touch screen, {CHANGES} changes: "
        f"median {result['reaction_ms_p50']} ms, 95 % {result['reaction_ms_p95']} ms, "
        f"longest {result['reaction_ms_max']} ms.",
        "",
    ]
    return "\n".join(lines)
