"""What screens show of the queue: the topic `queue/state`."""

import copy

from rclpy.node import Node

from kiosk_interfaces.msg import QueueState
from kiosk_nodes.conversions import to_state_message
from kiosk_nodes.qos import STATE
from kiosk_nodes.running import steady_timer
from kiosk_robot.queueing.engine import Queue
from kiosk_robot.queueing.promises import WaitingTimes
from kiosk_robot.queueing.store import Store
from kiosk_robot.queueing.ticket import StoreError, Wait
from kiosk_robot.queueing.waiting import HitRate

WATCH_PERIOD = 0.5  # seconds until the state shows what another program has changed
FORETELL_PERIOD = 10.0  # seconds: waits change by themselves


class QueueStatePublisher:
    """Part of the queue node. Publishes what differs from what was published last."""

    def __init__(self, node: Node, store: Store, queue: Queue, waits: WaitingTimes) -> None:
        self._node = node
        self._watch = store.watch()
        self._queue = queue
        self._waits = waits
        self._expected: dict[str, Wait] = {}  # by series
        self._kept = HitRate(0, 0.0, 0.0, 0.0)
        self._shown = QueueState()
        self._topic = node.create_publisher(QueueState, "queue/state", STATE)
        steady_timer(node, WATCH_PERIOD, self._look)
        steady_timer(node, FORETELL_PERIOD, self._foretell)

    def publish(self) -> None:
        """Publish the state as it stands, with the waits foretold last."""
        try:
            series, called = self._queue.state()
            counters = self._queue.counters()
        except StoreError as error:
            self._node.get_logger().error(str(error))
            return
        message = to_state_message(
            self._queue.today, series, called, counters, self._expected, self._kept
        )
        if message == self._shown:
            return
        self._shown = copy.deepcopy(message)
        message.header.stamp = self._node.get_clock().now().to_msg()
        self._topic.publish(message)

    def _look(self) -> None:
        if self._watch.changed():
            self._foretell()

    def _foretell(self) -> None:
        """What takes longest; not while somebody waits for the answer to a service."""
        try:
            self._expected = self._waits.next_in_line()
            self._kept = self._waits.hit_rate()
        except StoreError as error:
            self._node.get_logger().error(str(error))
            return
        self.publish()
