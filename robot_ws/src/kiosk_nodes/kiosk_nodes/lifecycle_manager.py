"""Brings the device nodes to active and keeps them there, also after a respawn."""

import time
from dataclasses import dataclass, field

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from lifecycle_msgs.msg import State, Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rclpy.client import Client
from rclpy.node import Node
from rclpy.task import Future
from std_srvs.srv import Trigger

from kiosk_interfaces.srv import ManageNodes
from kiosk_nodes.node_parameters import declare, read
from kiosk_nodes.qos import DIAGNOSTICS
from kiosk_nodes.running import run, steady_timer
from kiosk_robot.node_table import DEVICE_NODES
from kiosk_robot.parameters import LifecycleManager

ANSWER_TIMEOUT = 1.5  # seconds without an answer until a node counts as gone
CHANGE_TIMEOUT = 8.0  # seconds; opening a device takes a while
STATUS_PREFIX = "lifecycle_manager: "
# What to ask for, by where the node is; the last entry of each command's path needs nothing.
PATHS: dict[int, dict[int, int]] = {
    ManageNodes.Request.STARTUP: {
        State.PRIMARY_STATE_UNCONFIGURED: Transition.TRANSITION_CONFIGURE,
        State.PRIMARY_STATE_INACTIVE: Transition.TRANSITION_ACTIVATE,
    },
    ManageNodes.Request.PAUSE: {State.PRIMARY_STATE_ACTIVE: Transition.TRANSITION_DEACTIVATE},
    ManageNodes.Request.RESET: {
        State.PRIMARY_STATE_ACTIVE: Transition.TRANSITION_DEACTIVATE,
        State.PRIMARY_STATE_INACTIVE: Transition.TRANSITION_CLEANUP,
    },
    ManageNodes.Request.SHUTDOWN: {
        State.PRIMARY_STATE_UNCONFIGURED: Transition.TRANSITION_UNCONFIGURED_SHUTDOWN,
        State.PRIMARY_STATE_INACTIVE: Transition.TRANSITION_INACTIVE_SHUTDOWN,
        State.PRIMARY_STATE_ACTIVE: Transition.TRANSITION_ACTIVE_SHUTDOWN,
    },
}
PATHS[ManageNodes.Request.RESUME] = PATHS[ManageNodes.Request.STARTUP]


@dataclass
class Managed:
    """One device node as the manager sees it."""

    name: str
    get_state: Client
    change_state: Client
    state: int = State.PRIMARY_STATE_UNKNOWN
    waiting: Future | None = None
    deadline: float = 0.0
    not_before: float = 0.0  # steady time of the next try after a failure
    reported: str = field(default="not seen yet")


class LifecycleManagerNode(Node):
    """Asks every node where it is, twice a second, and moves it along the path of the command."""

    def __init__(self) -> None:
        super().__init__("lifecycle_manager")
        declare(self, LifecycleManager)
        self._wanted = read(self, LifecycleManager)
        self._command = ManageNodes.Request.STARTUP
        self._nodes = [
            Managed(
                name,
                self.create_client(GetState, f"/{name}/get_state"),
                self.create_client(ChangeState, f"/{name}/change_state"),
            )
            for name in DEVICE_NODES
        ]
        self._diagnostics = self.create_publisher(DiagnosticArray, "/diagnostics", DIAGNOSTICS)
        self.create_service(ManageNodes, "~/manage_nodes", self._manage)
        self.create_service(Trigger, "~/is_active", self._is_active)
        steady_timer(self, self._wanted.check_period, self._look)
        steady_timer(self, 1.0, self._publish)

    def _manage(
        self, request: ManageNodes.Request, response: ManageNodes.Response
    ) -> ManageNodes.Response:
        """Take a known command; the nodes follow in the next seconds."""
        response.success = request.command in PATHS
        if response.success:
            self._command = request.command
        return response

    def _is_active(self, _request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        missing = [n.name for n in self._nodes if n.state != State.PRIMARY_STATE_ACTIVE]
        response.success = not missing
        response.message = f"not active: {', '.join(missing)}" if missing else "all active"
        return response

    def _look(self) -> None:
        now = time.monotonic()
        for node in self._nodes:
            if node.waiting is not None:
                if now < node.deadline:
                    continue
                for client in (node.get_state, node.change_state):
                    client.remove_pending_request(node.waiting)
                node.waiting = None
                self._set_state(node, State.PRIMARY_STATE_UNKNOWN, "does not answer")
            self._ask(node, now)

    def _ask(self, node: Managed, now: float) -> None:
        node.waiting = node.get_state.call_async(GetState.Request())
        node.deadline = now + ANSWER_TIMEOUT
        node.waiting.add_done_callback(lambda future, node=node: self._answered(node, future))

    def _answered(self, node: Managed, future: Future) -> None:
        if future is not node.waiting or future.cancelled():
            return
        node.waiting = None
        state = future.result().current_state
        self._set_state(node, state.id, state.label)
        transition = PATHS[self._command].get(state.id)
        now = time.monotonic()
        if transition is None or now < node.not_before:
            return
        request = ChangeState.Request(transition=Transition(id=transition))
        node.waiting = node.change_state.call_async(request)
        node.deadline = now + CHANGE_TIMEOUT
        node.waiting.add_done_callback(lambda future, node=node: self._changed(node, future))

    def _changed(self, node: Managed, future: Future) -> None:
        if future is not node.waiting or future.cancelled():
            return
        node.waiting = None
        now = time.monotonic()
        if not future.result().success:
            node.not_before = now + self._wanted.retry_delay
            self._set_state(
                node, node.state, f"failed; next try in {self._wanted.retry_delay:.0f} s"
            )
        self._ask(node, now)

    def _set_state(self, node: Managed, state: int, label: str) -> None:
        was_active = node.state == State.PRIMARY_STATE_ACTIVE
        if (node.state, node.reported) == (state, label):
            return
        node.state, node.reported = state, label
        is_active = state == State.PRIMARY_STATE_ACTIVE
        if was_active and not is_active:
            self.get_logger().warning(f"{node.name}: lost ({label})")
            node.not_before = 0.0
        elif is_active and not was_active:
            self.get_logger().info(f"{node.name}: active")
        if was_active != is_active:
            self._publish()

    def _publish(self) -> None:
        array = DiagnosticArray(
            status=[
                DiagnosticStatus(
                    level=DiagnosticStatus.OK
                    if node.state == State.PRIMARY_STATE_ACTIVE
                    else DiagnosticStatus.ERROR,
                    name=STATUS_PREFIX + node.name,
                    message=node.reported,
                    hardware_id=node.name,
                )
                for node in self._nodes
            ]
        )
        array.header.stamp = self.get_clock().now().to_msg()
        self._diagnostics.publish(array)


def main() -> None:
    """Run the node."""
    run(LifecycleManagerNode)


if __name__ == "__main__":
    main()
