"""One source, two descriptions: they agree with it and with physics."""

import importlib.util
import math
import shutil
import subprocess
from types import ModuleType
from xml.etree import ElementTree

import numpy as np
import pytest
import yaml

from kiosk_robot.paths import REPOSITORY

PACKAGE = REPOSITORY / "robot_ws" / "src" / "kiosk_description"


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("describe_robot", PACKAGE / "generate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def robot() -> dict:
    return yaml.safe_load((PACKAGE / "robot.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def urdf(generator) -> ElementTree.Element:
    return ElementTree.parse(generator.URDF).getroot()


@pytest.fixture(scope="module")
def sdf(generator) -> ElementTree.Element:
    return ElementTree.parse(generator.SDF).getroot().find("model")


def test_both_files_are_what_the_source_says(generator, robot):
    assert generator.urdf(robot) == generator.URDF.read_text(encoding="utf-8")
    assert generator.sdf(robot) == generator.SDF.read_text(encoding="utf-8")


def test_every_inertia_can_exist(generator, robot):
    for name, link in robot["links"].items():
        inertia = generator.link_inertia(link)
        small, middle, large = np.linalg.eigvalsh(inertia.tensor)
        assert inertia.mass > 0, name
        assert small > 0, name
        assert small + middle >= large, name  # true of any distribution of mass


def test_a_link_of_one_part_has_the_inertia_of_a_text_book(generator, robot):
    wheel = generator.link_inertia(robot["links"]["left_wheel"])
    radius, width = 0.075, 0.04
    about_axle = 1.5 * radius**2 / 2
    across = 1.5 * (3 * radius**2 + width**2) / 12
    assert np.allclose(np.diag(wheel.tensor), (across, about_axle, across))


def test_the_tensor_of_two_parts_is_taken_about_their_common_centre(generator):
    ball = {"sphere": 0.1, "mass": 1.0}
    link = {
        "at": [0, 0, 0],
        "parts": {"a": ball | {"at": [0, 0, 1]}, "b": ball | {"at": [0, 0, 3]}},
    }
    inertia = generator.link_inertia(link)
    own = 0.4 * 0.1**2
    assert np.allclose(inertia.centre, (0, 0, 2))
    assert np.allclose(np.diag(inertia.tensor), (2 * own + 2, 2 * own + 2, 2 * own))


def test_urdf_and_sdf_weigh_the_same_and_join_the_same_links(urdf, sdf):
    weights = [
        {link.get("name"): float(mass.get("value")) for link in urdf.iter("link")
         if (mass := link.find("inertial/mass")) is not None},
        {link.get("name"): float(link.findtext("inertial/mass")) for link in sdf.iter("link")},
    ]  # fmt: skip
    assert weights[0] == weights[1]
    moving = {joint.get("name"): joint.find("child").get("link") for joint in urdf.iter("joint")
              if joint.get("type") != "fixed"}  # fmt: skip
    assert moving == {joint.get("name"): joint.find("child").text for joint in sdf.iter("joint")}


def test_the_robot_stands_on_its_wheels_and_casters_and_does_not_tip(generator, robot):
    body = robot["links"]["base_link"]
    assert robot["axle_height"] == robot["links"]["left_wheel"]["parts"]["left_tyre"]["cylinder"][0]
    feet = [body["parts"][name] for name in ("caster_front", "caster_rear")]
    assert all(foot["at"][2] == foot["sphere"] for foot in feet)  # exactly on the floor
    inertia = generator.link_inertia(body)
    forward, height = inertia.centre[0], inertia.centre[2] + robot["axle_height"]
    reach = min(abs(foot["at"][0]) for foot in feet)
    braking = height * robot["drive"]["acceleration"] / 9.81
    assert abs(forward) + braking < reach


def test_the_frames_are_those_of_rep_103_and_105(urdf):
    frames = {link.get("name") for link in urdf.iter("link")}
    assert {"base_footprint", "base_link", "camera_optical_frame", "lidar", "microphone_frame",
            "ticket_slot", "range_sensor_frame", "screen_frame"} <= frames  # fmt: skip
    optical = urdf.find("joint[@name='camera_optical_frame_fixed']/origin")
    rpy = [float(value) for value in optical.get("rpy").split()]
    assert np.allclose(rpy, (-math.pi / 2, 0, -math.pi / 2), atol=1e-4)


@pytest.mark.skipif(not shutil.which("ign"), reason="needs ignition-tools (robot_ws/apt.txt)")
def test_the_sdf_parser_of_gazebo_takes_it(generator, tmp_path):
    assert sdf_check(generator.SDF) == 0
    broken = generator.SDF.read_text(encoding="utf-8").replace("<ixx>", "<ixx>-", 1)
    (tmp_path / "broken.sdf").write_text(broken, encoding="utf-8")
    assert sdf_check(tmp_path / "broken.sdf") != 0


def sdf_check(path) -> int:
    return subprocess.run(["ign", "sdf", "--check", str(path)], capture_output=True).returncode  # noqa: S607
