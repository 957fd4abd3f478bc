"""What all device nodes share: lifecycle, worker thread, diagnostics, goals only while active."""

import time
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from lifecycle_msgs.msg import State
from pydantic import ValidationError
from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn

from kiosk_interfaces.msg import DeviceCondition
from kiosk_nodes.node_parameters import declare, read
from kiosk_nodes.qos import DIAGNOSTICS
from kiosk_nodes.running import steady_timer
from kiosk_nodes.worker import Worker
from kiosk_robot.drivers.backoff import FIRST_S, Backoff
from kiosk_robot.parameters import PARAMETERS, Parameters

P = TypeVar("P", bound=Parameters)
WELL = (DeviceCondition.OK, DeviceCondition.LOW)
LEVELS = {
    DeviceCondition.OK: DiagnosticStatus.OK,
    DeviceCondition.LOW: DiagnosticStatus.WARN,
    DeviceCondition.UNKNOWN: DiagnosticStatus.STALE,
}


class DeviceNode(LifecycleNode, Generic[P]):
    """A lifecycle node around one device.

    Subclasses open and close the device (both run in the worker thread) and keep `condition` true.
    A device that cannot be opened makes `configure` fail; the lifecycle manager tries again.
    """

    open_timeout = 5.0  # seconds a device may take to open

    def __init__(self, name: str) -> None:
        super().__init__(name)
        declare(self, PARAMETERS[name])
        self.parameters: P
        self.worker = Worker(self)
        self.hardware_id = name  # on /diagnostics; a subclass says which device it has opened
        self.condition = DeviceCondition(value=DeviceCondition.UNKNOWN, detail="not opened yet")
        self.details: dict[str, str] = {}  # for the technician, in /diagnostics
        self._busy = False
        self._diagnostics = self.create_publisher(DiagnosticArray, "/diagnostics", DIAGNOSTICS)
        steady_timer(self, 1.0, self._publish_diagnostics)

    # --- for subclasses -----------------------------------------------------------------------

    def open_device(self) -> None:
        """Open the device with `self.parameters`; raise whatever the driver raises."""

    def close_device(self) -> None:
        """Let go of the device."""

    def condition_changed(self) -> None:
        """Publish the device's state topic, if it has one."""

    def set_condition(self, value: int, detail: str) -> None:
        """Note how the device is; a change is logged once and published."""
        if (self.condition.value, self.condition.detail) == (value, detail):
            return
        worse = value not in WELL
        log = self.get_logger()
        if worse:
            log.warning(f"{self.get_name()}: {detail}")
        else:
            log.info(f"{self.get_name()}: {detail}")
        self.condition = DeviceCondition(value=value, detail=detail)
        self.condition_changed()

    def watch(self, look: Callable[[], None], period: float) -> None:
        """Have `look` find out how the device is, in the worker thread, while the node is active:
        every `period` seconds while it is well, after 0.05 s, 0.1 s, … 2 s while it is not.
        """
        backoff = Backoff()
        due = 0.0
        looking = False

        def take_a_look() -> None:
            nonlocal due, looking
            try:
                look()
            finally:
                well = self.condition.value in WELL
                if well:
                    backoff.reset()
                due = time.monotonic() + (period if well else backoff.next_s())
                looking = False

        def tick() -> None:
            nonlocal looking
            if self.active and not looking and time.monotonic() >= due:
                looking = True
                self.worker.submit(take_a_look)

        steady_timer(self, FIRST_S, tick)

    def serve(
        self,
        action: Any,
        name: str,
        execute: Callable[[Any], Awaitable[Any]],
        cancel: Callable[[], None] = lambda: None,
    ) -> ActionServer:
        """An action server that takes one goal at a time, and none while the node is not active.

        The goal's state follows from the `error_code` of the result that `execute` returns.
        `cancel` is called as soon as the goal is to be cancelled.
        """

        async def guarded(goal: Any) -> Any:
            try:
                result = await execute(goal)
            finally:
                self._busy = False
            if result.error_code == result.CANCELED:
                goal.canceled()
            elif result.error_code:
                goal.abort()
            else:
                goal.succeed()
            return result

        def accept_cancel(_goal: Any) -> CancelResponse:
            cancel()
            return CancelResponse.ACCEPT

        def accept(_request: Any) -> GoalResponse:
            if self._busy or not self.active:
                return GoalResponse.REJECT
            self._busy = True
            return GoalResponse.ACCEPT

        return ActionServer(
            self,
            action,
            name,
            execute_callback=guarded,
            goal_callback=accept,
            cancel_callback=accept_cancel,
        )

    @property
    def active(self) -> bool:
        """Whether the lifecycle state is active."""
        return self._state_machine.current_state[0] == State.PRIMARY_STATE_ACTIVE

    # --- lifecycle ----------------------------------------------------------------------------

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Read the parameters and open the device."""
        try:
            self.parameters = read(self, PARAMETERS[self.get_name()])  # type: ignore[assignment]
        except ValidationError as error:
            self.set_condition(
                DeviceCondition.OFFLINE, f"bad parameters: {error.errors()[0]['msg']}"
            )
            return TransitionCallbackReturn.FAILURE
        try:
            self.worker.call(self.open_device, timeout=self.open_timeout)
        except Exception as error:  # a missing device must never take the robot down
            self.set_condition(DeviceCondition.OFFLINE, str(error) or type(error).__name__)
            return TransitionCallbackReturn.FAILURE
        return TransitionCallbackReturn.SUCCESS

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Close the device."""
        self._close_quietly()
        return TransitionCallbackReturn.SUCCESS

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Close the device for good."""
        self._close_quietly()
        return TransitionCallbackReturn.SUCCESS

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Back to unconfigured, so that the lifecycle manager can try again."""
        self._close_quietly()
        return TransitionCallbackReturn.SUCCESS

    def destroy_node(self) -> None:
        """End the worker with the node."""
        self._close_quietly()
        self.worker.close()
        super().destroy_node()

    def _close_quietly(self) -> None:
        try:
            self.worker.call(self.close_device, timeout=1.0)
        except Exception as error:  # the device may be gone already
            self.get_logger().debug(f"close: {error}")

    def _publish_diagnostics(self) -> None:
        status = DiagnosticStatus(
            level=LEVELS.get(self.condition.value, DiagnosticStatus.ERROR),
            name=self.get_name(),
            message=self.condition.detail,
            hardware_id=self.hardware_id,
            values=[
                KeyValue(key=key, value=value)
                for key, value in {
                    "lifecycle": self._state_machine.current_state[1],
                    **self.details,
                }.items()
            ],
        )
        array = DiagnosticArray(status=[status])
        array.header.stamp = self.get_clock().now().to_msg()
        self._diagnostics.publish(array)
