"""Asks the printer what became of tickets that nobody settled, and settles them."""

from collections.abc import Callable

from rclpy.node import Node
from rclpy.task import Future

from kiosk_interfaces.srv import ClosePrint
from kiosk_nodes.running import steady_timer
from kiosk_robot.feedback.desk import Alert
from kiosk_robot.printing.journal import Outcome
from kiosk_robot.queueing.ticket import StoreError, Ticket
from kiosk_robot.reconciliation import Reconciler

PERIOD = 10.0  # seconds; the dialogue, which knows better, tries again more often than that


class TicketReconciliation:
    """One question a ticket at a time; while the printer's node is away the ticket waits."""

    def __init__(
        self,
        node: Node,
        reconciler: Reconciler,
        *,
        announce: Callable[[Alert], None],
        changed: Callable[[], None],
    ) -> None:
        self._reconciler = reconciler
        self._announce = announce
        self._changed = changed
        self._log = node.get_logger()
        self._asked: list[Future] = []
        self._client = node.create_client(ClosePrint, "printer/close_print")
        steady_timer(node, PERIOD, self._look)

    def _look(self) -> None:
        for unanswered in self._asked:
            self._client.remove_pending_request(unanswered)
        self._asked = []
        try:
            due = self._reconciler.due()
        except StoreError as error:
            self._log.error(str(error))
            return
        for ticket in due if self._client.service_is_ready() else ():
            future = self._client.call_async(ClosePrint.Request(ticket_id=ticket.id))
            self._asked.append(future)
            future.add_done_callback(lambda future, ticket=ticket: self._answered(ticket, future))

    def _answered(self, ticket: Ticket, future: Future) -> None:
        if future not in self._asked or future.cancelled():
            return
        answer = future.result()
        if answer.error_code:
            self._log.error(answer.error_msg)
            return
        outcome = Outcome(answer.outcome)
        try:
            alert = self._reconciler.settle(ticket, outcome)
        except StoreError as error:
            self._log.error(str(error))
            return
        if alert:
            self._announce(alert)
        self._log.warning(f"{ticket.number} was never settled; printer: {outcome.name.lower()}")
        self._changed()
