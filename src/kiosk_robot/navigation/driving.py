"""How fast to drive and where to steer: pure pursuit under a speed the robot can always stop from.

Pure pursuit: R. C. Coulter, "Implementation of the Pure Pursuit Path Tracking Algorithm", 1992.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kiosk_robot.navigation.pose import Pose
from kiosk_robot.navigation.sight import Sight

KEEP_AWAY = 0.30  # metres between the robot's edge and a person it may not drive nearer
KEEP_OFF = 0.03  # the same for walls and furniture
REACTION = 0.25  # seconds from a scan to the wheels
APPROACH = (0.5, 1.0)  # m/s a person may come at the robot: from the side, from ahead
BESIDE = math.cos(math.radians(70))  # of the bearing: driving ahead brings one hardly nearer
DIRECTIONS = 24  # looked at for a way out
CREEP = 0.15  # m/s
LOOK_AHEAD = 0.5  # metres along the way to the point that is steered at
TURN_ON_THE_SPOT = math.radians(50)  # more than this off the way: turn before driving
TURN_GAIN = 2.5  # radians a second for each radian off


@dataclass(frozen=True, slots=True)
class Limits:
    """What the robot can do. Metres, seconds, radians."""

    radius: float = 0.26
    speed: float = 0.6
    acceleration: float = 0.8
    turn: float = 1.2


@dataclass(frozen=True, slots=True)
class Drive:
    """A speed ahead in m/s and a turn to the left in rad/s."""

    speed: float = 0.0
    turn: float = 0.0


STAND = Drive()


def safe_speed(sight: Sight, limits: Limits) -> float:
    """The fastest the robot may drive ahead, m/s, with what stands and walks before it.

    As if everybody in the half-plane ahead came at it, it could stop `KEEP_AWAY` before them, and
    before furniture in its own track `KEEP_OFF`. Past those it would pass at that distance, or who
    are beside it, it may creep: at that speed it stops within 5 cm should they come at it.
    """
    speed = limits.speed
    people = sight.people
    people = people[people[:, 0] > 0]
    if len(people):
        away = np.hypot(*people.T)
        towards = people[:, 0] / away
        side, ahead = APPROACH
        coming = side + (ahead - side) * towards
        room = away - limits.radius - KEEP_AWAY
        allowed = _stoppable(room, coming, limits.acceleration)
        passes = np.abs(people[:, 1]) > limits.radius + KEEP_AWAY
        allowed = np.where(passes | (towards < BESIDE), np.maximum(allowed, CREEP), allowed)
        speed = min(speed, float(allowed.min()))
    things = sight.points[~sight.is_person]
    x, y = things[:, 0], things[:, 1]
    reach = limits.radius + KEEP_OFF
    in_track = (x > 0) & (np.abs(y) < reach)
    if in_track.any():
        room = x[in_track] - np.sqrt(reach**2 - y[in_track] ** 2)
        still = np.zeros(len(room))
        speed = min(speed, float(_stoppable(room, still, limits.acceleration).min()))
    return speed


def way_out(sight: Sight, limits: Limits) -> float | None:
    """The turn, in radians, to the direction with most room that leads away from everybody near.

    None where there is no such direction.
    """
    best: tuple[float, float] | None = None
    for turn in np.linspace(-math.pi, math.pi, DIRECTIONS, endpoint=False):
        c, s = math.cos(turn), math.sin(turn)
        points = sight.points @ np.array([[c, -s], [s, c]])
        ahead, away = points[:, 0] > 0, np.hypot(*points.T)
        if (ahead & sight.is_person & (away < limits.radius + KEEP_AWAY)).any():
            continue
        in_track = ahead & (np.abs(points[:, 1]) < limits.radius + KEEP_OFF)
        room = float(points[in_track, 0].min(initial=LOOK_AHEAD * 4))
        if room > limits.radius + KEEP_AWAY and (best is None or room > best[0]):
            best = (room, float(turn))
    return best[1] if best else None


def _stoppable(
    room: NDArray[np.float64], coming: NDArray[np.float64], brake: float
) -> NDArray[np.float64]:
    """Greatest v with v*r + v*v/2a + c*(r + v/a) <= room; 0 where there is none."""
    b = REACTION + coming / brake
    left = np.maximum(room - coming * REACTION, 0.0)
    speed: NDArray[np.float64] = brake * (np.sqrt(b * b + 2 * left / brake) - b)
    return speed


def pursue(way: NDArray[np.float64], pose: Pose, fastest: float, limits: Limits) -> Drive:
    """Steer along the way (n x 2 points, the part already driven left out)."""
    target, left = _ahead(way, pose)
    off = math.atan2(target[1] - pose.y, target[0] - pose.x) - pose.yaw
    off = (off + math.pi) % (2 * math.pi) - math.pi
    if abs(off) > TURN_ON_THE_SPOT:
        return turn_by(off, limits)
    reach = max(math.hypot(target[0] - pose.x, target[1] - pose.y), 0.05)
    curvature = 2.0 * math.sin(off) / reach
    speed = min(fastest, limits.speed, math.sqrt(2 * 0.5 * limits.acceleration * max(left, 0.0)))
    if abs(curvature) * speed > limits.turn:
        speed = limits.turn / abs(curvature)
    return Drive(speed, speed * curvature)


def turn_by(angle: float, limits: Limits) -> Drive:
    """Turn on the spot."""
    return Drive(0.0, max(-limits.turn, min(limits.turn, TURN_GAIN * angle)))


def approach(now: Drive, wanted: Drive, seconds: float, limits: Limits) -> Drive:
    """The next command on the way from one speed to another, no harder than the wheels can."""
    step = limits.acceleration * seconds
    speed = max(now.speed - step, min(now.speed + step, wanted.speed))
    return Drive(speed, wanted.turn)


def _ahead(way: NDArray[np.float64], pose: Pose) -> tuple[NDArray[np.float64], float]:
    """The point `LOOK_AHEAD` along the way, and the metres left to its end."""
    lengths = np.hypot(*np.diff(way, axis=0).T) if len(way) > 1 else np.zeros(0)
    left = float(lengths.sum()) + math.hypot(way[0, 0] - pose.x, way[0, 1] - pose.y)
    far = np.concatenate(([0.0], np.cumsum(lengths)))
    at = int(np.searchsorted(far, LOOK_AHEAD))
    return way[min(at, len(way) - 1)], left
