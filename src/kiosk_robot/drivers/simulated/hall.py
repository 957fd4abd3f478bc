"""A hall in the plane: walls, people who walk about, and the robot's wheels and lidar among them.

For tests and figures of guiding: thousands of scans a second and no physics but the wheels'. The
headless twin has the same robot with physics and a camera.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kiosk_robot.navigation.driving import STAND, Drive, Limits, approach
from kiosk_robot.navigation.pose import Point, Pose, wrap
from kiosk_robot.navigation.world import Obstacle

RAYS, NEAREST, FARTHEST = 360, 0.05, 12.0
LIDAR_HEIGHT = 0.235  # metres
PERIOD = 0.1  # seconds between two scans
ROBOT_RADIUS = 0.25  # metres
PERSON_RADIUS = 0.22
RUDE = 0.12  # metres before the robot at which somebody who walks stops, at the least
PATIENCE = 3.0  # seconds until they go somewhere else


@dataclass
class Walker:
    """Somebody who walks from one point to the next and starts again; `pace` in m/s."""

    way: list[Point]
    pace: float
    manners: float = RUDE  # metres
    at: NDArray[np.float64] = field(init=False)
    _next: int = 0
    _stood: float = 0.0  # seconds

    def __post_init__(self) -> None:
        self.at = np.array(self.way[0], dtype=float)

    def step(self, seconds: float, robot: Pose) -> None:
        """Walk on; nobody walks into a robot that stands before them."""
        target = np.array(self.way[self._next % len(self.way)])
        left = float(np.hypot(*(target - self.at)))
        if left < 0.1:
            self._next += 1
            return
        moved = self.at + (target - self.at) / left * min(self.pace * seconds, left)
        gap, before = (math.dist(at, (robot.x, robot.y)) for at in (moved, self.at))
        if gap > PERSON_RADIUS + ROBOT_RADIUS + self.manners or gap > before:
            self.at, self._stood = moved, 0.0
            return
        self._stood += seconds
        if self._stood > PATIENCE:
            self._next, self._stood = self._next + 1, 0.0


class Hall:
    """What is true, as opposed to what the robot knows of it."""

    def __init__(self, obstacles: list[Obstacle], pose: Pose, people: list[Walker]) -> None:
        self.pose = pose
        self.people = people
        self.drive = STAND
        self._limits = Limits()
        self._walls = np.array(
            [
                (*a, *b)
                for o in obstacles
                if o.bottom < LIDAR_HEIGHT < o.top
                for a, b in zip(o.outline, (*o.outline[1:], o.outline[0]), strict=True)
            ]
        )

    def step(self, wanted: Drive) -> None:
        """Let `PERIOD` seconds pass; the wheels follow the command as fast as they can."""
        self.drive = approach(self.drive, wanted, PERIOD, self._limits)
        turn = self.drive.turn * PERIOD
        way = self.drive.speed * PERIOD
        self.pose = self.pose.then(
            Pose(way * math.cos(turn / 2), way * math.sin(turn / 2), wrap(turn))
        )
        for person in self.people:
            person.step(PERIOD, self.pose)

    def scan(self) -> NDArray[np.float64]:
        """Metres along each of `RAYS` beams, the first straight back; infinity where nothing is."""
        angles = self.pose.yaw - math.pi + 2 * math.pi * np.arange(RAYS) / RAYS
        beams = np.column_stack((np.cos(angles), np.sin(angles)))
        here = np.array((self.pose.x, self.pose.y))
        ranges = np.minimum(_to_walls(beams, here, self._walls), self._to_people(beams, here))
        return np.where(ranges < FARTHEST, ranges, np.inf)

    def _to_people(
        self, beams: NDArray[np.float64], here: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        nearest = np.full(len(beams), np.inf)
        for person in self.people:
            towards = person.at - here
            along = beams @ towards
            inside = PERSON_RADIUS**2 - (towards @ towards - along**2)
            hit = (inside >= 0) & (along > 0)
            nearest[hit] = np.minimum(nearest[hit], along[hit] - np.sqrt(inside[hit]))
        return nearest

    def room(self) -> float:
        """Metres between the robot's edge and the nearest person; infinity when nobody is there."""
        away = [math.dist(p.at, (self.pose.x, self.pose.y)) for p in self.people]
        return min(away, default=math.inf) - PERSON_RADIUS - ROBOT_RADIUS

    def room_to_walls(self) -> float:
        """Metres between the robot's edge and the nearest wall or piece of furniture."""
        start, end = self._walls[:, :2], self._walls[:, 2:]
        along = end - start
        here = np.array((self.pose.x, self.pose.y))
        share = ((here - start) * along).sum(axis=1) / (along**2).sum(axis=1)
        foot = start + np.clip(share, 0, 1)[:, None] * along
        return float(np.hypot(*(here - foot).T).min()) - ROBOT_RADIUS


def _to_walls(
    beams: NDArray[np.float64], here: NDArray[np.float64], walls: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Metres along each beam to the first wall."""
    start, along = walls[:, :2] - here, walls[:, 2:] - walls[:, :2]
    cross = beams[:, :1] * along[:, 1] - beams[:, 1:] * along[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        far = (start[:, 0] * along[:, 1] - start[:, 1] * along[:, 0]) / cross
        share = (start[:, 0] * beams[:, 1:] - start[:, 1] * beams[:, :1]) / cross
        hit = (far > 0) & (share >= 0) & (share <= 1)
    nearest: NDArray[np.float64] = np.where(hit, far, np.inf).min(axis=1)
    return nearest
