"""Drives the drink and snack dispenser, and shares the board's range sensor."""

import math
import time
from collections import OrderedDict

from rclpy.action.server import ServerGoalHandle
from sensor_msgs.msg import Range

from kiosk_interfaces.action import Dispense
from kiosk_interfaces.msg import DeviceCondition, DispenserSlot, DispenserState
from kiosk_nodes.device_node import DeviceNode
from kiosk_nodes.qos import SENSOR, STATE
from kiosk_nodes.running import run, steady_timer
from kiosk_robot.dispensing.job import JobOutcome, JobStatus, OutcomeReason, next_job_id
from kiosk_robot.dispensing.registers import JOBS_REMEMBERED, Slot
from kiosk_robot.dispensing.state import DispenserState as BoardReading
from kiosk_robot.drivers.backoff import FIRST_S, Backoff
from kiosk_robot.drivers.dispenser import DispenserUnavailable, ModbusDispenser
from kiosk_robot.parameters import Dispenser

RANGE_FRAME = "range_sensor_frame"
RANGE_LIMITS = (0.02, 4.0)  # metres; of the ultrasonic sensor on the board
ERRORS = {
    OutcomeReason.EMPTY: Dispense.Result.EMPTY,
    OutcomeReason.JAM: Dispense.Result.JAM,
    OutcomeReason.DOOR_OPEN: Dispense.Result.DOOR_OPEN,
    OutcomeReason.SENSOR_STUCK: Dispense.Result.BOARD_FAULT,
    OutcomeReason.OVER_TEMPERATURE: Dispense.Result.BOARD_FAULT,
    OutcomeReason.NO_REPLY: Dispense.Result.OFFLINE,
}


class DispenserNode(DeviceNode[Dispenser]):
    """One job at a time; the board's own job log makes a repeated request drop nothing."""

    def __init__(self) -> None:
        super().__init__("dispenser")
        self._state = self.create_publisher(DispenserState, "dispenser/state", STATE)
        self._range = self.create_publisher(Range, "dispenser/range", SENSOR)
        self.serve(Dispense, "/skill/dispense", self._dispense)
        self._jobs: OrderedDict[str, int] = OrderedDict()  # request id to job id
        self._reading: BoardReading | None = None
        self._polling = False
        self._next_poll = 0.0  # steady seconds
        self._backoff = Backoff()
        steady_timer(self, FIRST_S, self._tick)

    def open_device(self) -> None:
        """Reach the board."""
        self._slots = {item: Slot(n) for n, item in enumerate(self.parameters.items, start=1)}
        self._board = ModbusDispenser(self.parameters.port)
        self.hardware_id = self.parameters.port
        self._take(self._board.read_state())

    def close_device(self) -> None:
        """Let the serial line go."""
        self._board.close()

    def condition_changed(self) -> None:
        """Publish the state."""
        reading = self._reading
        state = DispenserState(condition=self.condition, temperature=math.nan)
        state.header.stamp = self.get_clock().now().to_msg()
        if reading:
            state.busy = reading.busy
            state.temperature = reading.temperature_c
            state.slots = [
                DispenserSlot(item=item, stock=reading.stock[slot], low=slot in reading.low_stock)
                for item, slot in self._slots.items()
            ]
        self._state.publish(state)

    def _tick(self) -> None:
        if self.active and not self._polling and time.monotonic() >= self._next_poll:
            self._polling = True
            self.worker.submit(self._poll)

    def _poll(self) -> None:
        """Read the state; a lost board is tried again after 0.05 s, then less and less often."""
        wait = 1.0 / self.parameters.poll_rate
        try:
            self._take(self._board.read_state())
            self._backoff.reset()
        except DispenserUnavailable as error:
            self._reading = None
            self.set_condition(DeviceCondition.OFFLINE, str(error))
            wait = self._backoff.next_s()
        finally:
            self._next_poll = time.monotonic() + wait
            self._polling = False

    def _take(self, reading: BoardReading) -> None:
        before, self._reading = self._reading, reading
        self.details = {
            "temperature": f"{reading.temperature_c:.1f} C",
            "restarts": str(reading.restarts),
            **{f"stock {item}": str(reading.stock[slot]) for item, slot in self._slots.items()},
        }
        self._publish_range(reading)
        empty = [item for item, slot in self._slots.items() if not reading.stock[slot]]
        low = [item for item, slot in self._slots.items() if slot in reading.low_stock]
        if reading.faults:
            names = ", ".join(fault.name.lower().replace("_", " ") for fault in reading.faults)
            self.set_condition(
                DeviceCondition.BLOCKED, f"{names}: open the door, clear it, shut the door"
            )
        elif empty:
            self.set_condition(DeviceCondition.OUT, f"out of {', '.join(empty)}: refill")
        elif low:
            self.set_condition(DeviceCondition.LOW, f"{', '.join(low)} low: refill soon")
        else:
            self.set_condition(DeviceCondition.OK, "ready")
        if before is None or (before.stock, before.busy) != (reading.stock, reading.busy):
            self.condition_changed()

    def _publish_range(self, reading: BoardReading) -> None:
        message = Range(
            radiation_type=Range.ULTRASOUND,
            field_of_view=0.26,
            min_range=RANGE_LIMITS[0],
            max_range=RANGE_LIMITS[1],
            # REP-117: +inf when nothing is in front
            range=math.inf if reading.range_mm is None else reading.range_mm / 1000,
        )
        message.header.stamp = self.get_clock().now().to_msg()
        message.header.frame_id = RANGE_FRAME
        self._range.publish(message)

    async def _dispense(self, handle: ServerGoalHandle) -> Dispense.Result:
        goal: Dispense.Goal = handle.request
        slot = self._slots.get(goal.item)
        if slot is None:
            message = f"no slot holds {goal.item!r}; there are {', '.join(self._slots)}"
            return Dispense.Result(error_code=Dispense.Result.UNKNOWN_ITEM, error_msg=message)
        try:
            outcome = await self.worker.run(self._drop, goal.request_id, slot, handle)
            result = _to_result(outcome)
        except DispenserUnavailable as error:
            result = Dispense.Result(error_code=Dispense.Result.OFFLINE, error_msg=str(error))
        if self._reading:
            result.stock = self._reading.stock[slot]
        return result

    def _drop(self, request_id: str, slot: Slot, handle: ServerGoalHandle) -> JobOutcome:
        """A request keeps its job id, so asking again asks the board's log, not its motor."""
        state = None
        if request_id not in self._jobs:
            state = self._board.read_state()
            self._jobs[request_id] = next_job_id(state)
            if len(self._jobs) > JOBS_REMEMBERED:  # nor does the board know more of them
                self._jobs.popitem(last=False)
        outcome = self._board.dispense(
            slot,
            self._jobs[request_id],
            lambda seen: handle.publish_feedback(
                Dispense.Feedback(stage=seen.last_job_state.name.lower())
            ),
            state=state,
        )
        self._take(self._board.read_state())
        return outcome


def _to_result(outcome: JobOutcome) -> Dispense.Result:
    if outcome.status is JobStatus.DONE:
        return Dispense.Result()
    if outcome.status is JobStatus.UNKNOWN:
        code = Dispense.Result.UNKNOWN_OUTCOME
    else:
        code = ERRORS.get(outcome.reason, Dispense.Result.OFFLINE)
    return Dispense.Result(error_code=code, error_msg=f"board: {outcome.reason}")


def main() -> None:
    """Run the node."""
    run(DispenserNode)


if __name__ == "__main__":
    main()
