"""Owns the store: numbers, calls, feedback, alerts. Offers them as services."""

from datetime import datetime, timedelta
from typing import Any

from rclpy.node import Node

from kiosk_interfaces.srv import IssueTicket, SettleTicket
from kiosk_nodes.booking_services import BookingServices
from kiosk_nodes.conversions import to_ticket_message
from kiosk_nodes.feedback_services import FeedbackServices
from kiosk_nodes.node_parameters import declare, read
from kiosk_nodes.queue_errors import refuse
from kiosk_nodes.queue_staff import StaffServices
from kiosk_nodes.queue_state import QueueStatePublisher
from kiosk_nodes.running import report_alive, run
from kiosk_nodes.ticket_following import TicketFollowing
from kiosk_nodes.ticket_papers import TicketPapers
from kiosk_nodes.ticket_reconciliation import TicketReconciliation
from kiosk_robot.config import load_catalogue, load_site
from kiosk_robot.parameters import Queue as QueueParameters
from kiosk_robot.queueing.bookings import Booking
from kiosk_robot.queueing.engine import Queue
from kiosk_robot.queueing.papers import TickedPapers
from kiosk_robot.queueing.promises import WaitingTimes
from kiosk_robot.queueing.store import Store, database_url
from kiosk_robot.queueing.ticket import Leg, Status, StoreError, Ticket, TicketError, Wait
from kiosk_robot.reconciliation import Reconciler

OUTCOMES = {
    SettleTicket.Request.PRINTING: Status.PRINTING,
    SettleTicket.Request.ISSUED: Status.ISSUED,
    SettleTicket.Request.VOID: Status.VOID,
}


class QueueNode(Node):
    """Each service is one transaction of the core."""

    def __init__(self, **options: Any) -> None:
        """`options` are those of rclpy's Node, e.g. parameter_overrides."""
        super().__init__("queue", **options)
        report_alive(self)
        declare(self, QueueParameters)
        wanted = read(self, QueueParameters)
        self._site = load_site(wanted.site)
        self._catalogue = load_catalogue()
        store = Store(wanted.database_url or database_url())
        self._queue = Queue(store, self._site)
        self._waits = WaitingTimes(store, self._site)
        self._state = QueueStatePublisher(self, store, self._queue, self._waits)
        self.create_service(IssueTicket, "queue/issue_ticket", self._issue)
        self.create_service(SettleTicket, "queue/settle_ticket", self._settle)
        self._feedback = FeedbackServices(self, store, self._site)
        self._bookings = BookingServices(
            self,
            store,
            self._site,
            wanted,
            issue=self._issue_booked,
            promise=self._promise,
            feedback=self._feedback.desk,
            tell=self._feedback.publish,
        )
        StaffServices(self, self._queue, self._state.publish)
        TicketFollowing(self, self._queue, self._waits.now)
        TicketPapers(self, TickedPapers(store, self._queue), self._state.publish)
        settle_timeout = timedelta(seconds=wanted.settle_timeout)
        reconciler = Reconciler(self._queue, self._feedback.desk, settle_timeout)
        TicketReconciliation(
            self, reconciler, announce=self._feedback.publish, changed=self._state.publish
        )

    def destroy_node(self) -> None:
        """End the threads with the node."""
        self._bookings.close()
        self._feedback.close()
        super().destroy_node()

    def _issue(
        self, request: IssueTicket.Request, response: IssueTicket.Response
    ) -> IssueTicket.Response:
        if booked := self._bookings.ticket_of(request.request_id):
            response.ticket = to_ticket_message(booked, self._promise(booked))
            return response
        codes = [request.procedure_code, *request.later_codes]
        known = [procedure for code in codes if (procedure := self._catalogue.get(code))]
        if len(known) < len(codes):
            response.error_code = IssueTicket.Response.UNKNOWN_PROCEDURE
            unknown = set(codes) - {procedure.code for procedure in known}
            response.error_msg = f"no procedure {', '.join(sorted(unknown))} in the catalogue"
            return response
        first, *others = [self._site.counter_for(one.counter_group) for one in known]
        later = [Leg(c.series, code) for c, code in zip(others, request.later_codes, strict=True)]
        try:
            ticket = self._queue.reserve(
                request.request_id, codes[0], first, priority=request.priority, later=later
            )
        except TicketError as error:
            self._refuse(response, error)
        else:
            response.ticket = to_ticket_message(ticket, self._promise(ticket))
        return response

    def _settle(
        self, request: SettleTicket.Request, response: SettleTicket.Response
    ) -> SettleTicket.Response:
        if request.outcome not in OUTCOMES:
            response.error_code = SettleTicket.Response.NOT_ALLOWED
            response.error_msg = f"no outcome {request.outcome}; there are {sorted(OUTCOMES)}"
            return response
        try:
            ticket = self._queue.settle(
                request.ticket_id,
                OUTCOMES[request.outcome],
                delivery=request.delivery,
                reason=request.reason,
            )
        except TicketError as error:
            self._refuse(response, error)
        else:
            response.ticket = to_ticket_message(ticket)
            self._state.publish()
        return response

    def _issue_booked(self, request_id: str, booking: Booking, registered_at: datetime) -> Ticket:
        counter = self._site.counter_for(booking.group)
        code = booking.procedure_code
        return self._queue.reserve(request_id, code, counter, registered_at=registered_at)

    def _promise(self, ticket: Ticket) -> Wait | None:
        """How long it will wait; a number without a promise is still a number."""
        try:
            return self._waits.promise(ticket)
        except StoreError as error:
            self.get_logger().error(str(error))
            return None

    def _refuse(self, response: Any, error: TicketError) -> None:
        refuse(response, error)
        self.get_logger().error(response.error_msg)


def main() -> None:
    """Run the node."""
    run(QueueNode)


if __name__ == "__main__":
    main()
