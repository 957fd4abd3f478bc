"""Takes the robot to places of the site, and citizens with it.

Over whatever serves `navigate_to_pose`: nav2 on the robot, the navigator in the twin. It watches
the citizen behind, asks for less speed when they fall back and stands while they are too far.
"""

import math
from collections import deque

from nav_msgs.msg import Odometry
from rclpy.action import ActionClient
from rclpy.node import Node
from sensor_msgs.msg import BatteryState, LaserScan
from std_msgs.msg import Bool

from kiosk_interfaces.action import Guide
from kiosk_interfaces.msg import GuideState
from kiosk_nodes.navigation_types import (
    NavigateToPose,
    SpeedLimit,
    seconds_of,
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
from kiosk_robot.navigation.grid import OccupancyGrid
from kiosk_robot.navigation.leading import Battery, Follower, Lead, Pace, Progress
from kiosk_robot.navigation.pose import Pose
from kiosk_robot.parameters import Guide as GuideParameters

MAP = "map"
WATCH_PERIOD = 0.2  # seconds
BLIND = 3.0  # seconds of watching without a scan until it gives up
TRACK = 60  # poses of odometry that are kept: two seconds
TELL_EVERY = 0.5  # seconds between two reports on the way, when nothing has changed
ERRORS = Guide.Result


class GuideNode(Node):
    """One goal at a time; the newest counts."""

    def __init__(self) -> None:
        super().__init__("guide")
        report_alive(self)
        declare(self, GuideParameters)
        wanted = read(self, GuideParameters)
        site = load_site(wanted.site)
        self._places = site.navigation
        self._grid = OccupancyGrid.read(map_file(site)) if site.navigation else None
        self._battery = Battery(wanted.battery_low, wanted.battery_enough)
        self._stopped = False
        self._odometry_on_map = Pose(0.0, 0.0)
        self._track = deque([(0.0, self._odometry_on_map)], maxlen=TRACK)  # odometry, and when
        self._placed = False  # whether navigation has said where the robot is on the map
        self._remaining = math.inf
        self._lead: Lead | None = None
        self._follower = Follower()
        self._target: Pose | None = None
        self._handle = None  # of the goal given to navigation
        self._asked = 0  # goals given to navigation so far; answers to older ones do not count
        self._driving = False
        self._unseen = 0.0  # seconds it has watched since the last scan
        self._told: tuple[Progress, float] | None = None
        self._goal = NewestGoal(self)
        self._goal.serve(Guide, "/skill/guide", self._begin)
        self._navigation = ActionClient(self, NavigateToPose, "navigate_to_pose")
        self._limits = self.create_publisher(SpeedLimit, "speed_limit", EVENT)
        self._states = self.create_publisher(GuideState, "guide/state", STATE)
        self.create_subscription(Odometry, "odom", self._on_odometry, SENSOR)
        self.create_subscription(LaserScan, "scan", self._on_scan, NEWEST)
        self.create_subscription(Bool, "emergency_stop", self._on_emergency_stop, STATE)
        self.create_subscription(Bool, "bumper", self._on_bumper, SENSOR)
        self.create_subscription(BatteryState, "battery_state", self._on_battery, SENSOR)
        self._base = ""
        steady_timer(self, WATCH_PERIOD, self._watch)
        self._publish_state()

    # --- the goal -----------------------------------------------------------------------------

    def _begin(self, request: Guide.Goal) -> None:
        place = self._places.place(request.place) if self._places else None
        if place is None:
            self._end(ERRORS.UNKNOWN_PLACE, f"no place {request.place!r} in the site's file")
        elif self._stopped:
            self._end(ERRORS.EMERGENCY_STOP, "the emergency stop is pressed")
        elif not self._navigation.server_is_ready():
            self._end(ERRORS.NO_NAVIGATION, "nobody serves navigate_to_pose")
        else:
            self._target = to_place(place)
            self._lead, self._follower = Lead(follow=request.follow), Follower()
            self._remaining, self._told = math.inf, None
            self._unseen = 0.0
            self._drive_on()

    def _end(self, code: int, reason: str = "") -> None:
        self._stand()
        self._lead = self._target = None
        if reason:
            self.get_logger().info(f"did not get there: {reason}")
        self._goal.finish(Guide.Result(error_code=code, error_msg=reason), reached=code == 0)

    # --- navigation ---------------------------------------------------------------------------

    def _drive_on(self) -> None:
        assert self._target is not None
        self._driving = True
        self._asked += 1
        number = self._asked
        pose = to_stamped(self._target, MAP)
        pose.header.stamp = self.get_clock().now().to_msg()
        sent = self._navigation.send_goal_async(
            NavigateToPose.Goal(pose=pose),
            lambda message: self._on_feedback(number, message.feedback),
        )
        sent.add_done_callback(lambda future: self._on_accepted(number, future.result()))

    def _stand(self) -> None:
        self._driving = False
        self._asked += 1
        if self._handle is not None:
            self._handle.cancel_goal_async()
            self._handle = None

    def _on_accepted(self, number: int, handle) -> None:
        if number != self._asked:
            if handle.accepted:
                handle.cancel_goal_async()
        elif not handle.accepted:
            self._end(ERRORS.NO_NAVIGATION, "navigation takes no goal")
        else:
            self._handle = handle
            handle.get_result_async().add_done_callback(
                lambda future: self._on_result(number, future.result().result)
            )

    def _on_result(self, number: int, result: NavigateToPose.Result) -> None:
        if number != self._asked:
            return
        self._handle = None
        if result.error_code or result.error_msg:
            self._end(ERRORS.BLOCKED, f"navigation: {result.error_msg} ({result.error_code})")
        else:
            self._end(ERRORS.NONE)

    def _on_feedback(self, number: int, feedback: NavigateToPose.Feedback) -> None:
        if number == self._asked:
            self._remaining = feedback.distance_remaining
            here = feedback.current_pose
            self._place_on_map(to_pose(here.pose), seconds_of(here))

    def _place_on_map(self, here: Pose, when: float) -> None:
        """Keep where odometry begins, so that the place is known between two words of nav2.

        Against the odometry of that moment: a later one of a robot that turns would turn the map,
        and make people of its walls.
        """
        _, then = min(reversed(self._track), key=lambda one: abs(one[0] - when))
        self._odometry_on_map = here.then(then.inverse())
        self._placed = True

    # --- what is seen -------------------------------------------------------------------------

    def _on_odometry(self, odometry: Odometry) -> None:
        self._track.append((seconds_of(odometry), to_pose(odometry.pose.pose)))

    def _on_scan(self, scan: LaserScan) -> None:
        self._unseen = 0.0
        if self._lead is None or not self._placed or self._grid is None:
            return
        now = seconds_of(scan)
        _, odometry = self._track[-1]
        pose = self._odometry_on_map.then(odometry)
        sight = to_sight(scan, pose, self._grid)
        gap = self._follower.update(now, pose, sight.people_on_map)
        pace = self._lead.step(now, gap, self._remaining)
        self._tell(now, gap, pace)
        if pace.lost:
            self._end(ERRORS.FOLLOWER_LOST, "the citizen does not come along")
        elif pace.speed == 0 and self._driving:
            self._stand()
        elif pace.speed > 0:
            self._limits.publish(SpeedLimit(speed_limit=pace.speed))
            if not self._driving:
                self._drive_on()

    def _tell(self, now: float, gap: float, pace: Pace) -> None:
        if self._told and self._told[0] == pace.progress and now - self._told[1] < TELL_EVERY:
            return
        self._told = (pace.progress, now)
        if self._goal.handle is not None:
            self._goal.handle.publish_feedback(
                Guide.Feedback(
                    progress=pace.progress,
                    gap=gap if math.isfinite(gap) else math.nan,
                    distance_remaining=self._remaining,
                )
            )

    # --- what forbids it ----------------------------------------------------------------------

    def _on_emergency_stop(self, pressed: Bool) -> None:
        self._stopped = pressed.data
        if pressed.data:
            self._end(ERRORS.EMERGENCY_STOP, "the emergency stop was pressed")
        self._publish_state()

    def _on_bumper(self, touched: Bool) -> None:
        if touched.data and self._lead is not None:
            self._end(ERRORS.BUMPED, "the bumper touched something")

    def _on_battery(self, battery: BatteryState) -> None:
        self._battery.update(battery.percentage)
        self._publish_state()

    def _watch(self) -> None:
        self._publish_state()
        self._unseen += WATCH_PERIOD  # counted: a computer that was held up has not been blind
        if self._goal.unwanted:
            self._end(ERRORS.CANCELED, "canceled")
        elif self._lead is not None and self._unseen > BLIND:
            self._end(ERRORS.NO_SIGHT, "the lidar is silent")
        elif self._driving and not self._navigation.server_is_ready():
            self._end(ERRORS.NO_NAVIGATION, "navigation is gone")

    def _publish_state(self) -> None:
        if self._places is None or not self._navigation.server_is_ready():
            base = GuideState.NO_WHEELS
        elif self._stopped:
            base = GuideState.STOPPED
        else:
            base = GuideState.LOW_BATTERY if self._battery.low else GuideState.READY
        if base != self._base:
            self._base = base
            state = GuideState(base=base)
            state.header.stamp = self.get_clock().now().to_msg()
            self._states.publish(state)

    def destroy_node(self) -> None:
        """Nobody is to wait for a node that is gone."""
        self._goal.close()
        super().destroy_node()


def main() -> None:
    """Run the node."""
    run(GuideNode)


if __name__ == "__main__":
    main()
