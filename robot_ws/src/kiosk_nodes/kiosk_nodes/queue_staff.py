"""What staff may ask of the queue; beside queue.py, which owns the store."""

from collections.abc import Callable
from typing import Any

from rclpy.node import Node
from std_srvs.srv import Trigger

from kiosk_interfaces.srv import CallNext, ChangeCounter, ChangeTicket, ServeDirect
from kiosk_nodes.conversions import to_counter_message, to_ticket_message
from kiosk_nodes.queue_errors import refuse
from kiosk_robot.queueing.engine import Queue
from kiosk_robot.queueing.ticket import CounterState, Leg, Ticket, TicketError

SIMPLE = {
    ChangeTicket.Request.RECALL: Queue.recall,
    ChangeTicket.Request.START: Queue.start,
    ChangeTicket.Request.NO_SHOW: Queue.no_show,
    ChangeTicket.Request.RETURN_LATE: Queue.return_late,
    ChangeTicket.Request.UNPARK: Queue.unpark,
}
WITH_REASON = {
    ChangeTicket.Request.FINISH: Queue.finish,
    ChangeTicket.Request.PARK: Queue.park,
    ChangeTicket.Request.WITHDRAW: Queue.withdraw,
}


class StaffServices:
    """Services for counters; after each change `changed` is called."""

    def __init__(self, node: Node, queue: Queue, changed: Callable[[], None]) -> None:
        self._log = node.get_logger()
        self._queue = queue
        self._changed = changed
        node.create_service(CallNext, "queue/call_next", self._call_next)
        node.create_service(ChangeTicket, "queue/change_ticket", self._change_ticket)
        node.create_service(ChangeCounter, "queue/change_counter", self._change_counter)
        node.create_service(ServeDirect, "queue/serve_direct", self._serve_direct)
        node.create_service(Trigger, "queue/end_day", self._end_day)

    def _call_next(
        self, request: CallNext.Request, response: CallNext.Response
    ) -> CallNext.Response:
        def change() -> None:
            ticket = self._queue.call_next(request.counter, request_id=request.request_id)
            if ticket is None:
                response.error_code = CallNext.Response.NOBODY_WAITING
                response.error_msg = f"nobody waits for counter {request.counter}"
            else:
                response.ticket = to_ticket_message(ticket)

        return self._answer(response, change)

    def _change_ticket(
        self, request: ChangeTicket.Request, response: ChangeTicket.Response
    ) -> ChangeTicket.Response:
        def change() -> None:
            ticket = self._changed_ticket(request)
            if ticket is None:
                response.error_code = ChangeTicket.Response.UNKNOWN_ACTION
                response.error_msg = f"no action {request.action}"
            else:
                response.ticket = to_ticket_message(ticket)

        return self._answer(response, change)

    def _changed_ticket(self, request: ChangeTicket.Request) -> Ticket | None:
        once = {"request_id": request.request_id}
        ticket, reason = request.ticket_id, request.reason
        if simple := SIMPLE.get(request.action):
            return simple(self._queue, ticket, **once)
        if with_reason := WITH_REASON.get(request.action):
            return with_reason(self._queue, ticket, reason, **once)
        if request.action == request.CALL:
            return self._queue.call(ticket, request.counter, reason, **once)
        if request.action == request.SET_PRIORITY:
            return self._queue.set_priority(ticket, request.priority, reason=reason, **once)
        if request.action == request.TRANSFER:
            leg = Leg(request.series, request.procedure_code, request.counter)
            return self._queue.transfer(
                ticket, leg, come_back=request.come_back, reason=reason, **once
            )
        return None

    def _change_counter(
        self, request: ChangeCounter.Request, response: ChangeCounter.Response
    ) -> ChangeCounter.Response:
        def change() -> None:
            state = self._changed_counter(request)
            if state is None:
                response.error_code = ChangeCounter.Response.UNKNOWN_ACTION
                response.error_msg = f"no action {request.action}"
            else:
                response.counter_state = to_counter_message(state)

        return self._answer(response, change)

    def _changed_counter(self, request: ChangeCounter.Request) -> CounterState | None:
        if request.action == request.OPEN:
            return self._queue.open_counter(
                request.counter, staff=request.staff, lines=request.series
            )
        if request.action == request.PAUSE:
            return self._queue.pause_counter(request.counter, request.reason)
        if request.action == request.CLOSE:
            return self._queue.close_counter(request.counter)
        return None

    def _serve_direct(
        self, request: ServeDirect.Request, response: ServeDirect.Response
    ) -> ServeDirect.Response:
        def change() -> None:
            response.ticket = to_ticket_message(
                self._queue.walk_direct(request.request_id, request.procedure_code, request.counter)
            )

        return self._answer(response, change)

    def _end_day(self, _request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        try:
            lapsed = self._queue.end_day()
        except TicketError as error:
            response.message = str(error)
            self._log.error(response.message)
            return response
        self._changed()
        response.success = True
        response.message = f"lapsed unserved: {', '.join(lapsed) or 'none'}"
        return response

    def _answer(self, response: Any, change: Callable[[], None]) -> Any:
        try:
            change()
        except TicketError as error:
            refuse(response, error)
            self._log.error(response.error_msg)
        else:
            self._changed()
        return response
