"""`kiosk bench simulation`: cards read from rendered frames, and a hundred citizens led."""

import json
import math
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

import numpy as np

from kiosk_robot.catalogue.model import CounterGroup
from kiosk_robot.config import load_site
from kiosk_robot.demo import CARD
from kiosk_robot.drivers.qr import QrReader
from kiosk_robot.drivers.simulated.scene import Scene
from kiosk_robot.navigation.journey import Stage
from kiosk_robot.rehearsal.leading import Guiding

POSES, REHEARSALS = 200, 100
DISTANCES = (0.5, 0.8)  # metres from the lens
ANGLE = math.radians(20)  # to either side, about each of the three axes
GROUPS: tuple[CounterGroup, ...] = get_args(CounterGroup)
ARRIVED = Stage.ARRIVED
SEED = 20250701


def run(out: Path, tell: Callable[[str], None]) -> None:
    """Write simulation.json and simulation.md to `out`."""
    load = os.getloadavg()[0]
    scene = Scene()
    cards = _read_cards(scene)
    tell(f"cards read: {cards['read']} of {cards['poses']}")
    walks = _lead_citizens(scene, tell)
    figures = {"load_at_start": round(load, 1), "cards": cards, "leading": walks}
    out.mkdir(parents=True, exist_ok=True)
    (out / "simulation.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    (out / "simulation.md").write_text(_table(figures), encoding="utf-8")


def _read_cards(scene: Scene) -> dict[str, Any]:
    chance = np.random.default_rng(SEED)
    seconds, read = [], 0
    missed = []
    for _ in range(POSES):
        turn, tilt, lean = chance.uniform(-ANGLE, ANGLE, 3)
        pose = {"distance": chance.uniform(*DISTANCES), "turn": turn, "tilt": tilt, "lean": lean}
        scene.order_card(**pose)
        began = time.perf_counter()
        frame = scene.twin.frame()
        seconds.append(time.perf_counter() - began)
        payloads = [code.payload.decode(errors="replace") for code in QrReader().read(frame).codes]
        read += CARD in payloads
        if CARD not in payloads:
            missed.append({name: round(float(value), 3) for name, value in pose.items()})
    scene.order_no_card()
    return {
        "poses": POSES,
        "read": read,
        "frame_ms": round(1000 * statistics.median(seconds)),
        "missed": missed,
    }


def _lead_citizens(scene: Scene, tell: Callable[[str], None]) -> dict[str, Any]:
    site = load_site("cua_nam")
    guiding = Guiding(site)
    began, before = time.monotonic(), scene.twin.now
    walks = []
    for number in range(REHEARSALS):
        chance = np.random.default_rng((SEED, number))
        group = GROUPS[chance.integers(len(GROUPS))]
        walks.append(guiding.lead(scene, site.counter_for(group).number, chance))
        if number % 10 == 9:
            tell(f"{number + 1} led, nearest {min(walk.nearest for walk in walks):.2f} m")
    return {
        "rehearsals": len(walks),
        "collisions": sum(walk.touched or walk.nearest <= 0 for walk in walks),
        "stuck": sum(walk.ended != ARRIVED for walk in walks),
        "at_the_right_counter": sum(walk.followed for walk in walks),
        "nearest_m": round(min(walk.nearest for walk in walks), 3),
        "median_took_s": round(statistics.median(walk.took for walk in walks), 1),
        "real_time_factor": round((scene.twin.now - before) / (time.monotonic() - began), 1),
        "not_as_it_should": [
            asdict(walk)
            for walk in walks
            if walk.touched or walk.ended != ARRIVED or not walk.followed
        ],
    }


def _table(figures: dict[str, Any]) -> str:
    cards, walks = figures["cards"], figures["leading"]
    rows = {
        "cards read from rendered frames (0.5-0.8 m, 20 degrees about each axis)": (
            f"{cards['read']} of {cards['poses']}"
        ),
        "a rendered frame of 1920x1080, median": f"{cards['frame_ms']} ms",
        "citizens led to a counter among 0-4 passers-by": walks["rehearsals"],
        "collisions": walks["collisions"],
        "nearest to a person": f"{walks['nearest_m']:.2f} m",
        "did not arrive": walks["stuck"],
        "citizen at the right counter": walks["at_the_right_counter"],
        "median time of a walk, simulated": f"{walks['median_took_s']} s",
        "real-time factor": walks["real_time_factor"],
    }
    return "\n".join(
        [
            "# The headless twin",
            "",
            "`kiosk bench simulation`: contact, camera and lidar are the twin's; guiding runs in"
            " the same process, without ROS. Times were taken at a load of"
            f" {figures['load_at_start']}.",
            "",
            "| what | |",
            "| --- | --- |",
            *(f"| {what} | {value} |" for what, value in rows.items()),
            "",
        ]
    )
