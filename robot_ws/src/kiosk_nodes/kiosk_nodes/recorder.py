"""Records a rehearsal to MCAP. Not a node of the robot.

No camera and no dictation among the topics: what is personal is not recorded, not even invented.
"""

import os
import signal
import sys
from functools import partial
from pathlib import Path

from geometry_msgs.msg import Twist
from nav_msgs.msg import Odometry
from rclpy.node import Node
from rclpy.parameter import Parameter
from sensor_msgs.msg import BatteryState, LaserScan, Range
from std_msgs.msg import Bool

from kiosk_interfaces.msg import (
    ClosedCaption,
    DialogueState,
    DispenserState,
    GuideState,
    Presence,
    QueueState,
)
from kiosk_nodes.navigation_types import to_place, to_pose
from kiosk_nodes.qos import EVENT, SENSOR, STATE
from kiosk_nodes.running import run
from kiosk_robot.config import load_site
from kiosk_robot.drivers.simulated.recording import Recording

VARIABLE = "KIOSK_RECORD"  # the file to write
TOPICS = {
    "odom": (Odometry, SENSOR),
    "scan": (LaserScan, SENSOR),
    "cmd_vel": (Twist, EVENT),
    "bumper": (Bool, EVENT),
    "emergency_stop": (Bool, STATE),
    "battery_state": (BatteryState, STATE),
    "presence": (Presence, STATE),
    "dispenser/range": (Range, SENSOR),
    "dispenser/state": (DispenserState, STATE),
    "dialogue/state": (DialogueState, STATE),
    "dialogue_manager/closed_captions": (ClosedCaption, EVENT),
    "guide/state": (GuideState, STATE),
    "queue/state": (QueueState, STATE),
}


class RecorderNode(Node):
    """Raw messages go to the file as they come, at the time of the simulation."""

    def __init__(self) -> None:
        super().__init__("recorder", parameter_overrides=[Parameter("use_sim_time", value=True)])
        self._recording = Recording(Path(os.environ[VARIABLE]), Path(sys.prefix) / "share")
        site = load_site("cua_nam")
        assert site.navigation is not None
        self._home = to_place(site.navigation.home)
        for topic, (kind, qos) in TOPICS.items():
            package = kind.__module__.partition(".")[0]
            self._recording.add(f"/{topic}", f"{package}/msg/{kind.__name__}")
            self.create_subscription(kind, topic, partial(self._keep, f"/{topic}"), qos, raw=True)
        self.create_subscription(Odometry, "odom", self._place, SENSOR)

    def _now(self) -> int:
        return self.get_clock().now().nanoseconds

    def _keep(self, topic: str, data: bytes) -> None:
        self._recording.write(topic, self._now(), data)

    def _place(self, odometry: Odometry) -> None:
        here, now = to_pose(odometry.pose.pose), self._now()
        home = self._home
        self._recording.place(now, "map", "odom", home.x, home.y, home.yaw)
        self._recording.place(now, "odom", "base_footprint", here.x, here.y, here.yaw)
        self._recording.place(now, "base_footprint", "lidar", 0.0, 0.0, 0.0)

    def destroy_node(self) -> None:
        """Make the file whole; nothing may come between."""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        self._recording.__exit__(None, None, None)
        super().destroy_node()


def main() -> None:
    """Run the node."""
    run(RecorderNode)


if __name__ == "__main__":
    main()
