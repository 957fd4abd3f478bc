"""What citizens tick off at the robot, for the counter."""

import pytest

from kiosk_robot.queueing.papers import Papers, TickedPapers
from kiosk_robot.queueing.ticket import NoSuchTicketError, NotAllowedError

BIRTH = "1.001193"


@pytest.fixture
def papers(hall, store):
    return TickedPapers(store, hall)


def test_the_last_word_about_the_papers_counts(hall, papers):
    ticket, other = hall.take(), hall.take()
    papers.note(ticket.id, BIRTH, Papers("ordinary", (0,)))
    papers.note(ticket.id, BIRTH, Papers("by_proxy", (1, 3)))
    assert papers.of([ticket.id, other.id, "nobody"]) == {ticket.id: Papers("by_proxy", (1, 3))}


def test_papers_of_another_procedure_or_of_who_waits_no_more_are_refused(hall, papers):
    ticket = hall.take()
    with pytest.raises(NotAllowedError):
        papers.note(ticket.id, "2.000635", Papers("ordinary", (0,)))
    with pytest.raises(NoSuchTicketError):
        papers.note("nobody", BIRTH, Papers("ordinary", (0,)))
    hall.call_next("1")
    with pytest.raises(NotAllowedError):
        papers.note(ticket.id, BIRTH, Papers("ordinary", (0,)))
    assert papers.of([ticket.id]) == {}
