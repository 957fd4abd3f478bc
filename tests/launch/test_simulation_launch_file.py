"""The launch file of Gazebo, with stand-ins for what PyPI does not carry.

They record what they are given: what our file asks of ROS 2 and Gazebo, not that they do it.
"""

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import yaml

from kiosk_robot.node_table import GAZEBO, NODES, TWIN_NODES
from kiosk_robot.paths import REPOSITORY

FILE = REPOSITORY / "launch" / "simulation.launch.py"
PACKAGES = REPOSITORY / "robot_ws" / "src"
SHARES = {
    "kiosk_bringup": REPOSITORY,
    "kiosk_description": PACKAGES / "kiosk_description",
    "kiosk_gazebo": PACKAGES / "kiosk_gazebo",
    "ros_gz_sim": Path("/opt/ros/share/ros_gz_sim"),
}
MEMBERS = {
    "launch": ("LaunchContext", "LaunchDescription"),
    "launch.actions": (
        "AppendEnvironmentVariable", "DeclareLaunchArgument", "IncludeLaunchDescription",
        "OpaqueFunction", "RegisterEventHandler", "SetEnvironmentVariable",
    ),
    "launch.event_handlers": ("OnShutdown",),
    "launch.launch_description_sources": ("PythonLaunchDescriptionSource",),
    "launch.substitutions": ("LaunchConfiguration",),
    "launch_ros": (),
    "launch_ros.actions": ("Node",),
    "ament_index_python": (),
    "ament_index_python.packages": (),
}  # fmt: skip


class Recorded(SimpleNamespace):
    """An action or substitution as it was made."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(**({"args": args} | kwargs))

    def perform(self, context: SimpleNamespace) -> str:
        return context.configurations[self.args[0]]


@pytest.fixture
def launched(monkeypatch):
    for name, members in MEMBERS.items():
        module = ModuleType(name)
        vars(module).update(dict.fromkeys(members, Recorded))
        monkeypatch.setitem(sys.modules, name, module)
    sys.modules["ament_index_python.packages"].get_package_share_directory = lambda package: str(
        SHARES[package]
    )
    spec = importlib.util.spec_from_file_location("simulation_launch", FILE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def context(monkeypatch) -> SimpleNamespace:
    monkeypatch.setenv("KIOSK_CONFIG", str(REPOSITORY / "config"))
    return SimpleNamespace(environment=dict(os.environ), configurations={"gui": "false"})


def test_gazebo_runs_the_world_and_the_bridge_takes_its_file(launched, context):
    entities = launched.generate_launch_description().args[0]
    (bridge,) = (e for e in entities if getattr(e, "package", "") == "ros_gz_bridge")
    assert Path(bridge.parameters[0]["config_file"]).is_file()
    (publisher,) = (e for e in entities if getattr(e, "package", "") == "robot_state_publisher")
    assert "<robot" in publisher.parameters[0]["robot_description"]
    (start,) = (e for e in entities if getattr(e, "function", None) == launched.start_gazebo)
    (gazebo,) = launched.start_gazebo(context, *start.args)
    arguments = dict(gazebo.launch_arguments)["gz_args"].split()
    assert {"-r", "-s"} <= set(arguments)
    assert Path(arguments[-1]).is_file()


def test_the_robots_nodes_run_on_the_time_of_the_simulation(launched, context):
    actions = launched.start_robot(context, REPOSITORY / "config")
    try:
        nodes = [a for a in actions if getattr(a, "package", "") == "kiosk_nodes"]
        wanted = [spec.name for spec in (GAZEBO, *TWIN_NODES, *NODES)]
        assert [node.name for node in nodes] == wanted
        assert all(node.parameters[0]["use_sim_time"] for node in nodes)
        camera = next(node for node in nodes if node.name == "camera")
        assert camera.parameters[0]["source"] == "external"
        assert Path(nodes[0].additional_env["KIOSK_STAGE"]).exists()
    finally:
        (shutdown,) = (a for a in actions if a.args and hasattr(a.args[0], "on_shutdown"))
        shutdown.args[0].on_shutdown()


def test_every_bridged_topic_has_both_types_and_a_way():
    file = PACKAGES / "kiosk_gazebo" / "config" / "bridge.yaml"
    entries = yaml.safe_load(file.read_text(encoding="utf-8"))
    for entry in entries:
        assert entry["direction"] in ("GZ_TO_ROS", "ROS_TO_GZ"), entry
        assert entry["gz_type_name"].startswith("gz.msgs."), entry
        assert "/msg/" in entry["ros_type_name"], entry
    topics = {entry["ros_topic_name"] for entry in entries}
    robot = {"clock", "cmd_vel", "odom", "scan", "camera/image_raw", "bumper", "battery_state"}
    assert robot <= topics
