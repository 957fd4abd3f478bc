"""Ratings and alerts of the queue node: services, escalation, delivery to leaders."""

from collections.abc import Callable
from typing import Any

from rclpy.node import Node

from kiosk_interfaces.msg import LeaderAlert
from kiosk_interfaces.srv import AcknowledgeAlert, CallStaff, CloseAlert, ListAlerts, SubmitFeedback
from kiosk_nodes.conversions import to_alert_message
from kiosk_nodes.qos import EVENT
from kiosk_nodes.running import steady_timer
from kiosk_nodes.worker import Worker
from kiosk_robot.feedback.desk import (
    Alert,
    AlertNotAllowedError,
    BadRatingError,
    FeedbackDesk,
    NoSuchAlertError,
    NoSuchCounterError,
    NoSuchStaffError,
)
from kiosk_robot.feedback.outbox import Outbox, ways_of
from kiosk_robot.queueing.engine import utc_now
from kiosk_robot.queueing.store import Store
from kiosk_robot.queueing.ticket import StoreError
from kiosk_robot.secrets import load_secrets
from kiosk_robot.site import Site

LOOK_PERIOD = 1.0  # seconds between two looks for what is due
REFUSALS = {
    BadRatingError: SubmitFeedback.Response.BAD_RATING,
    NoSuchCounterError: SubmitFeedback.Response.UNKNOWN_COUNTER,
    NoSuchStaffError: SubmitFeedback.Response.UNKNOWN_STAFF,
    StoreError: SubmitFeedback.Response.STORE_FAILED,
}


class FeedbackServices:
    """Part of the queue node. What waits for a network runs in a thread of its own."""

    def __init__(self, node: Node, store: Store, site: Site) -> None:
        self._node = node
        self.desk = FeedbackDesk(store, site)
        self._outbox = Outbox(store, site, ways_of(site, load_secrets(), utc_now), utc_now)
        self._postman = Worker(node)
        self._delivering = False
        self._alerts = node.create_publisher(LeaderAlert, "feedback/alerts", EVENT)
        node.create_service(SubmitFeedback, "queue/submit_feedback", self._submit)
        node.create_service(CallStaff, "queue/call_staff", self._call_staff)
        node.create_service(ListAlerts, "feedback/list_alerts", self._list)
        node.create_service(AcknowledgeAlert, "feedback/acknowledge_alert", self._acknowledge)
        node.create_service(CloseAlert, "feedback/close_alert", self._close_alert)
        steady_timer(node, LOOK_PERIOD, self._escalate)
        steady_timer(node, LOOK_PERIOD, self._deliver)

    def close(self) -> None:
        """Take no more work."""
        self._postman.close()

    def publish(self, alert: Alert) -> None:
        """Tell the consoles."""
        message = to_alert_message(alert)
        message.header.stamp = self._node.get_clock().now().to_msg()
        self._alerts.publish(message)

    def _submit(
        self, request: SubmitFeedback.Request, response: SubmitFeedback.Response
    ) -> SubmitFeedback.Response:
        try:
            alert = self.desk.submit(
                request.request_id,
                request.session_id,
                request.rating,
                request.comment,
                request.counter,
                request.staff,
            )
        except tuple(REFUSALS) as error:
            response.error_code, response.error_msg = REFUSALS[type(error)], self._note(error)
        else:
            response.alert_raised = alert is not None
            if alert:
                self.publish(alert)
        return response

    def _call_staff(
        self, request: CallStaff.Request, response: CallStaff.Response
    ) -> CallStaff.Response:
        try:
            self.publish(self.desk.call_staff(request.reason))
            response.accepted = True
        except StoreError as error:
            response.error_msg = self._note(error)
        return response

    def _list(
        self, _request: ListAlerts.Request, response: ListAlerts.Response
    ) -> ListAlerts.Response:
        try:
            response.alerts = [to_alert_message(alert) for alert in self.desk.open_alerts()]
        except StoreError as error:
            response.error_code, response.error_msg = response.STORE_FAILED, self._note(error)
        return response

    def _acknowledge(
        self, request: AcknowledgeAlert.Request, response: AcknowledgeAlert.Response
    ) -> AcknowledgeAlert.Response:
        return self._change(response, lambda: self.desk.acknowledge(request.id, request.by))

    def _close_alert(
        self, request: CloseAlert.Request, response: CloseAlert.Response
    ) -> CloseAlert.Response:
        return self._change(response, lambda: self.desk.close(request.id, request.by, request.note))

    def _change(self, response: Any, change: Callable[[], Alert]) -> Any:
        try:
            alert = change()
        except NoSuchAlertError as error:
            response.error_code, response.error_msg = response.NO_SUCH_ALERT, self._note(error)
        except AlertNotAllowedError as error:
            response.error_code, response.error_msg = response.NOT_ALLOWED, self._note(error)
        except StoreError as error:
            response.error_code, response.error_msg = response.STORE_FAILED, self._note(error)
        else:
            response.alert = to_alert_message(alert)
            self.publish(alert)
        return response

    def _escalate(self) -> None:
        try:
            for alert in self.desk.escalate_due():
                self._node.get_logger().warning(f"alert {alert.id}: now with {alert.recipient}")
                self.publish(alert)
        except StoreError as error:
            self._note(error)

    async def _deliver(self) -> None:
        if self._delivering:
            return
        self._delivering = True
        try:
            for tried in await self._postman.run(self._outbox.deliver_due):
                if tried.error:
                    self._node.get_logger().warning(
                        f"{tried.way} to {tried.recipient}: {tried.error},"
                        f" attempt {tried.attempts}; it is tried again"
                    )
        except StoreError as error:
            self._note(error)
        finally:
            self._delivering = False

    def _note(self, error: Exception) -> str:
        self._node.get_logger().error(str(error))
        return str(error)
