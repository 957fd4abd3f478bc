"""Navigator and guide over real DDS, with wheels, lidar and citizens that behave in the plane."""

import math
import time

import pytest

pytest.importorskip("rclpy")

from geometry_msgs.msg import Twist
from nav_msgs.msg import Odometry
from sensor_msgs.msg import BatteryState, LaserScan
from std_msgs.msg import Bool

from kiosk_interfaces.action import Guide
from kiosk_interfaces.msg import GuideState
from kiosk_nodes.guide import BLIND, GuideNode
from kiosk_nodes.navigation_types import NavigateToPose, from_pose, to_place, to_stamped
from kiosk_nodes.navigator import NavigatorNode
from kiosk_nodes.qos import EVENT, SENSOR, STATE
from kiosk_nodes.running import steady_timer
from kiosk_robot.commands.guiding import WORLD
from kiosk_robot.config import load_site
from kiosk_robot.drivers.simulated.hall import (
    FARTHEST,
    NEAREST,
    PERIOD,
    RAYS,
    STAND,
    Hall,
    Walker,
)
from kiosk_robot.navigation.driving import Drive
from kiosk_robot.navigation.pose import Pose
from kiosk_robot.navigation.world import read_world

PLACES = load_site("cua_nam").navigation
HOME = to_place(PLACES.home)
COUNTER = to_place(PLACES.counters["4"])
FASTER = 8.0  # than a real hall


class Companion(Walker):
    """Walks after the robot, a metre behind."""

    def step(self, seconds: float, robot: Pose) -> None:
        self.way = [(robot.x - math.cos(robot.yaw), robot.y - math.sin(robot.yaw))]
        super().step(seconds, robot)


class Base:
    """The robot's wheels and lidar on the topics, in the time of the hall."""

    def __init__(self, bench, people: list[Walker]) -> None:
        self._bench = bench
        self.hall = Hall(read_world(WORLD), HOME, people)
        self.fastest = 0.0
        self.least_room = math.inf
        self._wanted = STAND
        self._now = 1.0
        peer = bench.peer
        self._odometry = peer.create_publisher(Odometry, "odom", SENSOR)
        self._scans = peer.create_publisher(LaserScan, "scan", SENSOR)
        self.emergency_stop = peer.create_publisher(Bool, "emergency_stop", STATE)
        self.bumper = peer.create_publisher(Bool, "bumper", EVENT)
        self.battery = peer.create_publisher(BatteryState, "battery_state", EVENT)
        peer.create_subscription(Twist, "cmd_vel", self._on_command, EVENT)
        self.timer = steady_timer(peer, PERIOD / FASTER, self._step)

    def _on_command(self, twist: Twist) -> None:
        self._wanted = Drive(twist.linear.x, twist.angular.z)

    def _step(self) -> None:
        hall = self.hall
        hall.step(self._wanted)
        self._now += PERIOD
        self.fastest = max(self.fastest, abs(hall.drive.speed))
        if abs(hall.drive.speed) > 0.05:
            self.least_room = min(self.least_room, hall.room())
        odometry = Odometry()
        odometry.pose.pose = from_pose(HOME.inverse().then(hall.pose))
        scan = LaserScan(
            angle_min=-math.pi,
            angle_increment=2 * math.pi / RAYS,
            range_min=NEAREST,
            range_max=FARTHEST,
            ranges=hall.scan().astype("float32"),
        )
        scan.header.stamp.sec, part = divmod(round(self._now * 1e9), 10**9)
        scan.header.stamp.nanosec = part
        odometry.header.stamp = scan.header.stamp
        self._odometry.publish(odometry)
        self._scans.publish(scan)

    def wait(self, condition, what: str) -> None:
        self._bench.wait_for(condition, what)

    def away(self, pose: Pose) -> float:
        return self.hall.pose.distance(pose)


@pytest.fixture
def base(bench):
    """Make the hall with these people in it, navigator and guide in place."""

    def make(*people: Walker) -> Base:
        made = bench.make(lambda: Base(bench, list(people)))
        bench.add(NavigatorNode())
        bench.add(GuideNode())
        states = bench.hear(GuideState, "guide/state", STATE)
        made.states = states
        made.wait(lambda: states and states[-1].base == "ready", "the wheels")
        return made

    return make


def navigate(bench, pose: Pose, feedback=None):
    return bench.send(NavigateToPose, "navigate_to_pose", feedback, pose=to_stamped(pose, "map"))


def test_it_drives_to_a_pose_and_tells_how_far_it_is(bench, base):
    hall = base()
    told = []
    handle = navigate(bench, COUNTER, lambda message: told.append(message.feedback))
    answer = bench.result(handle.get_result_async())
    assert (answer.result.error_code, answer.result.error_msg) == (0, "")
    assert hall.away(COUNTER) < 0.25
    assert abs(math.remainder(hall.hall.pose.yaw - COUNTER.yaw, math.tau)) < 0.2
    assert hall.fastest <= 0.6
    left = [feedback.distance_remaining for feedback in told]
    assert left[0] > 2.0
    assert left[-1] < left[0]


def test_a_newer_goal_ends_the_one_before(bench, base):
    hall = base()
    first = navigate(bench, COUNTER)
    second = navigate(bench, to_place(PLACES.dock))
    bench.result(first.get_result_async())
    answer = bench.result(second.get_result_async())
    assert answer.result.error_code == 0
    assert hall.away(to_place(PLACES.dock)) < 0.25


def test_a_goal_that_is_cancelled_stands_still(bench, base):
    hall = base()
    handle = navigate(bench, COUNTER)
    hall.wait(lambda: hall.hall.drive.speed > 0.3, "it to drive")
    bench.result(handle.cancel_goal_async())
    bench.result(handle.get_result_async())
    hall.wait(lambda: hall.hall.drive.speed == 0, "it to stand")
    assert hall.away(COUNTER) > 1.0


@pytest.mark.parametrize(
    ("x", "frame", "code", "words"),
    [
        (50.0, "map", 204, "no room at the goal"),
        (0.0, "odom", 9000, "frame map, not odom"),
    ],
)
def test_a_goal_that_cannot_be_gets_a_reason(bench, base, x, frame, code, words):
    base()
    goal = to_stamped(Pose(x, 0.0), frame)
    result = bench.act(NavigateToPose, "navigate_to_pose", pose=goal)
    assert result.error_code == code
    assert words in result.error_msg


# --- the guide ----------------------------------------------------------------------------------


def lead(bench, place: str, told: list | None = None, *, follow: bool = True):
    told = [] if told is None else told
    return bench.send(
        Guide, "/skill/guide", lambda m: told.append(m.feedback), place=place, follow=follow
    )


def outcome(bench, handle) -> int:
    return bench.result(handle.get_result_async()).result.error_code


def test_a_citizen_is_led_to_the_counter(bench, base):
    citizen = Companion([(HOME.x, HOME.y - 0.9)], pace=1.0)
    hall = base(citizen)
    told = []
    assert outcome(bench, lead(bench, "counter:4", told)) == Guide.Result.NONE
    assert hall.away(COUNTER) < 0.25
    assert math.dist(citizen.at, (COUNTER.x, COUNTER.y)) < 2.0
    assert "leading" in {feedback.progress for feedback in told}
    assert min(feedback.gap for feedback in told) < 2.0


def test_it_waits_for_somebody_who_is_slow(bench, base):
    citizen = Companion([(HOME.x, HOME.y - 0.9)], pace=0.12)
    hall = base(citizen)
    told = []
    handle = lead(bench, "counter:4", told)
    hall.wait(lambda: "waiting" in {f.progress for f in told}, "it to wait")
    hall.wait(lambda: hall.hall.drive.speed == 0, "it to stand")
    citizen.pace = 1.0
    assert outcome(bench, handle) == Guide.Result.NONE
    assert math.dist(citizen.at, (COUNTER.x, COUNTER.y)) < 2.0


def test_it_gives_up_on_somebody_who_does_not_come(bench, base):
    hall = base(Walker([(HOME.x, HOME.y - 0.9)], pace=1.0))
    assert outcome(bench, lead(bench, "counter:4")) == Guide.Result.FOLLOWER_LOST
    hall.wait(lambda: hall.hall.drive.speed == 0, "it to stand")
    assert hall.away(COUNTER) > 1.0
    assert outcome(bench, lead(bench, "home", follow=False)) == Guide.Result.NONE
    assert hall.away(HOME) < 0.6, "beside whoever stands there"


@pytest.mark.parametrize(
    ("topic", "code"),
    [("emergency_stop", Guide.Result.EMERGENCY_STOP), ("bumper", Guide.Result.BUMPED)],
)
def test_what_forbids_driving_ends_it_at_once(bench, base, topic, code):
    hall = base()
    handle = lead(bench, "counter:4", follow=False)
    hall.wait(lambda: hall.hall.drive.speed > 0.3, "it to drive")
    getattr(hall, topic).publish(Bool(data=True))
    assert outcome(bench, handle) == code
    hall.wait(lambda: hall.hall.drive.speed == 0, "it to stand")
    if topic == "emergency_stop":
        hall.wait(lambda: hall.states[-1].base == "stopped", "the state")
        assert outcome(bench, lead(bench, "home", follow=False)) == code
        hall.emergency_stop.publish(Bool(data=False))
        hall.wait(lambda: hall.states[-1].base == "ready", "the state")
    else:
        hall.bumper.publish(Bool(data=False))
    assert outcome(bench, lead(bench, "home", follow=False)) == Guide.Result.NONE


def test_a_low_battery_is_told_until_it_is_charged(bench, base):
    hall = base()
    for charge, told in ((0.15, "low_battery"), (0.5, "low_battery"), (0.9, "ready")):
        hall.battery.publish(BatteryState(percentage=charge))
        hall.wait(lambda told=told: hall.states[-1].base == told, told)


def test_a_place_nobody_knows_is_refused(bench, base):
    base()
    assert outcome(bench, lead(bench, "counter:9")) == Guide.Result.UNKNOWN_PLACE


def test_without_navigation_there_are_no_wheels(bench):
    bench.add(GuideNode())
    states = bench.hear(GuideState, "guide/state", STATE)
    bench.wait_for(lambda: states and states[-1].base == "no_wheels", "the state")
    assert outcome(bench, lead(bench, "home")) == Guide.Result.NO_NAVIGATION


def test_a_silent_lidar_stops_it(bench, base):
    hall = base()
    handle = lead(bench, "counter:4", follow=False)
    hall.wait(lambda: hall.hall.drive.speed > 0.3, "it to drive")
    bench.make(hall.timer.cancel)
    assert outcome(bench, handle) == Guide.Result.NO_SIGHT
    assert hall._wanted == STAND


def test_a_computer_that_was_held_up_does_not_blame_the_lidar(bench, base):
    hall = base()
    handle = lead(bench, "counter:4", follow=False)
    hall.wait(lambda: hall.hall.drive.speed > 0.3, "it to drive")
    bench.make(lambda: time.sleep(BLIND + 0.5))
    assert outcome(bench, handle) == 0
