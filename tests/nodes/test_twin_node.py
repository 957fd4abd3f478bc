"""The headless hall on its topics: what the wheels are told is seen by odometry and lidar."""

import pytest

pytest.importorskip("rclpy")
pytest.importorskip("pydrake", reason="needs the group `sim` (`make sim`)")

from geometry_msgs.msg import Twist
from nav_msgs.msg import Odometry
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import Image, LaserScan
from std_msgs.msg import Bool

from kiosk_nodes.qos import EVENT, IMAGE, SENSOR, STATE
from kiosk_nodes.twin import TwinNode
from kiosk_robot.drivers.simulated.devices import SimulatedDevices
from kiosk_robot.drivers.simulated.stage import VARIABLE, Stage


@pytest.fixture
def stage(tmp_path, monkeypatch):
    with SimulatedDevices(tmp_path) as devices, Stage(tmp_path / "stage", devices) as stage:
        monkeypatch.setenv(VARIABLE, str(tmp_path / "stage"))
        yield stage


@pytest.fixture
def heard(bench, stage):
    """The newest message of each topic of the hall."""
    newest = {}
    topics = {"/clock": (Clock, SENSOR), "odom": (Odometry, SENSOR), "scan": (LaserScan, SENSOR),
              "emergency_stop": (Bool, STATE)}  # fmt: skip
    for topic, (kind, qos) in topics.items():
        bench.make(
            lambda topic=topic, kind=kind, qos=qos: bench.peer.create_subscription(
                kind, topic, lambda message: newest.update({topic: message}), qos
            )
        )
    bench.add(TwinNode())
    stage.order("begin")
    bench.wait_for(lambda: len(newest) == len(topics), "every topic")
    return newest


def test_the_hall_answers_on_its_topics(bench, stage, heard):
    assert not heard["emergency_stop"].data
    assert len(heard["scan"].ranges) == 360
    assert heard["scan"].header.frame_id == "lidar"
    assert heard["odom"].pose.pose.position.x == pytest.approx(0.0, abs=0.01)
    wheels = bench.make(lambda: bench.peer.create_publisher(Twist, "cmd_vel", EVENT))
    ahead = Twist()
    ahead.linear.x = 0.4

    def has_driven() -> bool:
        wheels.publish(ahead)
        return heard["odom"].pose.pose.position.x > 0.3

    bench.wait_for(has_driven, "the robot to drive")

    stage.order("emergency_stop", pressed=True)
    bench.wait_for(lambda: heard["emergency_stop"].data, "the emergency stop")


def test_frames_are_rendered_while_somebody_looks(bench, stage, heard):
    assert stage.state["frames"] == 0
    frames = []
    bench.make(
        lambda: bench.peer.create_subscription(Image, "camera/image_raw", frames.append, IMAGE)
    )
    bench.wait_for(lambda: frames, "a frame")
    assert (frames[0].width, frames[0].height) == (1920, 1080)
    assert frames[0].header.frame_id == "camera_optical_frame"
