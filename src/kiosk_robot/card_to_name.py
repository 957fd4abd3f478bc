"""`kiosk bench card`: from a card held to the camera until the robot speaks its holder's name.

Through all nodes, each a process, with simulated devices: camera at its own rate, frames over DDS,
decoder, dialogue, voice. The time ends where the sentence with the name begins to sound.
"""

import json
import os
import platform
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from kiosk_robot.dialogue.politeness import Address
from kiosk_robot.dialogue.sentences import Sentences
from kiosk_robot.drivers.simulated.citizens import invented_payload
from kiosk_robot.robot import running_robot
from kiosk_robot.visit import Message, Visit, VisitError

SHOWS = 25
TAKING_IT_OUT = 1.0  # seconds, and up to one more, until the card is before the camera
PATIENCE = 20.0  # seconds for a greeting
SPEED = 4.0  # of simulated speech; synthesis, which is timed, is not simulated


def run(out: Path, tell: Callable[[str], None], shows: int = SHOWS) -> dict[str, Any]:
    """Show `shows` cards to a robot; card_to_name.json and .md into `out`.

    Returns what was written.

    :raises VisitError: the robot did not greet somebody.
    """
    ear = _Ear()
    with (
        tempfile.TemporaryDirectory() as folder,
        running_robot(Path(folder), simulated=True, tell=tell, speed=SPEED, private=True) as robot,
    ):
        assert robot.devices is not None
        with Visit(robot.url, robot.devices, ear.hear) as visit:
            visit.approach()
            seconds = [_show(visit, invented_payload(seed), ear) for seed in range(shows)]
    report = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores,"
        f" load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}",
        "shows": shows,
        "seconds_p50": round(float(np.percentile(seconds, 50)), 3),
        "seconds_p95": round(float(np.percentile(seconds, 95)), 3),
        "seconds_max": round(max(seconds), 3),
    }
    out.mkdir(parents=True, exist_ok=True)
    (out / "card_to_name.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    (out / "card_to_name.md").write_text(_markdown(report), encoding="utf-8")
    return report


class _Ear:
    """Notes when a sentence with a name begins to sound."""

    def __init__(self) -> None:
        self.named: list[float] = []
        self._name = Sentences.load("vi").text("name_on_card", Address())
        self._greeted = False

    def hear(self, message: Message) -> None:
        if message["type"] == "caption" and message["who"] == "robot":
            self._greeted = self._name in message["text"]
        elif message["type"] == "speaking" and message["speaking"] and self._greeted:
            self.named.append(time.monotonic())
            self._greeted = False


def _show(visit: Visit, payload: str, ear: _Ear) -> float:
    """Seconds from one card to its holder's name."""
    visit.say("đọc thẻ căn cước giúp tôi")
    visit.wait_quiet()
    visit.devices.say("đồng ý")
    visit.wait_for(lambda: (visit.latest("state") or {}).get("phase") == "scanning", "the scan")
    time.sleep(TAKING_IT_OUT + random.random())  # noqa: S311  no secret
    named = len(ear.named)
    visit.devices.show_card(payload)
    shown = time.monotonic()
    deadline = shown + PATIENCE
    while len(ear.named) == named:
        if time.monotonic() > deadline:
            raise VisitError(f"no greeting by name in {PATIENCE:.0f} s")
        time.sleep(0.002)
    visit.devices.hide_card()
    visit.wait_quiet()
    return ear.named[-1] - shown


def _markdown(report: dict[str, Any]) -> str:
    return (
        "# From the card to the name\n\n"
        f"{report['shows']} cards held to a simulated camera of 10 frames a second, all nodes as"
        f" processes; {report['machine']}.\n\n"
        "| median | 95 % | longest |\n|---|---|---|\n"
        f"| {report['seconds_p50']:.2f} s | {report['seconds_p95']:.2f} s"
        f" | {report['seconds_max']:.2f} s |\n"
    )
