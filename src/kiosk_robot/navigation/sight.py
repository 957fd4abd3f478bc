"""What the lidar sees, told apart by the map: walls and furniture, and everything else.

Everything else is treated as people. A chair that was moved is gone around with the same care.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kiosk_robot.navigation.grid import OccupancyGrid
from kiosk_robot.navigation.pose import Pose

KNOWN = 0.12  # metres from something of the map: a beam that ends nearer has seen that


@dataclass(frozen=True)
class Sight:
    """Where the beams of one scan ended, n x 2 metres in the robot's frame."""

    points: NDArray[np.float64]
    is_person: NDArray[np.bool_]
    pose: Pose

    @property
    def people(self) -> NDArray[np.float64]:
        """Points of people in the robot's frame."""
        return self.points[self.is_person]

    @property
    def people_on_map(self) -> NDArray[np.float64]:
        """Points of people in the map frame."""
        return on_map(self.people, self.pose)


def look(
    ranges: NDArray[np.float64],
    first: float,
    step: float,
    nearest: float,
    farthest: float,
    pose: Pose,
    grid: OccupancyGrid,
) -> Sight:
    """Sort a scan by the map. The lidar sits in the robot's middle and looks ahead.

    `ranges` in metres; beams that hit nothing are outside (`nearest`, `farthest`) or not finite.
    `first` and `step` are the angle of the first beam and between two, radians.
    """
    hit = np.isfinite(ranges) & (ranges > nearest) & (ranges < farthest)
    angles = first + step * np.flatnonzero(hit)
    points = ranges[hit, None] * np.column_stack((np.cos(angles), np.sin(angles)))
    return Sight(points, grid.clearance_at(on_map(points, pose)) > KNOWN, pose)


def on_map(points: NDArray[np.float64], pose: Pose) -> NDArray[np.float64]:
    """Points of the robot's frame in the map frame."""
    c, s = np.cos(pose.yaw), np.sin(pose.yaw)
    turned: NDArray[np.float64] = points @ np.array([[c, s], [-s, c]]) + (pose.x, pose.y)
    return turned
