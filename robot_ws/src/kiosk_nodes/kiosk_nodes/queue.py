"""Owns the store: numbers, calls, feedback, alerts. Offers them as services."""

from datetime import timedelta

from rclpy.node import Node

from kiosk_interfaces.msg import LeaderAlert, QueueSeries, QueueState
from kiosk_interfaces.srv import (
    CallNext,
    CallStaff,
    CheckIn,
    IssueTicket,
    SettleTicket,
    SubmitFeedback,
)
from kiosk_nodes.conversions import to_ticket_message
from kiosk_nodes.node_parameters import declare, read
from kiosk_nodes.qos import EVENT, STATE
from kiosk_nodes.running import report_alive, run
from kiosk_nodes.ticket_reconciliation import TicketReconciliation
from kiosk_robot.config import load_catalogue, load_site
from kiosk_robot.feedback.desk import Alert, BadRatingError, FeedbackDesk
from kiosk_robot.parameters import Queue as QueueParameters
from kiosk_robot.paths import data_dir
from kiosk_robot.queueing.engine import Queue
from kiosk_robot.queueing.store import Store
from kiosk_robot.queueing.ticket import (
    NoSuchTicketError,
    NotAllowedError,
    Status,
    StoreError,
    UnknownCounterError,
)
from kiosk_robot.reconciliation import Reconciler

OUTCOMES = {
    SettleTicket.Request.PRINTING: Status.PRINTING,
    SettleTicket.Request.ISSUED: Status.ISSUED,
    SettleTicket.Request.VOID: Status.VOID,
}


class QueueNode(Node):
    """Each service is one transaction of the core."""

    def __init__(self) -> None:
        super().__init__("queue")
        report_alive(self)
        declare(self, QueueParameters)
        wanted = read(self, QueueParameters)
        self._site = load_site(wanted.site)
        self._catalogue = load_catalogue()
        store = Store(wanted.database_url or f"sqlite:///{data_dir() / 'kiosk.db'}")
        self._queue = Queue(store, self._site)
        self._desk = FeedbackDesk(store, self._site.alert_rating)
        self._state = self.create_publisher(QueueState, "queue/state", STATE)
        self._alerts = self.create_publisher(LeaderAlert, "feedback/alerts", EVENT)
        self.create_service(IssueTicket, "queue/issue_ticket", self._issue)
        self.create_service(SettleTicket, "queue/settle_ticket", self._settle)
        self.create_service(CallNext, "queue/call_next", self._call_next)
        self.create_service(CheckIn, "queue/check_in", self._check_in)
        self.create_service(SubmitFeedback, "queue/submit_feedback", self._submit_feedback)
        self.create_service(CallStaff, "queue/call_staff", self._call_staff)
        reconciler = Reconciler(self._queue, self._desk, timedelta(seconds=wanted.settle_timeout))
        TicketReconciliation(
            self, reconciler, announce=self._publish_alert, changed=self._publish_state
        )
        self._publish_state()

    def _issue(
        self, request: IssueTicket.Request, response: IssueTicket.Response
    ) -> IssueTicket.Response:
        procedure = self._catalogue.get(request.procedure_code)
        if procedure is None:
            response.error_code = IssueTicket.Response.UNKNOWN_PROCEDURE
            response.error_msg = f"no procedure {request.procedure_code} in the catalogue"
            return response
        counter = self._site.counter_for(procedure.counter_group)
        try:
            ticket = self._queue.reserve(request.request_id, procedure.code, counter)
        except StoreError as error:
            response.error_code = IssueTicket.Response.STORE_FAILED
            response.error_msg = self._note(error)
            return response
        response.ticket = to_ticket_message(ticket)
        return response

    def _settle(
        self, request: SettleTicket.Request, response: SettleTicket.Response
    ) -> SettleTicket.Response:
        codes = SettleTicket.Response
        if request.outcome not in OUTCOMES:
            response.error_code = codes.NOT_ALLOWED
            response.error_msg = f"no outcome {request.outcome}; there are {sorted(OUTCOMES)}"
            return response
        try:
            ticket = self._queue.settle(
                request.ticket_id,
                OUTCOMES[request.outcome],
                delivery=request.delivery,
                reason=request.reason,
            )
        except NoSuchTicketError as error:
            response.error_code, response.error_msg = codes.NO_SUCH_TICKET, self._note(error)
        except NotAllowedError as error:
            response.error_code, response.error_msg = codes.NOT_ALLOWED, self._note(error)
        except StoreError as error:
            response.error_code, response.error_msg = codes.STORE_FAILED, self._note(error)
        else:
            response.ticket = to_ticket_message(ticket)
            self._publish_state()
        return response

    def _call_next(
        self, request: CallNext.Request, response: CallNext.Response
    ) -> CallNext.Response:
        codes = CallNext.Response
        try:
            ticket = self._queue.call_next(request.counter)
        except UnknownCounterError as error:
            response.error_code, response.error_msg = codes.UNKNOWN_COUNTER, self._note(error)
        except StoreError as error:
            response.error_code, response.error_msg = codes.STORE_FAILED, self._note(error)
        else:
            if ticket is None:
                response.error_code = codes.NOBODY_WAITING
                response.error_msg = f"nobody waits for counter {request.counter}"
            else:
                response.ticket = to_ticket_message(ticket)
                self._publish_state()
        return response

    def _check_in(self, _request: CheckIn.Request, response: CheckIn.Response) -> CheckIn.Response:
        response.error_code = CheckIn.Response.NOT_CONNECTED
        response.error_msg = "no booking source is configured at this point"
        return response

    def _submit_feedback(
        self, request: SubmitFeedback.Request, response: SubmitFeedback.Response
    ) -> SubmitFeedback.Response:
        codes = SubmitFeedback.Response
        try:
            alert = self._desk.submit(
                request.request_id,
                request.session_id,
                request.rating,
                request.comment,
                request.counter,
            )
        except BadRatingError as error:
            response.error_code, response.error_msg = codes.BAD_RATING, self._note(error)
        except StoreError as error:
            response.error_code, response.error_msg = codes.STORE_FAILED, self._note(error)
        else:
            response.alert_raised = alert is not None
            self._publish_alert(alert)
        return response

    def _call_staff(
        self, request: CallStaff.Request, response: CallStaff.Response
    ) -> CallStaff.Response:
        try:
            self._publish_alert(self._desk.call_staff(request.reason))
            response.accepted = True
        except StoreError as error:
            response.error_msg = self._note(error)
        return response

    def _publish_alert(self, alert: Alert | None) -> None:
        if alert is None:
            return
        message = LeaderAlert(
            id=alert.id,
            kind=alert.kind,
            text=alert.text,
            rating=alert.rating,
            counter=alert.counter,
        )
        message.header.stamp = self.get_clock().now().to_msg()
        self._alerts.publish(message)

    def _publish_state(self) -> None:
        try:
            series, called = self._queue.state()
        except StoreError as error:
            self._note(error)
            return
        message = QueueState(
            day=self._queue.today,
            series=[
                QueueSeries(
                    series=one.series,
                    counters=list(one.counters),
                    waiting=one.waiting,
                    last_called=one.last_called,
                )
                for one in series
            ],
            last_called=[to_ticket_message(ticket) for ticket in called],
        )
        message.header.stamp = self.get_clock().now().to_msg()
        self._state.publish(message)

    def _note(self, error: Exception) -> str:
        self.get_logger().error(str(error))
        return str(error)


def main() -> None:
    """Run the node."""
    run(QueueNode)


if __name__ == "__main__":
    main()
