"""Leading a citizen: where they are behind the robot, and how fast to go so that they keep up."""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from kiosk_robot.navigation.pose import Pose

APART = 0.30  # metres between neighbouring points of two different people
BROADEST = 0.9  # metres; what is broader is no single person
BESIDE = 2.0  # metres from the robot within which the citizen stands when the leading begins
TURNABOUT = 1.2  # m/s by which somebody's walk may change while they are not seen
SLACK = 0.25  # metres a person may seem to jump between two scans: legs, an arm, half a back
FASTEST_WALK = 1.5  # m/s
STEADY = 0.3  # of the newest step in what is thought to be their walk
REMEMBERED = 1.0  # seconds for which somebody who is hidden counts as where they were
SOUGHT = 2.5  # seconds for which the circle they are looked for in grows
WAITS, WAITS_LONG = 1.3, 2.0  # metres and seconds: who keeps so near to the robot follows it
COMFORTABLE = 1.4  # metres from the robot's middle: nearer than this they keep up
TOO_FAR = 2.8  # metres: the robot waits
CAUGHT_UP = 1.8  # metres: it goes on
SLOWEST = 0.2  # m/s, just before it waits
PATIENCE = 20.0  # seconds it waits before it gives up
FASTEST = 0.6  # m/s
BLOCKED = 4.0  # seconds without getting nearer until it asks for the way


class Follower:
    """Keeps its eye on one person among all the lidar sees."""

    def __init__(self) -> None:
        self._at: NDArray[np.float64] | None = None  # map frame
        self._walk = np.zeros(2)  # m/s
        self._kept_since = math.inf  # when somebody began to keep beside the robot
        self._seen = -math.inf

    def update(self, now: float, pose: Pose, people: NDArray[np.float64]) -> float:
        """The metres from the robot's middle to the citizen; infinity when they are not seen.

        `people`: n x 2 points on the map, in the order of the beams. The first to be followed is
        whoever stands nearest.
        """
        here = np.array((pose.x, pose.y))
        groups = clusters(people)
        centres = np.array([group.mean(axis=0) for group in groups]).reshape(-1, 2)
        unseen = min(now - self._seen, SOUGHT)
        if self._at is None:
            self._take(now, centres, here, BESIDE)
        else:
            wanted = self._at + self._walk * min(unseen, REMEMBERED)
            self._take(now, centres, wanted, SLACK + TURNABOUT * unseen)
        waits = self._somebody_waits(now, centres, here)
        if self._gap(now, here) < CAUGHT_UP or not waits:
            return self._gap(now, here)
        self._walk = np.zeros(2)
        self._take(now, centres, here, WAITS)
        return self._gap(now, here)

    def _gap(self, now: float, here: NDArray[np.float64]) -> float:
        if self._at is None or now - self._seen > REMEMBERED:
            return math.inf
        return float(np.hypot(*(self._at - here)))

    def _somebody_waits(
        self, now: float, centres: NDArray[np.float64], here: NDArray[np.float64]
    ) -> bool:
        """Whether somebody has kept beside the robot for a while."""
        if not len(centres) or np.hypot(*(centres - here).T).min() > WAITS:
            self._kept_since = now
        return now - self._kept_since > WAITS_LONG

    def _take(
        self, now: float, centres: NDArray[np.float64], wanted: NDArray[np.float64], within: float
    ) -> None:
        """Of the people seen, whoever is nearest to a point is who follows; if near enough."""
        away = np.hypot(*(centres - wanted).T)
        if not len(away) or away.min() > within:
            return
        at = centres[int(np.argmin(away))]
        if self._at is not None and now > self._seen:
            step = np.clip((at - self._at) / (now - self._seen), -FASTEST_WALK, FASTEST_WALK)
            self._walk = (1 - STEADY) * self._walk + STEADY * step
        self._at, self._seen = at, now


def clusters(points: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Points in the order of the beams, split where the next is `APART`; too broad ones left out.

    The last and the first beam are neighbours.
    """
    if not len(points):
        return []
    gaps = np.hypot(*(points - np.roll(points, 1, axis=0)).T) > APART
    if gaps.any():
        points = np.roll(points, -int(np.argmax(gaps)), axis=0)
        gaps = np.roll(gaps, -int(np.argmax(gaps)))
    groups = np.split(points, np.flatnonzero(gaps)[1:])
    return [g for g in groups if np.ptp(g, axis=0).max() < BROADEST]


class Progress(StrEnum):
    """What a citizen who is led can be told."""

    LEADING = "leading"
    WAITING = "waiting"  # for the citizen
    BLOCKED = "blocked"  # somebody stands in the way


@dataclass(frozen=True, slots=True)
class Pace:
    """What navigation should do: `speed` in m/s, 0 to stand."""

    speed: float
    progress: Progress
    lost: bool = False


class Lead:
    """Decides the pace. Call `step` for every scan."""

    def __init__(self, follow: bool) -> None:
        self._follow = follow
        self._waiting_since: float | None = None
        self._nearest = math.inf  # metres to the goal so far
        self._got_on: float | None = None  # when

    def step(self, now: float, gap: float, remaining: float) -> Pace:
        """`gap` to the citizen and way still `remaining`, metres."""
        if self._follow and self._waits(now, gap):
            assert self._waiting_since is not None
            self._got_on = now
            lost = now - self._waiting_since > PATIENCE
            return Pace(0.0, Progress.WAITING, lost)
        speed = pace(gap) if self._follow else FASTEST
        return Pace(
            speed, Progress.BLOCKED if self._is_blocked(now, remaining) else Progress.LEADING
        )

    def _waits(self, now: float, gap: float) -> bool:
        if gap > (TOO_FAR if self._waiting_since is None else CAUGHT_UP):
            self._waiting_since = now if self._waiting_since is None else self._waiting_since
        else:
            self._waiting_since = None
        return self._waiting_since is not None

    def _is_blocked(self, now: float, remaining: float) -> bool:
        if self._got_on is None or remaining < self._nearest - 0.05:
            self._nearest, self._got_on = remaining, now
        return now - self._got_on > BLOCKED


def pace(gap: float) -> float:
    """Metres a second at which somebody `gap` metres away keeps up: the farther, the slower."""
    share = min(max((TOO_FAR - gap) / (TOO_FAR - COMFORTABLE), 0.0), 1.0)
    return SLOWEST + (FASTEST - SLOWEST) * share


class Battery:
    """Low under one share of the charge until it is above another, so that it does not waver."""

    def __init__(self, low: float, enough: float) -> None:
        self.low = False
        self._low, self._enough = low, enough

    def update(self, charge: float) -> None:
        """`charge` in 0..1; not a number where the base does not measure it (sensor_msgs)."""
        if charge < self._low:
            self.low = True
        elif charge > self._enough:
            self.low = False
