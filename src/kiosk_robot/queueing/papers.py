"""The papers a citizen ticked off on the robot's card, kept with the ticket for the counter to see.

Places in the catalogue's list, never names: this is about papers, not about people.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import JSON, String, delete, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from kiosk_robot.queueing.engine import Queue
from kiosk_robot.queueing.store import Base, Store
from kiosk_robot.queueing.ticket import NotAllowedError, Status


class PapersRow(Base):
    """What was ticked off for a ticket; the last word counts."""

    __tablename__ = "ticket_papers"

    ticket_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    case_id: Mapped[str] = mapped_column(String(60))
    have: Mapped[list[int]] = mapped_column(JSON)


@dataclass(frozen=True, slots=True)
class Papers:
    """The papers a citizen has, of a case of their procedure."""

    case_id: str  # of the catalogue; "" when the procedure has no cases
    have: tuple[int, ...]  # places in the list of this case, from 0


class TickedPapers:
    """The ticks of all tickets, over the store of the queue."""

    def __init__(self, store: Store, queue: Queue) -> None:
        self._store = store
        self._queue = queue

    def note(self, ticket_id: str, procedure_code: str, papers: Papers) -> None:
        """Keep what was ticked, in place of what was ticked before.

        :raises NoSuchTicketError: unknown id.
        :raises NotAllowedError: it waits no more, or is for another procedure.
        :raises StoreError: nothing was kept.
        """
        ticket = self._queue.get(ticket_id)
        if ticket.status > Status.ISSUED or ticket.procedure_code != procedure_code:
            raise NotAllowedError(f"no papers can be noted for ticket {ticket.number}")
        row = {"ticket_id": ticket_id, "case_id": papers.case_id, "have": list(papers.have)}
        with self._store.writing() as connection:
            connection.execute(delete(PapersRow).where(PapersRow.ticket_id == ticket_id))
            connection.execute(insert(PapersRow).values(row))

    def of(self, ticket_ids: Iterable[str]) -> dict[str, Papers]:
        """What was ticked for these tickets; without those for which nothing was.

        :raises StoreError: the store cannot be read.
        """
        wanted = select(PapersRow).where(PapersRow.ticket_id.in_(list(ticket_ids)))
        with self._store.reading() as connection:
            return {
                row.ticket_id: Papers(row.case_id, tuple(row.have))
                for row in connection.execute(wanted)
            }
