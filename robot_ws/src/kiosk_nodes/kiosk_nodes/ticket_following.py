"""Tells how tickets stand, for the pages that follow them; beside queue.py, who owns the store."""

import time
from collections.abc import Callable

from rclpy.node import Node

from kiosk_interfaces.srv import FollowTickets
from kiosk_nodes.conversions import to_ticket_message
from kiosk_robot.queueing.engine import Queue
from kiosk_robot.queueing.ticket import Status, StoreError, Ticket, Wait

MOST_TICKETS = 500  # of one request
MOST_FORECASTS = 3  # of one answer: each takes some 20 ms, in which nobody else is served
STALE = 30.0  # seconds after which a wait is foretold anew, should nobody have moved


class TicketFollowing:
    """Part of the queue node. Places are always fresh; waits come a few at a time."""

    def __init__(self, node: Node, queue: Queue, foretell: Callable[[Ticket], Wait | None]) -> None:
        self._log = node.get_logger()
        self._queue = queue
        self._foretell = foretell
        self._foretold: dict[str, tuple[int, float, Wait | None]] = {}  # ahead, steady time, wait
        node.create_service(FollowTickets, "queue/follow_tickets", self._follow)

    def _follow(
        self, request: FollowTickets.Request, response: FollowTickets.Response
    ) -> FollowTickets.Response:
        try:
            tickets = self._queue.get_all(request.ticket_ids[:MOST_TICKETS])
            self._renew(tickets)
        except StoreError as error:
            self._log.error(str(error))
            return response
        response.tickets = [to_ticket_message(one, self._wait_of(one)) for one in tickets]
        return response

    def _wait_of(self, ticket: Ticket) -> Wait | None:
        """Foretold for this very place; none is better than a wrong one."""
        ahead, _, wait = self._foretold.get(ticket.id, (-1, 0.0, None))
        return wait if ahead == ticket.people_ahead and ticket.status == Status.ISSUED else None

    def _renew(self, tickets: list[Ticket]) -> None:
        """Foretell those again whose wait was foretold longest ago, or for another place."""
        now = time.monotonic()
        self._foretold = {
            known: kept for known, kept in self._foretold.items() if now - kept[1] < 2 * STALE
        }
        old = [
            (self._foretold.get(one.id, (-1, 0.0, None)), one)
            for one in tickets
            if one.status == Status.ISSUED
        ]
        due = [
            (at, one)
            for (ahead, at, _), one in old
            if ahead != one.people_ahead or now - at > STALE
        ]
        for _, one in sorted(due, key=lambda pair: pair[0])[:MOST_FORECASTS]:
            self._foretold[one.id] = (one.people_ahead, now, self._foretell(one))
