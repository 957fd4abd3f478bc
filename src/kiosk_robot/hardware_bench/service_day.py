"""A day of visits to the whole robot, nodes over DDS and the board's firmware: what grows?"""

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kiosk_robot.node_table import NODES
from kiosk_robot.robot import running_robot
from kiosk_robot.supervisor import Supervisor
from kiosk_robot.visit import Visit

# 531,269 dossiers from 1 July to 23 September 2025 in 126 wards, 59.71 % of them online: some 20
# people a ward and day who bring theirs, and as many with a question.
VISITS = 60
WARM = 15  # visits until caches are full
SPEED = 30.0  # speech, motors and pauses; what is measured is not time
CUPS = 10  # visits between two that ask for water


@dataclass(frozen=True, slots=True)
class Held:
    """What a node's process holds."""

    pid: int
    memory_kb: int
    handles: int


def measure(tell: Callable[[str], None]) -> dict[str, object]:
    """Play the day; growth of each node from the visit `WARM` to the last, in kB and handles."""
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory() as folder,
        running_robot(Path(folder), simulated=True, tell=tell, speed=SPEED, private=True) as robot,
    ):
        assert robot.devices is not None
        before: dict[str, Held] = {}
        for number in range(VISITS):
            with Visit(robot.url, robot.devices) as visit:
                _visit(visit, thirsty=number % CUPS == 0)
            if number == WARM:
                before = _held(robot.supervisor)
        after = _held(robot.supervisor)
    return {
        "visits": VISITS,
        "nodes started again": [n for n, held in before.items() if after[n].pid != held.pid],
        "growth of memory, kB": {
            n: after[n].memory_kb - held.memory_kb for n, held in before.items()
        },
        "growth of handles": {n: after[n].handles - held.handles for n, held in before.items()},
        "seconds": round(time.monotonic() - began, 1),
    }


def _visit(visit: Visit, *, thirsty: bool) -> None:
    visit.approach()
    visit.say("tôi muốn làm giấy khai sinh cho con")
    visit.say("có, cho tôi lấy số")
    if thirsty:
        visit.press("request_drink")
    visit.say("cảm ơn, tôi về đây")
    visit.say("năm điểm")
    visit.leave()
    visit.wait_for(
        lambda: not (visit.latest("state") or {}).get("session_id"), "the session to be wiped"
    )


def _held(supervisor: Supervisor) -> dict[str, Held]:
    page_kb = os.sysconf("SC_PAGE_SIZE") // 1024
    held = {}
    for node in NODES:
        pid = supervisor.pid(node.name)
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
        handles = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        held[node.name] = Held(pid, pages * page_kb, handles)
    return held
