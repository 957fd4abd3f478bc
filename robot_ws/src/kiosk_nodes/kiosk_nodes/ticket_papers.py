"""Keeps the papers that citizens tick off; beside queue.py, who owns the store."""

from collections.abc import Callable

from rclpy.node import Node

from kiosk_interfaces.srv import NotePapers
from kiosk_nodes.queue_errors import refuse
from kiosk_robot.queueing.papers import Papers, TickedPapers
from kiosk_robot.queueing.ticket import TicketError


class TicketPapers:
    """Part of the queue node. After each note `changed` is called."""

    def __init__(self, node: Node, papers: TickedPapers, changed: Callable[[], None]) -> None:
        self._log = node.get_logger()
        self._papers = papers
        self._changed = changed
        node.create_service(NotePapers, "queue/note_papers", self._note)

    def _note(
        self, request: NotePapers.Request, response: NotePapers.Response
    ) -> NotePapers.Response:
        papers = Papers(request.case_id, tuple(request.have))
        try:
            self._papers.note(request.ticket_id, request.procedure_code, papers)
        except TicketError as error:
            refuse(response, error)
            self._log.info(response.error_msg)
        else:
            self._changed()
        return response
