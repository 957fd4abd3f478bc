"""Binds Gazebo to the simulated devices, over bridged topics.

Not a node of the robot. What stands before the range sensor goes to the dispenser's board, what its
motor drops falls from the chute. Citizen and card go where `simulation/citizen/goal_pose` and
`simulation/card/goal_pose` send them.
"""

import math
import os

from geometry_msgs.msg import PoseStamped, Twist
from nav_msgs.msg import Odometry
from rclpy.node import Node
from sensor_msgs.msg import LaserScan
from std_msgs.msg import Empty

from kiosk_nodes.qos import EVENT, SENSOR
from kiosk_nodes.running import run, steady_timer
from kiosk_robot.drivers.simulated.stage import VARIABLE, StageLine

PERIOD = 0.05  # seconds
GAIN = 2.0  # metres a second for each metre that is missing
FASTEST = {"citizen": 1.2, "card": 0.6}  # m/s
ARRIVED = 0.03  # metres


class GazeboNode(Node):
    """Card and citizen are pushed to where they should be; the robot is Gazebo's own affair."""

    def __init__(self) -> None:
        super().__init__("gazebo")
        self._line = StageLine(os.environ[VARIABLE])
        self._range: float | None = None
        self._goals: dict[str, PoseStamped] = {}
        self._movers = {}
        for name in FASTEST:
            topic = f"simulation/{name}"
            self._movers[name] = self.create_publisher(Twist, f"{topic}/cmd_vel", EVENT)
            self.create_subscription(
                Odometry, f"{topic}/odom", lambda odom, who=name: self._move(who, odom), SENSOR
            )
            self.create_subscription(
                PoseStamped,
                f"{topic}/goal_pose",
                lambda goal, who=name: self._goals.update({who: goal}),
                EVENT,
            )
        self._drops = {
            item: self.create_publisher(Empty, f"simulation/drop_{item}", EVENT)
            for item in ("water", "candy")
        }
        self.create_subscription(LaserScan, "simulation/range", self._on_range, SENSOR)
        steady_timer(self, PERIOD, self._tick)

    def _tick(self) -> None:
        self._line.carry_out(self._carry_out)
        self._line.tell({"range": self._range})

    def _on_range(self, scan: LaserScan) -> None:
        near = min((r for r in scan.ranges if scan.range_min < r < scan.range_max), default=None)
        self._range = near

    def _carry_out(self, order: dict) -> None:
        for name, what in order.items():
            if name == "drop":
                self._drops[what["item"]].publish(Empty())
            else:
                self.get_logger().warning(f"Gazebo has no order {name!r}")

    def _move(self, name: str, odometry: Odometry) -> None:
        """One step towards the goal. Velocities are told in the body's own frame."""
        twist = Twist()
        if name in self._goals:
            goal, here = self._goals[name].pose.position, odometry.pose.pose
            x, y = goal.x - here.position.x, goal.y - here.position.y
            z = goal.z - here.position.z if name == "card" else 0.0
            far = math.hypot(x, y, z)
            pace = min(GAIN, FASTEST[name] / far) if far > ARRIVED else 0.0
            yaw = 2 * math.atan2(here.orientation.z, here.orientation.w)
            twist.linear.x = pace * (math.cos(yaw) * x + math.sin(yaw) * y)
            twist.linear.y = pace * (math.cos(yaw) * y - math.sin(yaw) * x)
            twist.linear.z = pace * z
        self._movers[name].publish(twist)


def main() -> None:
    """Run the node."""
    run(GazeboNode)


if __name__ == "__main__":
    main()
