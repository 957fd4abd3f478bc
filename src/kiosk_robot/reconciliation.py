"""Tickets that nobody settled: what the print journal says decides (decision 0017).

A dialogue that dies in the middle of a ticket leaves its number reserved. The printer knows whether
there is a paper; what it does not know is void, and said aloud, for somebody may hold it.
"""

from datetime import timedelta

from kiosk_robot.feedback.desk import Alert, FeedbackDesk
from kiosk_robot.printing.journal import Outcome
from kiosk_robot.queueing.engine import Queue
from kiosk_robot.queueing.ticket import NotAllowedError, Status, Ticket


class Reconciler:
    """Settles what was left over, by what the printer's journal says of it."""

    def __init__(self, queue: Queue, desk: FeedbackDesk, older_than: timedelta) -> None:
        self._queue = queue
        self._desk = desk
        self._older_than = older_than

    def due(self) -> list[Ticket]:
        """Tickets to ask the printer about.

        :raises StoreError: the store cannot be read.
        """
        return self._queue.unsettled(self._older_than)

    def settle(self, ticket: Ticket, outcome: Outcome) -> Alert | None:
        """Issue or void one; what is void is announced, as somebody may hold or have seen it.

        :raises StoreError: nothing changed, or the number is announced and not void yet: it is due
            again, and announced once.
        """
        if outcome is Outcome.SENDING:
            return None
        try:
            if outcome is Outcome.PRINTED:
                self._queue.settle(ticket.id, Status.ISSUED, delivery="paper")
                return None
            return self._void(ticket, outcome)
        except NotAllowedError:  # settled meanwhile: what the dialogue said is true
            return None

    def _void(self, ticket: Ticket, outcome: Outcome) -> Alert:
        # Refused if it was issued meanwhile: a number that is good must not be announced as void.
        self._queue.settle(ticket.id, Status.PRINTING)
        alert = self._desk.announce_void(ticket)
        reason = f"never settled; printer: {outcome.name.lower()}"
        self._queue.settle(ticket.id, Status.VOID, reason=reason)
        return alert
