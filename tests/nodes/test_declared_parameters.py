"""What a node declares is what src/kiosk_robot/parameters.py says."""

import importlib

import pytest
from annotated_types import Ge, Le

from kiosk_robot.node_table import NODES, TWIN_NODES
from kiosk_robot.parameters import PARAMETERS

CLASSES = {
    spec.name: "".join(word.capitalize() for word in spec.name.split("_")) + "Node"
    for spec in (*NODES, *TWIN_NODES)
}


@pytest.mark.parametrize("name", CLASSES)
def test_a_node_declares_its_parameters(bench, name, tmp_path, monkeypatch):
    monkeypatch.setenv("KIOSK_HOME", str(tmp_path))
    if name == "web_gateway":
        port = PARAMETERS[name].model_fields["port"]
        monkeypatch.setattr(port, "default", 0)  # another robot may be running here
    node = bench.add(getattr(importlib.import_module(f"kiosk_nodes.{name}"), CLASSES[name])())
    fields = PARAMETERS[name].model_fields

    ours = {p for p in node._parameters if not p.startswith(("qos_overrides", "start_type_"))}
    assert ours == set(fields)
    for parameter, field in fields.items():
        value = node.get_parameter(parameter).value
        assert value == field.default
        assert type(value) is type(field.default)
        if parameter == "use_sim_time":
            continue  # declared by rclpy
        descriptor = node.describe_parameter(parameter)
        assert descriptor.description == field.description
        bounds = [
            b.ge if isinstance(b, Ge) else b.le for b in field.metadata if type(b) in (Ge, Le)
        ]
        ranges = [*descriptor.integer_range, *descriptor.floating_point_range]
        assert [(r.from_value, r.to_value) for r in ranges] == ([tuple(bounds)] if bounds else [])


def test_a_value_out_of_range_is_refused_by_ros_itself(bench):
    from rclpy.parameter import Parameter

    from kiosk_nodes.camera import CameraNode

    [result] = bench.add(CameraNode()).set_parameters([Parameter("width", value=5)])
    assert not result.successful


def test_a_value_that_is_no_choice_makes_configuring_fail(bench):
    from kiosk_nodes.ticket_printer import TicketPrinterNode

    node = bench.add(TicketPrinterNode())
    bench.set(node, paper_width=70)
    assert not bench.change(node, "configure")
    assert "bad parameters: " in node.condition.detail
    assert "58 or 80" in node.condition.detail
