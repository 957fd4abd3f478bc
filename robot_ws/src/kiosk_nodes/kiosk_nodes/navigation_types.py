"""Navigation's messages, nav2's own where nav2 is installed, and what they are in the core."""

import math

import numpy as np
from builtin_interfaces.msg import Time
from geometry_msgs.msg import Pose as PoseMessage
from geometry_msgs.msg import PoseStamped
from nav_msgs.msg import Odometry
from rclpy.duration import Duration
from sensor_msgs.msg import LaserScan

from kiosk_robot.navigation.grid import OccupancyGrid
from kiosk_robot.navigation.pose import Pose
from kiosk_robot.navigation.sight import Sight, look
from kiosk_robot.site import Place

try:  # fields and codes are the same; the type's name decides who is understood
    from nav2_msgs.action import NavigateToPose
    from nav2_msgs.msg import SpeedLimit
except ImportError:
    from kiosk_interfaces.action import NavigateToPose
    from kiosk_interfaces.msg import SpeedLimit

__all__ = [
    "NavigateToPose", "SpeedLimit", "from_pose", "seconds_of", "to_place", "to_pose", "to_sight",
    "to_stamped",
]  # fmt: skip
NANO = 1e-9


def to_pose(message: PoseMessage) -> Pose:
    """A pose in the plane; what leans is laid flat."""
    q = message.orientation
    yaw = math.atan2(2 * (q.w * q.z + q.x * q.y), 1 - 2 * (q.y * q.y + q.z * q.z))
    return Pose(message.position.x, message.position.y, yaw)


def from_pose(pose: Pose) -> PoseMessage:
    """The other way round."""
    message = PoseMessage()
    message.position.x, message.position.y = pose.x, pose.y
    message.orientation.z, message.orientation.w = math.sin(pose.yaw / 2), math.cos(pose.yaw / 2)
    return message


def to_stamped(pose: Pose, frame: str, when: Time | None = None) -> PoseStamped:
    """A pose in a frame; without `when`, at no particular time."""
    message = PoseStamped(pose=from_pose(pose))
    message.header.frame_id = frame
    message.header.stamp = when or Time()
    return message


def to_place(place: Place) -> Pose:
    """A place of the site."""
    return Pose(place.x, place.y, math.radians(place.heading))


def to_sight(scan: LaserScan, pose: Pose, grid: OccupancyGrid) -> Sight:
    """A scan taken at `pose`, sorted by the map."""
    ranges = np.asarray(scan.ranges, dtype=float)
    return look(
        ranges, scan.angle_min, scan.angle_increment, scan.range_min, scan.range_max, pose, grid
    )


def seconds_of(message: LaserScan | Odometry | PoseStamped) -> float:
    """When it was so, in seconds of the robot's clock, simulated or not."""
    return message.header.stamp.sec + message.header.stamp.nanosec * NANO


def to_duration(seconds: float):
    """Seconds as a message."""
    return Duration(nanoseconds=round(seconds / NANO)).to_msg()
