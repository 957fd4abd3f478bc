"""The generated sections of docs/ say what the code says."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from kiosk_robot.node_table import NODES, TWIN_NODES

pytestmark = pytest.mark.thorough

# What the mobile base offers; in the twin, its simulation.
BASE = {
    ("/odom", "nav_msgs/msg/Odometry"),
    ("/scan", "sensor_msgs/msg/LaserScan"),
    ("/bumper", "std_msgs/msg/Bool"),
    ("/emergency_stop", "std_msgs/msg/Bool"),
    ("/battery_state", "sensor_msgs/msg/BatteryState"),
}

GENERATOR = Path(__file__).parents[2] / "docs" / "generate.py"


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_docs", GENERATOR)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_generated_section_is_fresh(generator: ModuleType) -> None:
    stale = [
        page.name
        for page, text in generator.fresh_pages().items()
        if page.read_text(encoding="utf-8") != text
    ]
    assert not stale, f"stale: {', '.join(stale)}; run: .venv/bin/python docs/generate.py"


def test_every_section_has_its_place(generator: ModuleType) -> None:
    pages = "".join((GENERATOR.parent / page).read_text("utf-8") for page in generator.PAGES)
    placed = {found["name"] for found in generator.SECTION.finditer(pages)}
    assert placed == set(generator.all_sections())


def test_what_a_node_of_the_robot_reads_another_one_offers(generator: ModuleType) -> None:
    graph = {node.name: generator.endpoints_of(node.name) for node in (*NODES, *TWIN_NODES)}
    for node, endpoints in graph.items():
        for endpoint in endpoints:
            if endpoint.role in ("calls", "uses action"):
                assert generator._peers(graph, endpoint), f"{node}: nobody serves {endpoint.name}"
            if endpoint.role == "subscribes to":
                offered = {
                    (other.name, other.type, other.qos)
                    for others in graph.values()
                    for other in others
                    if other.role == "publishes"
                }
                found = (endpoint.name, endpoint.type, endpoint.qos)
                if found[:2] in BASE:
                    continue
                assert found in offered, f"{node}: nobody publishes {found}"
