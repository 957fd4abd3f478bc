"""Declares a node's ROS parameters from its model in kiosk_robot.parameters, and reads them."""

from typing import TypeVar

from annotated_types import Ge, Le
from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor
from rclpy.node import Node

from kiosk_robot.parameters import Parameters

P = TypeVar("P", bound=Parameters)


def declare(node: Node, model: type[Parameters]) -> None:
    """Declare every parameter with its default, description and range."""
    for name, field in model.model_fields.items():
        if node.has_parameter(name):  # use_sim_time comes with rclpy
            continue
        bounds = {type(bound): bound for bound in field.metadata}
        descriptor = ParameterDescriptor(description=field.description or "")
        if Ge in bounds and Le in bounds:
            low, high = bounds[Ge].ge, bounds[Le].le
            if field.annotation is int:
                descriptor.integer_range = [IntegerRange(from_value=low, to_value=high)]
            else:
                descriptor.floating_point_range = [
                    FloatingPointRange(from_value=float(low), to_value=float(high))
                ]
        node.declare_parameter(name, field.default, descriptor)


def read(node: Node, model: type[P]) -> P:
    """The parameters as they are now.

    :raises pydantic.ValidationError: a value is not allowed, e.g. an unknown engine.
    """
    values = {name: node.get_parameter(name).value for name in model.model_fields}
    return model.model_validate(values)
