"""How every node of the robot is started and ended."""

import ctypes
import os
import resource
import sys
from collections.abc import Callable

import rclpy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.timer import Timer

from kiosk_nodes.qos import DIAGNOSTICS
from kiosk_robot.catalogue import CatalogueError
from kiosk_robot.config import ConfigError
from kiosk_robot.dialogue.prompts import PromptError
from kiosk_robot.documents.form import FormError
from kiosk_robot.queueing.ticket import StoreError
from kiosk_robot.secrets import SecretsError

PR_SET_DUMPABLE = 4  # prctl(2)


def run(make_node: Callable[[], Node]) -> None:
    """Spin one node until SIGINT or SIGTERM. An exception in a callback ends the process with
    status 1: the supervisor starts it afresh, which is the cleanest state there is.
    """
    forbid_core_dumps()
    rclpy.init()
    try:
        node = make_node()
    except (
        CatalogueError,
        ConfigError,
        FormError,
        PromptError,
        SecretsError,
        StoreError,
    ) as mistake:
        sys.exit(f"{type(mistake).__name__}: {mistake}")  # a person can put it right: one line
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
    # Twelve interpreters taking themselves apart cost seconds on two cores; nothing is left to do.
    sys.stderr.flush()
    os._exit(0)


def forbid_core_dumps() -> None:
    """Keep what citizens say out of core files. The limit alone does not hold where the kernel
    pipes cores to a program (core(5)), so the process is made undumpable as well.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0)


def steady_timer(node: Node, period: float, callback: Callable[[], None]) -> Timer:
    """A timer that also runs with `use_sim_time` and no /clock. `period` in seconds."""
    return node.create_timer(period, callback, clock=Clock(clock_type=ClockType.STEADY_TIME))


def report_alive(node: Node) -> None:
    """Have a node without a device say on /diagnostics, once a second, that it is there."""
    publisher = node.create_publisher(DiagnosticArray, "/diagnostics", DIAGNOSTICS)
    status = DiagnosticStatus(
        level=DiagnosticStatus.OK, name=node.get_name(), message="running", hardware_id="robot"
    )

    def report() -> None:
        array = DiagnosticArray(status=[status])
        array.header.stamp = node.get_clock().now().to_msg()
        publisher.publish(array)

    steady_timer(node, 1.0, report)
