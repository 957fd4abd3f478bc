"""What nav2 is told is what the site and the twin say."""

import math

import pytest
import yaml

from kiosk_robot.config import load_site
from kiosk_robot.navigation.driving import KEEP_AWAY, Limits
from kiosk_robot.navigation.planner import NEARBY
from kiosk_robot.paths import config_dir

LIMITS = Limits()


@pytest.fixture(scope="module")
def nav2() -> dict:
    read = yaml.safe_load((config_dir() / "nav2.yaml").read_text("utf-8"))
    return {node: body.get("ros__parameters", body) for node, body in read.items()}


def test_it_begins_at_home(nav2):
    home = load_site("cua_nam").navigation.home
    pose = nav2["amcl"]["initial_pose"]
    assert (pose["x"], pose["y"]) == (home.x, home.y)
    assert pose["yaw"] == pytest.approx(math.radians(home.heading))


def test_it_is_no_faster_than_the_twin(nav2):
    follow, smoother = nav2["controller_server"]["FollowPath"], nav2["velocity_smoother"]
    assert follow["desired_linear_vel"] == smoother["max_velocity"][0] == LIMITS.speed
    assert smoother["max_accel"][0] == LIMITS.acceleration
    assert follow["rotate_to_heading_angular_vel"] == LIMITS.turn
    assert nav2["planner_server"]["GridBased"]["tolerance"] == NEARBY


def test_it_is_as_broad_as_the_twin(nav2):
    for costmap in ("local_costmap", "global_costmap"):
        assert nav2[costmap][costmap]["ros__parameters"]["robot_radius"] == LIMITS.radius


def test_the_last_word_keeps_people_away(nav2):
    front = nav2["collision_monitor"]["front"]
    corners = yaml.safe_load(front["points"])
    assert max(x for x, _ in corners) == pytest.approx(LIMITS.radius + KEEP_AWAY)
    assert front["action_type"] == "stop"
