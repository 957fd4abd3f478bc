"""Measures the touch screen in Debian's Chromium: its weight, its first paint, its reaction.

The server and the hub are the robot's own; what the hub is fed stands for the dialogue's topic.
"""

import json
import os
import platform
import socket
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

import uvicorn

from kiosk_robot.config import load_site
from kiosk_robot.dialogue.turn import Knowledge
from kiosk_robot.web.app import Hub, create_app
from kiosk_robot.web.identity import identity_routes
from kiosk_robot.web.library import Library
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
PHASES = ("listening", "confirm_ticket", "rating", "choose_priority")


def run(out: Path, tell: Callable[[str], None]) -> None:
    """Write `web.json` and `web.md` into the folder `out`.

    :raises ImportError: Playwright, which the tests bring, is not installed.
    """
    from playwright.sync_api import sync_playwright

    hub = Hub()
    server, url = _serve(hub)
    _show(hub, "idle", 0)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        weights, paints = zip(*(_load(browser, url) for _ in range(LOADS)), strict=True)
        page = browser.new_page(viewport={"width": 1080, "height": 1920})
        page.goto(url)
        reactions = [_reaction(page, hub, number) for number in range(CHANGES)]
        browser.close()
    server.should_exit = server.force_exit = True
    cuts = quantiles(reactions, n=20)
    result = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}",
        "page_bytes": max(weights),
        "first_paint_ms_median": round(median(paints)),
        "first_paint_ms_max": round(max(paints)),
        "reaction_ms_p50": round(median(reactions)),
        "reaction_ms_p95": round(cuts[-1]),
        "reaction_ms_max": round(max(reactions)),
    }
    out.mkdir(parents=True, exist_ok=True)
    (out / "web.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    (out / "web.md").write_text(_table(result), encoding="utf-8")
    tell(_table(result))


def _serve(hub: Hub) -> tuple[uvicorn.Server, str]:
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
    )
    app = create_app(hub, identity_routes(load_site("cua_nam")), screen_routes(hub, links, library))
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="critical"))
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.01)
    return server, f"http://127.0.0.1:{port}/"


def _load(browser: "Browser", url: str) -> tuple[int, float]:
    """Bytes of everything a page without a cache loads, and milliseconds to its first paint."""
    context = browser.new_context(viewport={"width": 1080, "height": 1920})
    page = context.new_page()
    page.goto(url, wait_until="networkidle")
    page.wait_for_function(FIRST_PAINT)
    found = int(page.evaluate(WEIGHT)), float(page.evaluate(FIRST_PAINT))
    context.close()
    return found


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


def _table(result: dict[str, Any]) -> str:
    return (
        "# The touch screen\n\n"
        f"In Debian's Chromium without a window, 1080 x 1920; {result['machine']}. First paint of "
        f"{LOADS} loads without a cache; reaction from a state in the gateway to its pixels, "
        f"{CHANGES} changes.\n\n"
        "| weight of the page | first paint, median | longest | reaction, median | 95 % | longest |"
        "\n|---|---|---|---|---|---|\n"
        f"| {result['page_bytes'] / 1000:.0f} kB | {result['first_paint_ms_median']} ms "
        f"| {result['first_paint_ms_max']} ms | {result['reaction_ms_p50']} ms "
        f"| {result['reaction_ms_p95']} ms | {result['reaction_ms_max']} ms |\n"
    )
