"""Drives to a pose where there is no nav2: in the twin. The same action, so nothing above changes.

It steers at the pace of the scans and takes the time from them, so it drives the same at any speed
of the simulation.
"""

from builtin_interfaces.msg import Time
from geometry_msgs.msg import Twist
from nav_msgs.msg import Odometry
from rclpy.node import Node
from sensor_msgs.msg import LaserScan
from std_msgs.msg import Bool

from kiosk_nodes.navigation_types import (
    NavigateToPose,
    SpeedLimit,
    seconds_of,
    to_duration,
    to_place,
    to_pose,
    to_sight,
    to_stamped,
)
from kiosk_nodes.newest_goal import NewestGoal
from kiosk_nodes.node_parameters import declare, read
from kiosk_nodes.qos import EVENT, NEWEST, SENSOR, STATE
from kiosk_nodes.running import report_alive, run, steady_timer
from kiosk_robot.config import load_site, map_file
from kiosk_robot.navigation.driving import STAND, Drive, Limits
from kiosk_robot.navigation.grid import OccupancyGrid
from kiosk_robot.navigation.journey import Journey, Stage
from kiosk_robot.navigation.planner import Planner
from kiosk_robot.parameters import Navigator

MAP = "map"
BLIND = 0.5  # seconds of watching without a scan until it stands still
LOST = 5.0  # the same until the goal is given up
WATCH_PERIOD = 0.1


class NavigatorNode(Node):
    """Odometry begins at the site's `home`, where the robot is switched on."""

    def __init__(self) -> None:
        super().__init__("navigator")
        report_alive(self)
        declare(self, Navigator)
        wanted = read(self, Navigator)
        site = load_site(wanted.site)
        grid = OccupancyGrid.read(map_file(site))
        assert site.navigation is not None
        self._home = to_place(site.navigation.home)
        self._grid = grid
        self._limits = Limits(speed=wanted.max_speed)
        self._planner = Planner(grid, self._limits.radius)
        self._fastest = wanted.max_speed
        self._pose = self._home
        self._posed = Time()  # when it was there
        self._journey: Journey | None = None
        self._began = 0.0
        self._stopped = self._touching = False
        self._unseen = 0.0  # seconds it has watched since the last scan
        self._goal = NewestGoal(self)
        self._goal.serve(NavigateToPose, "navigate_to_pose", self._begin)
        self._wheels = self.create_publisher(Twist, "cmd_vel", EVENT)
        self.create_subscription(Odometry, "odom", self._on_odometry, NEWEST)
        self.create_subscription(LaserScan, "scan", self._on_scan, NEWEST)
        self.create_subscription(SpeedLimit, "speed_limit", self._on_speed_limit, EVENT)
        self.create_subscription(Bool, "emergency_stop", self._on_emergency_stop, STATE)
        self.create_subscription(Bool, "bumper", self._on_bumper, SENSOR)
        steady_timer(self, WATCH_PERIOD, self._watch)

    # --- what comes in ------------------------------------------------------------------------

    def _begin(self, request: NavigateToPose.Goal) -> None:
        frame = request.pose.header.frame_id
        if frame not in ("", MAP):
            self._end(f"poses are taken in the frame {MAP}, not {frame}")
        elif self._stopped:
            self._end("the emergency stop is pressed")
        else:
            goal = to_pose(request.pose.pose)
            self._journey = Journey(self._planner, goal, self._limits, touching=self._touching)
            self._began = 0.0

    def _on_odometry(self, odometry: Odometry) -> None:
        self._pose = self._home.then(to_pose(odometry.pose.pose))
        self._posed = odometry.header.stamp

    def _on_speed_limit(self, limit: SpeedLimit) -> None:
        share = self._limits.speed / 100.0 if limit.percentage else 1.0
        asked = limit.speed_limit * share
        self._fastest = min(asked, self._limits.speed) if asked > 0 else self._limits.speed

    def _on_emergency_stop(self, pressed: Bool) -> None:
        self._stopped = pressed.data
        if pressed.data:
            self._end("the emergency stop was pressed")

    def _on_bumper(self, touched: Bool) -> None:
        rising = touched.data and not self._touching
        self._touching = touched.data
        if rising:
            self._end("the bumper touched something")

    # --- driving ------------------------------------------------------------------------------

    def _on_scan(self, scan: LaserScan) -> None:
        self._unseen = 0.0
        if self._journey is None:
            return
        now = seconds_of(scan)
        self._began = self._began or now
        sight = to_sight(scan, self._pose, self._grid)
        self._drive(self._journey.step(now, sight, self._fastest))
        report = self._journey.report
        if report.stage == Stage.ARRIVED:
            self._end("")
        elif report.stage == Stage.GIVEN_UP:
            self._end(report.reason, report.failure)
        elif self._goal.handle is not None:
            self._goal.handle.publish_feedback(
                NavigateToPose.Feedback(
                    current_pose=to_stamped(self._pose, MAP, self._posed),
                    navigation_time=to_duration(now - self._began),
                    estimated_time_remaining=to_duration(report.remaining / self._fastest),
                    number_of_recoveries=report.recoveries,
                    distance_remaining=report.remaining,
                )
            )

    def _watch(self) -> None:
        self._unseen += WATCH_PERIOD  # counted: a computer that was held up has not been blind
        if self._goal.unwanted:
            self._end("canceled")
        elif self._journey is not None and self._unseen > LOST:
            self._end("no scans")
        elif self._journey is not None and self._unseen > BLIND:
            self._drive(STAND)

    def _drive(self, drive: Drive) -> None:
        twist = Twist()
        twist.linear.x, twist.angular.z = float(drive.speed), float(drive.turn)
        self._wheels.publish(twist)

    def _end(self, reason: str, code: int = NavigateToPose.Result.UNKNOWN) -> None:
        """Stand still and end the goal; reached when there is no reason against it."""
        self._journey = None
        self._drive(STAND)
        self._goal.finish(
            NavigateToPose.Result(error_code=int(code) if reason else 0, error_msg=reason),
            reached=not reason,
        )

    def destroy_node(self) -> None:
        """Nobody is to wait for a node that is gone."""
        self._goal.close()
        super().destroy_node()


def main() -> None:
    """Run the node."""
    run(NavigatorNode)


if __name__ == "__main__":
    main()
