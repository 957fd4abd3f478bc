"""Check-ins of the queue node, and the line to the booking service."""

import time
from collections.abc import Callable

from rclpy.node import Node

from kiosk_interfaces.srv import CheckIn
from kiosk_nodes.conversions import to_ticket_message
from kiosk_nodes.running import steady_timer
from kiosk_nodes.worker import Worker
from kiosk_robot.feedback.desk import Alert, FeedbackDesk
from kiosk_robot.parameters import Queue as QueueParameters
from kiosk_robot.paths import data_dir
from kiosk_robot.queueing.booking_desk import KEY_FILE, BookingDesk, CheckedIn, IssueTicket
from kiosk_robot.queueing.booking_line import BookingLine, LineError
from kiosk_robot.queueing.bookings import Outcome
from kiosk_robot.queueing.claims import SealedClaim
from kiosk_robot.queueing.engine import utc_now
from kiosk_robot.queueing.store import Store
from kiosk_robot.queueing.ticket import Ticket, TicketError, Wait
from kiosk_robot.secrets import load_secrets
from kiosk_robot.site import Site

RETRY_PERIOD = 10.0  # seconds until a broken line is tried again
ERROR_CODES = {
    Outcome.OK: CheckIn.Response.NONE,
    Outcome.NO_SUCH_BOOKING: CheckIn.Response.NO_SUCH_BOOKING,
    Outcome.ALREADY_USED: CheckIn.Response.ALREADY_USED,
    Outcome.TOO_EARLY: CheckIn.Response.TOO_EARLY,
    Outcome.TOO_LATE: CheckIn.Response.TOO_LATE,
    Outcome.WRONG_DAY: CheckIn.Response.WRONG_DAY,
    Outcome.WRONG_PLACE: CheckIn.Response.WRONG_PLACE,
    Outcome.AMBIGUOUS: CheckIn.Response.AMBIGUOUS,
}


class BookingServices:
    """Part of the queue node. The network is waited for in two threads of their own: a citizen does
    not wait for a list that is being renewed.
    """

    def __init__(
        self,
        node: Node,
        store: Store,
        site: Site,
        wanted: QueueParameters,
        *,
        issue: IssueTicket,
        promise: Callable[[Ticket], Wait | None],
        feedback: FeedbackDesk,
        tell: Callable[[Alert], None],
    ) -> None:
        self._node = node
        self._feedback = feedback
        self._tell = tell
        self._promise = promise
        self._period = wanted.booking_period
        self._check_ins, self._line = Worker(node), Worker(node)
        self._desk: BookingDesk | None = None
        self._syncing, self._trouble = False, ""
        self._looked: float | None = None  # steady time of the last look
        node.create_service(CheckIn, "queue/check_in", self._check_in)
        if wanted.booking_url:
            token = load_secrets().booking_token
            self._desk = BookingDesk(
                store,
                BookingLine(wanted.booking_url, token, wanted.site),
                issue,
                point=wanted.site,
                site=site,
                key_file=data_dir() / KEY_FILE,
                clock=utc_now,
            )
            steady_timer(node, min(1.0, self._period), self._look)

    def close(self) -> None:
        """Take no more work."""
        self._check_ins.close()
        self._line.close()

    def ticket_of(self, request_id: str) -> Ticket | None:
        """The ticket that a check-in gave, as it stands now; None when the request was none."""
        try:
            return self._desk.ticket_of(request_id) if self._desk else None
        except TicketError:
            return None  # whoever asks meets the same trouble, and tells it

    async def _check_in(
        self, request: CheckIn.Request, response: CheckIn.Response
    ) -> CheckIn.Response:
        if self._desk is None:
            response.error_code = response.NOT_CONNECTED
            response.error_msg = "no booking service is configured (`booking_url`)"
            return response
        try:
            claim = SealedClaim.parse(request.claim)
        except ValueError as error:
            response.error_code, response.error_msg = response.NOT_CONNECTED, str(error)
            return response
        try:
            done = await self._check_ins.run(self._desk.check_in, request.request_id, claim)
        except TicketError as error:
            self._node.get_logger().error(str(error))
            response.error_code, response.error_msg = response.STORE_FAILED, str(error)
        else:
            _fill(response, done)
            if done.ticket:
                response.ticket = to_ticket_message(done.ticket, self._promise(done.ticket))
        return response

    async def _look(self) -> None:
        """Renew the list when it is time, and keep the log short: one line a change."""
        if self._desk is None or self._syncing:
            return
        wait = self._period if self._desk.connected else min(self._period, RETRY_PERIOD)
        if self._looked is not None and time.monotonic() < self._looked + wait:
            return
        self._syncing, trouble = True, ""
        try:
            for conflict in await self._line.run(self._desk.sync):
                alert = self._feedback.booking_conflict(conflict.day, conflict.at, conflict.number)
                self._tell(alert)
        except (LineError, TicketError) as error:
            trouble = str(error)
        finally:
            self._syncing, self._looked = False, time.monotonic()
        if trouble and not self._trouble:
            self._node.get_logger().warning(f"bookings: {trouble}; going on with the list as it is")
        elif self._trouble and not trouble:
            self._node.get_logger().info("bookings: the line is back")
        self._trouble = trouble


def _fill(response: CheckIn.Response, done: CheckedIn) -> None:
    response.error_code = ERROR_CODES[done.outcome]
    response.error_msg = "" if done.outcome is Outcome.OK else done.outcome.value
    response.more, response.offline = done.more, done.offline
    if done.booking:
        response.day, response.place = done.booking.day.isoformat(), done.booking.place
    if done.opens and done.closes:
        response.opens, response.closes = f"{done.opens:%H:%M}", f"{done.closes:%H:%M}"
