"""How every node of the robot is started and ended."""

import sys
from collections.abc import Callable

import rclpy
from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.timer import Timer


def run(make_node: Callable[[], Node]) -> None:
    """Spin one node until SIGINT or SIGTERM. An exception in a callback ends the process with
    status 1: the supervisor starts it afresh, which is the cleanest state there is.
    """
    rclpy.init()
    node = make_node()
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    try:
        executor.spin()
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    except Exception as error:
        print(f"{node.get_name()}: {type(error).__name__}: {error}", file=sys.stderr)  # noqa: T201
        raise
    finally:
        node.destroy_node()
        rclpy.try_shutdown()


def steady_timer(node: Node, period: float, callback: Callable[[], None]) -> Timer:
    """A timer that also runs with `use_sim_time` and no /clock. `period` in seconds."""
    return node.create_timer(period, callback, clock=Clock(clock_type=ClockType.STEADY_TIME))
