"""The headless world on the topics that Gazebo has: what the robot's wheels, lidar and camera do.

Not a node of the robot. It takes orders from the stage (`kiosk_robot.drivers.simulated.stage`) and
needs the group `sim`.
"""

import math
import os
import time

from builtin_interfaces.msg import Time
from geometry_msgs.msg import Twist
from nav_msgs.msg import Odometry
from rclpy.node import Node
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import BatteryState, Image, LaserScan
from std_msgs.msg import Bool

from kiosk_nodes.qos import EVENT, IMAGE, SENSOR, STATE
from kiosk_nodes.running import run, steady_timer
from kiosk_robot.drivers.simulated.scene import Scene
from kiosk_robot.drivers.simulated.stage import VARIABLE, StageLine

PERIOD = 0.02  # seconds of real time between two steps
# Seconds of the simulation; behind that, it runs slower than asked for. While the robot moves, a
# step brings one scan, however slow the machine.
LONGEST_STEP = 0.2
RATES = {"odom": 30.0, "scan": 10.0, "battery_state": 1.0, "stage": 5.0}  # Hz, of the simulation
EARLY = 0.01  # seconds of the simulation by which a step may bring what is due
FRAME_PERIOD = 0.2  # seconds of real time
CMD_TIMEOUT = 0.5  # seconds of the simulation without a command until the wheels stop
# Seconds of real time that the world stands still for the answer to a scan, while the robot moves:
# a busy machine makes the simulation slower then, not the robot's reactions. Less than after which
# the guide calls the lidar silent.
ANSWER_PATIENCE = 2.0


class TwinNode(Node):
    """Steps the scene as fast as it is told, and publishes what has become of it."""

    def __init__(self) -> None:
        super().__init__("twin")
        self._scene = Scene()
        self._line = StageLine(os.environ[VARIABLE])
        self._clock = self.create_publisher(Clock, "/clock", SENSOR)
        self._odom = self.create_publisher(Odometry, "odom", SENSOR)
        self._scan = self.create_publisher(LaserScan, "scan", SENSOR)
        self._images = self.create_publisher(Image, "camera/image_raw", IMAGE)
        self._battery = self.create_publisher(BatteryState, "battery_state", STATE)
        self._bumper = self.create_publisher(Bool, "bumper", EVENT)
        self._stop = self.create_publisher(Bool, "emergency_stop", STATE)
        self.create_subscription(Twist, "cmd_vel", self._on_command, EVENT)
        self._commanded = -math.inf  # when, in the simulation
        self._moves = False  # as last commanded
        self._answer_due: float | None = None  # real time; None: nothing is waited for
        self._due = dict.fromkeys(RATES, 0.0)
        self._next_frame = 0.0
        self._before = time.monotonic()
        self._was = {"touching": False, "stopped": False}
        self._stop.publish(Bool(data=False))
        steady_timer(self, PERIOD, self._tick)

    def _on_command(self, command: Twist) -> None:
        self._commanded = self._scene.twin.now
        self._moves = command.linear.x != 0 or command.angular.z != 0
        self._answer_due = None
        self._scene.drive(command.linear.x, command.angular.z)

    def _tick(self) -> None:
        self._line.carry_out(self._carry_out)
        now = time.monotonic()
        if self._answer_due is not None and now < self._answer_due:
            return
        longest = 1.0 / RATES["scan"] if self._moves else LONGEST_STEP
        seconds = min((now - self._before) * self._scene.hurry, longest)
        self._before = now
        if self._scene.twin.now - self._commanded > CMD_TIMEOUT:
            self._moves = False
            self._scene.drive(0.0, 0.0)
        self._scene.advance(seconds)
        self._stamp = stamp(self._scene.twin.now)
        self._clock.publish(Clock(clock=self._stamp))
        self._publish_changes()
        for what, publish in (
            ("odom", self._publish_odom), ("scan", self._publish_scan),
            ("battery_state", self._publish_battery), ("stage", self._tell),
        ):  # fmt: skip
            if self._scene.twin.now >= self._due[what] - EARLY:
                self._due[what] = self._scene.twin.now + 1.0 / RATES[what]
                publish()
        if now >= self._next_frame and self._images.get_subscription_count() > 0:
            self._next_frame = now + FRAME_PERIOD
            self._publish_frame()

    def _carry_out(self, order: dict) -> None:
        try:
            self._scene.carry_out(order)
        except (KeyError, TypeError, ValueError) as error:
            self.get_logger().error(f"order {order}: {error}")

    def _tell(self) -> None:
        self._line.tell(self._scene.state())

    def _publish_changes(self) -> None:
        now = {"touching": self._scene.twin.is_touching(), "stopped": self._scene.stopped}
        if now["touching"] != self._was["touching"]:
            self._bumper.publish(Bool(data=now["touching"]))
        if now["stopped"] != self._was["stopped"]:
            self._stop.publish(Bool(data=now["stopped"]))
        self._was = now

    def _publish_odom(self) -> None:
        x, y, yaw = self._scene.odometry
        message = Odometry(child_frame_id="base_footprint")
        message.header.stamp = self._stamp
        message.header.frame_id = "odom"
        message.pose.pose.position.x, message.pose.pose.position.y = x, y
        message.pose.pose.orientation.z = math.sin(yaw / 2)
        message.pose.pose.orientation.w = math.cos(yaw / 2)
        message.twist.twist.linear.x, message.twist.twist.angular.z = self._scene.twin.speeds
        self._odom.publish(message)

    def _publish_scan(self) -> None:
        lidar = self._scene.twin.robot["sensors"]["lidar"]
        step = 2 * math.pi / lidar["rays"]
        message = LaserScan(
            angle_min=-math.pi + step / 2,
            angle_max=math.pi - step / 2,
            angle_increment=step,
            scan_time=1.0 / RATES["scan"],
            range_min=lidar["nearest"],
            range_max=lidar["farthest"],
            ranges=self._scene.twin.scan().astype("float32").tolist(),
        )
        message.header.stamp = self._stamp
        message.header.frame_id = "lidar"
        self._scan.publish(message)
        self._answer_due = time.monotonic() + ANSWER_PATIENCE if self._moves else None

    def _publish_battery(self) -> None:
        message = BatteryState(
            percentage=self._scene.battery,
            voltage=22.0 + 4.0 * self._scene.battery,
            present=True,
            power_supply_status=BatteryState.POWER_SUPPLY_STATUS_DISCHARGING,
        )
        message.header.stamp = self._stamp
        self._battery.publish(message)

    def _publish_frame(self) -> None:
        frame = self._scene.frame()
        height, width, channels = frame.shape
        message = Image(
            height=height, width=width, encoding="bgr8", step=width * channels, data=frame.tobytes()
        )
        message.header.stamp = self._stamp
        message.header.frame_id = "camera_optical_frame"
        self._images.publish(message)


def stamp(seconds: float) -> Time:
    """A ROS time."""
    whole = int(seconds)
    return Time(sec=whole, nanosec=int((seconds - whole) * 1e9))


def main() -> None:
    """Run the node."""
    run(TwinNode)


if __name__ == "__main__":
    main()
