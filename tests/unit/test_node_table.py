"""One table of nodes: everything that is said of a node elsewhere fits it."""

import ast

import pytest

from kiosk_robot.node_table import DEVICE_NODES, NODES, TWIN_NODES
from kiosk_robot.parameters import PARAMETERS
from kiosk_robot.paths import REPOSITORY

PACKAGE = REPOSITORY / "robot_ws" / "src" / "kiosk_nodes" / "kiosk_nodes"
ALL = (*NODES, *TWIN_NODES)
OTHERS = {"navigation.launch.py"}  # starts nav2's nodes, none of ours
LAUNCH_FILES = sorted(
    path for path in (REPOSITORY / "launch").glob("*.launch.py") if path.name not in OTHERS
)


def test_every_node_has_parameters_and_every_parameter_a_node():
    assert [node.name for node in ALL] == list(PARAMETERS)


@pytest.mark.parametrize("node", ALL, ids=lambda node: node.name)
def test_every_node_has_a_module_that_can_be_run(node):
    tree = ast.parse((PACKAGE / f"{node.name}.py").read_text(encoding="utf-8"))
    functions = [item.name for item in tree.body if isinstance(item, ast.FunctionDef)]
    assert "main" in functions
    assert node.module == f"kiosk_nodes.{node.name}"


@pytest.mark.parametrize("node", ALL, ids=lambda node: node.name)
def test_device_nodes_and_no_others_are_lifecycle_nodes(node):
    code = (PACKAGE / f"{node.name}.py").read_text(encoding="utf-8")
    assert ("(DeviceNode[" in code) == node.is_device
    assert (node.name in DEVICE_NODES) == node.is_device


@pytest.mark.parametrize(
    ("node", "parameter"),
    [(name, field) for name, model in PARAMETERS.items() for field in model.model_fields],
)
def test_every_parameter_is_described(node, parameter):
    assert PARAMETERS[node].model_fields[parameter].description


@pytest.mark.parametrize("path", LAUNCH_FILES, ids=lambda path: path.name)
def test_launch_files_start_the_table(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = {item.name for item in tree.body if isinstance(item, ast.FunctionDef)}
    imports = {
        alias.name
        for item in tree.body
        if isinstance(item, ast.ImportFrom) and item.module == "kiosk_robot.node_table"
        for alias in item.names
    }
    assert "generate_launch_description" in functions
    assert "NODES" in imports


def test_there_is_a_launch_file():
    assert LAUNCH_FILES
