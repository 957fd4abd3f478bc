"""Leads citizens through a hall full of people, drawn from seeds: `kiosk bench guiding`.

In the plane (hall.py): what navigator and guide decide, with wheels and lidar and no more physics.
"""

import json
import math
import platform
import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kiosk_robot.config import load_site, map_file
from kiosk_robot.drivers.simulated.hall import FARTHEST, NEAREST, PERIOD, RAYS, RUDE, Hall, Walker
from kiosk_robot.navigation.driving import STAND, Limits
from kiosk_robot.navigation.grid import OccupancyGrid
from kiosk_robot.navigation.journey import Journey, Stage
from kiosk_robot.navigation.leading import Follower, Lead
from kiosk_robot.navigation.planner import Planner
from kiosk_robot.navigation.pose import Pose
from kiosk_robot.navigation.sight import Sight, look
from kiosk_robot.navigation.world import Obstacle
from kiosk_robot.site import Place

LONGEST = 300.0  # seconds of the hall
WALKING = 1.0  # m/s of who follows at most
BEHIND = 0.9  # metres at which they follow
MOVING = 0.02  # m/s
THERE = 2.0  # metres between citizen and counter


class Companion(Walker):
    """Follows the robot, and stops to look around now and then."""

    def __init__(self, at: tuple[float, float], chance: random.Random) -> None:
        super().__init__([at], WALKING)
        self._chance = chance
        self._dawdles = 0.0  # seconds left

    def step(self, seconds: float, robot: Pose) -> None:
        """Walk up to `BEHIND` metres."""
        self._dawdles -= seconds
        if self._chance.random() < 0.01:
            self._dawdles = self._chance.uniform(1.0, 6.0)
        away = robot.x - self.at[0], robot.y - self.at[1]
        gap = math.hypot(*away)
        if self._dawdles <= 0 and gap > BEHIND:
            self.at = self.at + np.array(away) / gap * min(self.pace * seconds, gap - BEHIND)


@dataclass(frozen=True, slots=True)
class Led:
    """How one citizen was led."""

    arrived: bool
    reason: str  # why not
    seconds: float
    least_room: float  # metres to anybody, while the robot moved
    pushed: bool  # the robot's own motion touched somebody
    fastest: float  # m/s
    waits: int
    recoveries: int


def lead(
    planner: Planner, obstacles: list[Obstacle], home: Pose, counter: Pose, chance: random.Random
) -> Led:
    """One citizen, up to eight others who walk about."""
    citizen = Companion((home.x, home.y - BEHIND), chance)
    hall = Hall(obstacles, home, [citizen, *_crowd(planner, home, chance)])
    limits = Limits()
    journey = Journey(planner, counter, limits)
    follower, leading = Follower(), Lead(follow=True)
    least, fastest, waits, pushed, reason, now = math.inf, 0.0, 0, False, "", 0.0
    stood = False
    while now < LONGEST and not reason:
        sight = _look(hall, planner.grid)
        gap = follower.update(now, hall.pose, sight.people_on_map)
        pace = leading.step(now, gap, journey.report.remaining or math.inf)
        if pace.speed == 0:
            waits += not stood
            wanted, stood = STAND, True
            reason = "the citizen was lost" if pace.lost else ""
        else:
            if stood:
                journey = Journey(planner, counter, limits)
            wanted, stood = journey.step(now, sight, pace.speed), False
        before = [person.at for person in hall.people]
        hall.step(wanted)
        now += PERIOD
        fastest = max(fastest, abs(hall.drive.speed))
        if abs(hall.drive.speed) > MOVING:
            least = min(least, hall.room())
            pushed |= any(math.dist(at, (hall.pose.x, hall.pose.y)) < 0.47 for at in before)
        report = journey.report
        if report.stage == Stage.ARRIVED:
            break
        reason = reason or report.reason if report.stage == Stage.GIVEN_UP else reason
    there = math.dist(citizen.at, (counter.x, counter.y)) < THERE
    if not reason and not there:
        reason = "the citizen is elsewhere" if now < LONGEST else "took too long"
    return Led(not reason, reason, now, least, pushed, fastest, waits, journey.report.recoveries)


def _crowd(planner: Planner, home: Pose, chance: random.Random) -> list[Walker]:
    spots = [
        (x, y)
        for x, y in planner.places
        if abs(x) < 6.5 and abs(y) < 4.6 and math.dist((x, y), (home.x, home.y)) > 1.5
    ]
    return [
        Walker([chance.choice(spots) for _ in range(4)], chance.uniform(0.3, 1.3), _manners(chance))
        for _ in range(chance.randrange(9))
    ]


def _manners(chance: random.Random) -> float:
    """One in four walks right up to the robot."""
    return RUDE if chance.random() < 0.25 else chance.uniform(0.3, 0.8)


def _look(hall: Hall, grid: OccupancyGrid) -> Sight:
    step = 2 * math.pi / RAYS
    return look(hall.scan(), -math.pi, step, NEAREST, FARTHEST, hall.pose, grid)


def run(out: Path, obstacles: list[Obstacle], rehearsals: int) -> None:
    """Lead `rehearsals` citizens; writes guiding.json and guiding.md in `out`."""
    site = load_site("cua_nam")
    assert site.navigation is not None
    planner = Planner(OccupancyGrid.read(map_file(site)), Limits().radius)
    home = _pose(site.navigation.home)
    counters = [_pose(place) for place in site.navigation.counters.values()]
    began = time.process_time()
    led = []
    for seed in range(rehearsals):
        chance = random.Random(seed)  # noqa: S311  repeatable, no secret
        led.append(lead(planner, obstacles, home, chance.choice(counters), chance))
    report = _summary(led, time.process_time() - began)
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report, ensure_ascii=False, indent=2)
    (out / "guiding.json").write_text(text + "\n", encoding="utf-8")
    (out / "guiding.md").write_text(_markdown(report), encoding="utf-8")


def _pose(place: Place) -> Pose:
    return Pose(place.x, place.y, math.radians(place.heading))


def _summary(led: list[Led], cpu: float) -> dict[str, Any]:
    seconds = sum(one.seconds for one in led)
    failures = [one.reason for one in led if not one.arrived]
    return {
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "rehearsals": len(led),
        "arrived with the citizen": len(led) - len(failures),
        "gave up, and why": {reason: failures.count(reason) for reason in sorted(set(failures))},
        "ended without a word": sum(one.reason == "took too long" for one in led),
        "touched somebody": sum(one.pushed for one in led),
        "least room to anybody while moving, m": round(min(one.least_room for one in led), 2),
        "fastest, m/s": round(max(one.fastest for one in led), 3),
        "median time, s": round(float(np.median([one.seconds for one in led])), 1),
        "waits for the citizen": sum(one.waits for one in led),
        "recoveries": sum(one.recoveries for one in led),
        "hall seconds for each CPU second": round(seconds / cpu, 1),
    }


def _markdown(report: dict[str, Any]) -> str:
    rows = []
    for name, value in report.items():
        shown = value
        if isinstance(value, dict):
            shown = ", ".join(f"{reason}: {n}" for reason, n in value.items()) or "never"
        rows.append(f"| {name} | {shown} |")
    told = (
        "Citizens led from home to a counter drawn by chance, who dawdle, among none to eight"
        " people who walk about at 0.3 to 1.3 m/s. Three in four stop 0.3 to 0.8 m before the"
        " robot, one in four only 0.12 m: who is nearer than 0.3 m came there by themselves."
        " In the plane; `kiosk bench guiding`."
    )
    return "\n".join(["# Leading citizens", "", told, "", "| | |", "|---|---|", *rows]) + "\n"
