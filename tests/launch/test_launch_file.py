"""The launch file, with stand-ins for `launch` and `launch_ros`, which PyPI does not carry.

They record what they are given, so this shows what our file asks of ROS 2, not that ROS 2 does it.
"""

import importlib.util
import os
import sys
from types import ModuleType, SimpleNamespace

import pytest

from kiosk_robot.node_table import ENVIRONMENT, NODES
from kiosk_robot.paths import REPOSITORY

FILE = REPOSITORY / "launch" / "kiosk.launch.py"


def stand_in(name: str, **members: object) -> ModuleType:
    module = ModuleType(name)
    vars(module).update(members)
    return module


class Recorded(SimpleNamespace):
    """An action or substitution as it was made."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(args=args, **kwargs)

    def perform(self, context: SimpleNamespace) -> str:
        return context.configurations[self.args[0]]


@pytest.fixture
def launched(monkeypatch, tmp_path):
    """The module of the launch file, its share directory being the repository."""
    action = {
        "launch": {"LaunchContext": object, "LaunchDescription": Recorded},
        "launch.actions": dict.fromkeys(
            ("DeclareLaunchArgument", "OpaqueFunction", "SetEnvironmentVariable"), Recorded
        ),
        "launch.substitutions": dict.fromkeys(
            ("EnvironmentVariable", "LaunchConfiguration"), Recorded
        ),
        "launch_ros": {},
        "launch_ros.actions": {"Node": Recorded},
        "ament_index_python": {},
        "ament_index_python.packages": {
            "get_package_share_directory": lambda package: str(REPOSITORY)
        },
    }
    for name, members in action.items():
        monkeypatch.setitem(sys.modules, name, stand_in(name, **members))
    spec = importlib.util.spec_from_file_location("kiosk_launch", FILE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def started(launched, config: str) -> list[Recorded]:
    context = SimpleNamespace(configurations={"config": config}, environment=dict(os.environ))
    return launched.start_nodes(context)


def test_every_node_of_the_table_is_started_and_started_again(launched):
    nodes = started(launched, str(REPOSITORY / "config" / "kiosk.yaml"))
    assert [node.executable for node in nodes] == [spec.name for spec in NODES]
    assert all(node.package == "kiosk_nodes" and node.respawn for node in nodes)


def test_a_node_gets_its_own_parameters(launched):
    nodes = started(launched, str(REPOSITORY / "config" / "kiosk.yaml"))
    printer = next(node for node in nodes if node.name == "ticket_printer")
    assert printer.parameters[0]["paper_width"] == 80
    assert printer.parameters[0]["site"] == "cua_nam"


def test_a_mistake_in_the_configuration_stops_the_launch(launched, tmp_path):
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("camera: {ros__parameters: {sorce: x}}")
    with pytest.raises(Exception, match="did you mean source"):
        started(launched, str(wrong))


def test_the_environment_of_the_nodes_is_set(launched):
    entities = launched.generate_launch_description().args[0]
    set_here = {entity.args[0] for entity in entities if len(entity.args) == 2}
    assert set_here == {"KIOSK_CONFIG", *ENVIRONMENT}
