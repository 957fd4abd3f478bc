"""Decides whether somebody stands before the robot, from the dispenser board's range sensor.

The camera is not used for this: it stays blind until a citizen agrees to show a card.
"""

import math
import time

from sensor_msgs.msg import Range

from kiosk_interfaces.msg import DeviceCondition
from kiosk_interfaces.msg import Presence as PresenceMessage
from kiosk_nodes.device_node import DeviceNode
from kiosk_nodes.qos import SENSOR, STATE
from kiosk_nodes.running import run, steady_timer
from kiosk_robot.parameters import Presence
from kiosk_robot.presence import PresenceFilter

STALE_AFTER = 3.0  # seconds without a reading until the sensor counts as lost


class PresenceNode(DeviceNode[Presence]):
    """Hysteresis over distance and time; the state is latched."""

    def __init__(self) -> None:
        super().__init__("presence")
        self._presence = self.create_publisher(PresenceMessage, "presence", STATE)
        self.create_subscription(Range, "dispenser/range", self._on_range, SENSOR)
        self._filter: PresenceFilter | None = None
        self._last_reading = time.monotonic()
        steady_timer(self, 1.0, self._watch)

    def open_device(self) -> None:
        """Take the thresholds."""
        limits = self.parameters
        self._filter = PresenceFilter(near=limits.near, far=limits.far, settle=limits.settle)
        self.set_condition(DeviceCondition.OK, "watching dispenser/range")

    def _on_range(self, reading: Range) -> None:
        self._last_reading = time.monotonic()
        if not self.active or self._filter is None:
            return
        if self._filter.update(reading.range, self._last_reading):
            present = self._filter.present
            message = PresenceMessage(
                present=present, distance=reading.range if present else math.nan
            )
            message.header.stamp = self.get_clock().now().to_msg()
            self._presence.publish(message)

    def _watch(self) -> None:
        if not self.active:
            return
        if time.monotonic() - self._last_reading > STALE_AFTER:
            self.set_condition(DeviceCondition.OFFLINE, "no range readings: see the dispenser")
        else:
            self.set_condition(DeviceCondition.OK, "watching dispenser/range")


def main() -> None:
    """Run the node."""
    run(PresenceNode)


if __name__ == "__main__":
    main()
