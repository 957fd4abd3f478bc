"""Print jobs: one paper a ticket, whatever dies in between."""

from typing import Protocol

from PIL import Image

from kiosk_robot.printing.journal import Outcome, PrintJournal
from kiosk_robot.printing.status import PrinterError


class Printer(Protocol):
    """What a print job needs of a printer."""

    def print_ticket(self, ticket: Image.Image, *, discard_first: bool) -> bytes:
        """Print and cut; PrinterError when it is not certain that the paper is out."""


class NotPrintableError(Exception):
    """This ticket must not be printed: it may be out already, or its number is void.

    `outcome` is what the journal says of it.
    """

    def __init__(self, ticket_id: str, outcome: Outcome) -> None:
        super().__init__(f"ticket {ticket_id} is not printed: {_WHY[outcome]}")
        self.outcome = outcome


_WHY = {
    Outcome.NOT_ASKED: "its request was closed",
    Outcome.NOT_PRINTED: "its request was closed after a failure",
    Outcome.SENDING: "it is being printed",
    Outcome.UNKNOWN: "an earlier try ended in doubt, and there may be a paper",
}


class PrintJobs:
    """Prints what the journal allows, and writes down first what it is about to do."""

    def __init__(self, journal: PrintJournal, printer: Printer) -> None:
        self._journal = journal
        self._printer = printer

    def print(self, ticket_id: str, picture: Image.Image) -> bool:
        """Print a ticket; False when it had been printed before.

        :raises NotPrintableError: it must not be printed (again).
        :raises PrinterError: no paper, or nobody knows.
        :raises JournalError: nothing was printed.
        """
        # Of the last job: what it left in the printer would come out with this one.
        discard_first = self._journal.unfinished
        if not self._journal.begin(ticket_id):
            outcome = self._journal.outcome(ticket_id)
            if outcome is Outcome.PRINTED:
                return False
            raise NotPrintableError(ticket_id, outcome)
        outcome = Outcome.UNKNOWN
        try:
            self._printer.print_ticket(picture, discard_first=discard_first)
            outcome = Outcome.PRINTED
        except PrinterError as error:
            if not error.may_be_out:
                outcome = Outcome.NOT_PRINTED
            raise
        except ValueError:  # a picture that is none: refused before anything was sent
            outcome = Outcome.NOT_PRINTED
            raise
        finally:
            self._journal.finish(ticket_id, outcome)
        return True
