"""The queue's services, as the dialogue and the staff use them."""

import sqlite3
import uuid
from contextlib import closing

import pytest

pytest.importorskip("rclpy")

from kiosk_interfaces.msg import LeaderAlert, QueueState, Ticket
from kiosk_interfaces.srv import (
    CallNext,
    CallStaff,
    CheckIn,
    ClosePrint,
    IssueTicket,
    SettleTicket,
    SubmitFeedback,
)
from kiosk_nodes import ticket_reconciliation
from kiosk_nodes.qos import EVENT, STATE
from kiosk_nodes.queue import QueueNode
from kiosk_robot import parameters

BIRTH = "1.001193"


@pytest.fixture
def queue(bench, tmp_path, monkeypatch):
    monkeypatch.setenv("KIOSK_HOME", str(tmp_path))
    return bench.add(QueueNode())


def reserve(bench, request_id: str = "", code: str = BIRTH):
    request = IssueTicket.Request(request_id=request_id or str(uuid.uuid4()), procedure_code=code)
    return bench.call(IssueTicket, "queue/issue_ticket", request)


def settle(bench, ticket_id: str, outcome: int, **details):
    request = SettleTicket.Request(ticket_id=ticket_id, outcome=outcome, **details)
    return bench.call(SettleTicket, "queue/settle_ticket", request)


def call_next(bench, counter: str):
    return bench.call(CallNext, "queue/call_next", CallNext.Request(counter=counter))


def rate(bench, rating: int, request_id: str = "wish", comment: str = ""):
    request = SubmitFeedback.Request(
        request_id=request_id, session_id="visit", rating=rating, comment=comment
    )
    return bench.call(SubmitFeedback, "queue/submit_feedback", request)


def drop(tmp_path, table: str) -> None:
    """Damage the store."""
    with closing(sqlite3.connect(tmp_path / "kiosk.db")) as connection:
        connection.execute(f"DROP TABLE {table}")
        connection.commit()


def test_a_number_from_reservation_to_the_counter(bench, queue):
    states = bench.hear(QueueState, "queue/state", STATE)
    first, again = reserve(bench, "wish"), reserve(bench, "wish")
    assert first.error_code == IssueTicket.Response.NONE
    assert (first.ticket.number, first.ticket.counter) == ("A001", "1")
    assert again.ticket.id == first.ticket.id
    assert call_next(bench, "1").error_code == CallNext.Response.NOBODY_WAITING

    settle(bench, first.ticket.id, SettleTicket.Request.PRINTING)
    issued = settle(bench, first.ticket.id, SettleTicket.Request.ISSUED, delivery="paper")
    assert (issued.error_code, issued.ticket.status) == (0, Ticket.ISSUED)
    bench.wait_for(lambda: states and states[-1].series[0].waiting == 1, "one who waits")

    called = call_next(bench, "1")
    assert (called.error_code, called.ticket.number) == (0, "A001")
    bench.wait_for(lambda: states[-1].series[0].last_called == "A001", "the call on the board")
    assert states[-1].series[0].waiting == 0


def test_what_cannot_be_done_is_said(bench, queue):
    unknown = reserve(bench, code="9.999999")
    assert unknown.error_code == IssueTicket.Response.UNKNOWN_PROCEDURE
    assert "no procedure 9.999999" in unknown.error_msg

    nowhere = call_next(bench, "9")
    assert nowhere.error_code == CallNext.Response.UNKNOWN_COUNTER
    assert "no counter 9" in nowhere.error_msg

    nobody = settle(bench, "nobody", SettleTicket.Request.ISSUED)
    assert nobody.error_code == SettleTicket.Response.NO_SUCH_TICKET

    void = reserve(bench).ticket
    settle(bench, void.id, SettleTicket.Request.VOID, reason="citizen left")
    refused = settle(bench, void.id, SettleTicket.Request.ISSUED)
    assert refused.error_code == SettleTicket.Response.NOT_ALLOWED
    assert "VOID" in refused.error_msg
    strange = settle(bench, void.id, 7)
    assert strange.error_code == SettleTicket.Response.NOT_ALLOWED
    assert "no outcome 7" in strange.error_msg

    booking = bench.call(CheckIn, "queue/check_in", CheckIn.Request(booking_code="123"))
    assert booking.error_code == CheckIn.Response.NOT_CONNECTED


def test_a_damaged_store_is_said_and_the_node_lives_on(bench, queue, tmp_path):
    ticket = reserve(bench).ticket
    drop(tmp_path, "tickets")
    for answer in (
        reserve(bench),
        settle(bench, ticket.id, SettleTicket.Request.ISSUED),
        call_next(bench, "1"),
    ):
        assert answer.error_code == type(answer).STORE_FAILED
        assert "kiosk.db" in answer.error_msg
    assert rate(bench, 5).error_code == SubmitFeedback.Response.NONE
    drop(tmp_path, "feedback")
    assert rate(bench, 5, "another").error_code == SubmitFeedback.Response.STORE_FAILED
    drop(tmp_path, "alerts")
    answer = bench.call(CallStaff, "queue/call_staff", CallStaff.Request(reason="asked"))
    assert not answer.accepted
    assert "kiosk.db" in answer.error_msg


def test_a_bad_rating_reaches_the_leaders_once(bench, queue):
    alerts = bench.hear(LeaderAlert, "feedback/alerts", EVENT)
    assert not rate(bench, 5, "content").alert_raised
    assert rate(bench, 2, "unhappy").alert_raised
    assert not rate(bench, 2, "unhappy").alert_raised
    assert rate(bench, 6, "beyond").error_code == SubmitFeedback.Response.BAD_RATING
    bench.call(CallStaff, "queue/call_staff", CallStaff.Request(reason="asked"))
    bench.wait_for(lambda: len(alerts) >= 2, "the alerts")
    assert [(alert.kind, alert.rating) for alert in alerts] == [
        ("low_rating", 2),
        ("citizen_needs_staff", 0),
    ]


def test_a_restart_goes_on_counting(bench, queue):
    first = reserve(bench, "wish").ticket
    bench.remove(queue)
    bench.add(QueueNode())
    assert reserve(bench, "wish").ticket.id == first.id
    assert reserve(bench).ticket.number == "A002"


@pytest.fixture
def reconciling(bench, monkeypatch):
    """A queue that asks soon, and the printer's answers by ticket."""
    monkeypatch.setattr(ticket_reconciliation, "PERIOD", 0.2)
    monkeypatch.setattr(parameters.Queue.model_fields["settle_timeout"], "default", 1.0)
    outcomes: dict[str, int] = {}

    def answer(request: ClosePrint.Request, response: ClosePrint.Response) -> ClosePrint.Response:
        response.outcome = outcomes.get(request.ticket_id, ClosePrint.Response.SENDING)
        return response

    bench.make(lambda: bench.peer.create_service(ClosePrint, "printer/close_print", answer))
    bench.add(QueueNode())
    return outcomes


def test_a_ticket_that_nobody_settled_is_issued_when_the_printer_has_printed_it(bench, reconciling):
    states = bench.hear(QueueState, "queue/state", STATE)
    ticket = reserve(bench).ticket
    reconciling[ticket.id] = ClosePrint.Response.PRINTED
    bench.wait_for(lambda: states and states[-1].series[0].waiting == 1, "the ticket to count")
    assert call_next(bench, "1").ticket.id == ticket.id


def test_a_ticket_that_nobody_settled_and_nobody_saw_printed_is_void_and_announced(
    bench, reconciling
):
    alerts = bench.hear(LeaderAlert, "feedback/alerts", EVENT)
    ticket = reserve(bench).ticket
    reconciling[ticket.id] = ClosePrint.Response.UNKNOWN
    bench.wait_for(lambda: alerts, "the announcement")
    assert alerts[0].kind == "ticket_void"
    assert "A001" in alerts[0].text
    refused = settle(bench, ticket.id, SettleTicket.Request.ISSUED, delivery="screen")
    assert refused.error_code == SettleTicket.Response.NOT_ALLOWED
    assert call_next(bench, "1").error_code == CallNext.Response.NOBODY_WAITING
