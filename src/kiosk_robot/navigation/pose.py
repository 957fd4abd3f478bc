"""Where the robot is: the plane of the hall."""

import math
from dataclasses import dataclass

Point = tuple[float, float]
"""Metres in the map frame."""


@dataclass(frozen=True, slots=True)
class Pose:
    """Metres and radians, REP-103: x ahead, y to the left, yaw counter-clockwise from x."""

    x: float
    y: float
    yaw: float = 0.0

    def then(self, step: "Pose") -> "Pose":
        """The pose that is `step` as seen from here."""
        c, s = math.cos(self.yaw), math.sin(self.yaw)
        return Pose(
            self.x + c * step.x - s * step.y,
            self.y + s * step.x + c * step.y,
            wrap(self.yaw + step.yaw),
        )

    def inverse(self) -> "Pose":
        """The step that leads back: `pose.then(pose.inverse())` is the origin."""
        c, s = math.cos(self.yaw), math.sin(self.yaw)
        return Pose(-c * self.x - s * self.y, s * self.x - c * self.y, -self.yaw)

    def distance(self, other: "Pose") -> float:
        """Metres as the crow flies."""
        return math.hypot(other.x - self.x, other.y - self.y)


def wrap(angle: float) -> float:
    """The same angle in [-pi, pi)."""
    return (angle + math.pi) % (2 * math.pi) - math.pi
