"""Owns the store: numbers, calls, feedback, alerts. Offers them as services."""

import copy
from datetime import timedelta

from rclpy.node import Node

from kiosk_interfaces.msg import LeaderAlert, QueueState
from kiosk_interfaces.srv import (
    CallStaff,
    CheckIn,
    IssueTicket,
    SettleTicket,
    SubmitFeedback,
)
from kiosk_nodes.conversions import to_state_message, to_ticket_message
from kiosk_nodes.node_parameters import declare, read
from kiosk_nodes.qos import EVENT, STATE
from kiosk_nodes.queue_staff import StaffServices
from kiosk_nodes.running import report_alive, run, steady_timer
from kiosk_robot.config import load_catalogue, load_site
from kiosk_robot.feedback.desk import Alert, BadRatingError, FeedbackDesk
from kiosk_robot.parameters import Queue as QueueParameters
from kiosk_robot.queueing.engine import Queue
from kiosk_robot.queueing.promises import WaitingTimes
from kiosk_robot.queueing.store import Store, database_url
from kiosk_robot.queueing.ticket import (
    Leg,
    NoSuchTicketError,
    NotAllowedError,
    Status,
    StoreError,
    UnknownPriorityError,
    Wait,
)
from kiosk_robot.queueing.waiting import HitRate

SWEEP_PERIOD = 10.0  # seconds
WATCH_PERIOD = 0.5  # seconds until the state shows what another program has changed
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
        store = Store(wanted.database_url or database_url())
        self._watch = store.watch()
        self._queue = Queue(store, self._site)
        self._waits = WaitingTimes(store, self._site)
        self._expected: dict[str, Wait] = {}  # by series
        self._kept = HitRate(0, 0.0, 0.0, 0.0)
        self._desk = FeedbackDesk(store, self._site.alert_rating)
        self._settle_timeout = timedelta(seconds=wanted.settle_timeout)
        self._shown = QueueState()
        self._state = self.create_publisher(QueueState, "queue/state", STATE)
        self._alerts = self.create_publisher(LeaderAlert, "feedback/alerts", EVENT)
        self.create_service(IssueTicket, "queue/issue_ticket", self._issue)
        self.create_service(SettleTicket, "queue/settle_ticket", self._settle)
        self.create_service(CheckIn, "queue/check_in", self._check_in)
        self.create_service(SubmitFeedback, "queue/submit_feedback", self._submit_feedback)
        self.create_service(CallStaff, "queue/call_staff", self._call_staff)
        StaffServices(self, self._queue, self._publish_state)
        steady_timer(self, SWEEP_PERIOD, self._sweep)
        steady_timer(self, WATCH_PERIOD, self._look)

    def _issue(
        self, request: IssueTicket.Request, response: IssueTicket.Response
    ) -> IssueTicket.Response:
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
            wait = self._waits.promise(ticket)
        except UnknownPriorityError as error:
            response.error_code = IssueTicket.Response.UNKNOWN_PRIORITY
            response.error_msg = self._note(error)
        except StoreError as error:
            response.error_code = IssueTicket.Response.STORE_FAILED
            response.error_msg = self._note(error)
        else:
            response.ticket = to_ticket_message(ticket, wait)
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

    def _sweep(self) -> None:
        try:
            void = self._queue.void_unsettled(self._settle_timeout)
        except StoreError as error:
            self._note(error)
            return
        if void:
            self.get_logger().warning(f"void, never settled: {', '.join(void)}")
        self._foretell()  # waits change by themselves

    def _look(self) -> None:
        if self._watch.changed():
            self._foretell()

    def _foretell(self) -> None:
        """What takes longest; not while somebody waits for the answer to a service."""
        try:
            self._expected = self._waits.next_in_line()
            self._kept = self._waits.hit_rate()
        except StoreError as error:
            self._note(error)
            return
        self._publish_state()

    def _publish_state(self) -> None:
        try:
            series, called = self._queue.state()
            counters = self._queue.counters()
        except StoreError as error:
            self._note(error)
            return
        message = to_state_message(
            self._queue.today, series, called, counters, self._expected, self._kept
        )
        if message == self._shown:
            return
        self._shown = copy.deepcopy(message)
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
