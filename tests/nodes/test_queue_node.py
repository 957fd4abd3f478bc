"""The queue's services, as the dialogue and the staff use them."""

import sqlite3
import uuid
from contextlib import closing

import pytest

pytest.importorskip("rclpy")

from std_srvs.srv import Trigger

from kiosk_interfaces.msg import CounterState, LeaderAlert, QueueState, Ticket
from kiosk_interfaces.srv import (
    CallNext,
    CallStaff,
    ChangeCounter,
    ChangeTicket,
    CheckIn,
    ClosePrint,
    FollowTickets,
    IssueTicket,
    NotePapers,
    ServeDirect,
    SettleTicket,
    SubmitFeedback,
)
from kiosk_nodes import ticket_reconciliation
from kiosk_nodes.qos import EVENT, STATE
from kiosk_nodes.queue import QueueNode
from kiosk_robot import parameters
from kiosk_robot.config import load_site
from kiosk_robot.queueing.engine import Queue
from kiosk_robot.queueing.store import Store

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


def change(bench, ticket_id: str, action: str, **details):
    request = ChangeTicket.Request(
        ticket_id=ticket_id, action=getattr(ChangeTicket.Request, action), **details
    )
    return bench.call(ChangeTicket, "queue/change_ticket", request)


def sit(bench, counter: str, action: str, **details):
    request = ChangeCounter.Request(
        counter=counter, action=getattr(ChangeCounter.Request, action), **details
    )
    return bench.call(ChangeCounter, "queue/change_counter", request)


def waiting(bench, **details):
    """A ticket in a citizen's hand."""
    request = IssueTicket.Request(request_id=str(uuid.uuid4()), procedure_code=BIRTH, **details)
    ticket = bench.call(IssueTicket, "queue/issue_ticket", request).ticket
    return settle(bench, ticket.id, SettleTicket.Request.ISSUED, delivery="paper").ticket


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


def minutes(duration) -> float:
    return duration.sec / 60


def test_a_number_comes_with_its_wait_and_the_state_tells_it_to_all(bench, queue):
    states = bench.hear(QueueState, "queue/state", STATE)
    sit(bench, "1", "OPEN")
    first = reserve(bench, "one").ticket
    settle(bench, first.id, SettleTicket.Request.ISSUED, delivery="paper")
    later = reserve(bench, "two").ticket
    assert 0 < minutes(first.wait_high) < minutes(later.wait_high)
    assert minutes(later.wait_low) <= minutes(later.wait_median) <= minutes(later.wait_high)
    settle(bench, later.id, SettleTicket.Request.ISSUED, delivery="paper")
    bench.wait_for(
        lambda: states and states[-1].series[0].waiting == 2 and states[-1].series[0].wait_median,
        "a wait on the state",
    )
    assert states[-1].series[0].wait_high > states[-1].series[1].wait_high
    called = call_next(bench, "1").ticket
    assert minutes(called.wait_high) == 0
    bench.wait_for(lambda: states[-1].promises == 1, "the first promise to be known")
    assert minutes(reserve(bench, "two").ticket.wait_high) > 0  # asked again


def test_staff_do_with_a_ticket_what_comes_up(bench, queue):
    sit(bench, "1", "OPEN", staff="c07")
    first, second = waiting(bench), waiting(bench, priority="age_75")
    assert (first.number, second.number, second.priority) == ("A001", "A002", "age_75")
    assert second.people_ahead == 0
    called = call_next(bench, "1").ticket
    assert (called.number, called.staff, called.calls) == ("A002", "c07", 1)
    assert change(bench, second.id, "RECALL").ticket.calls == 2
    assert change(bench, second.id, "START").ticket.status == Ticket.SERVING
    assert change(bench, second.id, "PARK", reason="form").ticket.status == Ticket.PARKED
    assert change(bench, second.id, "UNPARK").ticket.status == Ticket.ISSUED
    assert change(bench, first.id, "SET_PRIORITY", priority="merit").ticket.people_ahead == 0
    assert change(bench, second.id, "CALL", counter="2", reason="urgent").ticket.counter == "2"
    moved = change(bench, second.id, "TRANSFER", series="C", come_back=True).ticket
    assert (moved.line, list(moved.later_series)) == ("C", ["A"])
    assert call_next(bench, "3").ticket.id == second.id
    assert change(bench, second.id, "FINISH", reason="received").ticket.line == "A"
    assert call_next(bench, "1").ticket.id == first.id
    assert change(bench, first.id, "NO_SHOW").ticket.status == Ticket.ISSUED
    assert change(bench, first.id, "WITHDRAW", reason="left").ticket.status == Ticket.LAPSED


def test_a_repeated_press_calls_once(bench, queue):
    waiting(bench)
    waiting(bench)
    press = CallNext.Request(counter="1", request_id="press")
    called = [bench.call(CallNext, "queue/call_next", press).ticket.number for _ in range(2)]
    assert called == ["A001", "A001"]


def test_a_visit_with_two_services(bench, queue):
    ticket = waiting(bench, later_codes=["1.004222"])
    assert list(ticket.later_series) == ["B"]
    call_next(bench, "1")
    change(bench, ticket.id, "FINISH")
    assert call_next(bench, "2").ticket.procedure_code == "1.004222"


def test_counters_are_on_the_state(bench, queue):
    states = bench.hear(QueueState, "queue/state", STATE)
    opened = sit(bench, "2", "OPEN", staff="c11", series=["A", "B"])
    assert opened.counter_state.state == CounterState.OPEN
    assert sit(bench, "2", "PAUSE", reason="lunch").counter_state.reason == "lunch"
    bench.wait_for(
        lambda: states and states[-1].counters[1].state == CounterState.PAUSED, "the pause"
    )
    request = ServeDirect.Request(request_id="wish", procedure_code=BIRTH, counter="2")
    direct = bench.call(ServeDirect, "queue/serve_direct", request)
    assert direct.ticket.status == Ticket.SERVING
    busy = sit(bench, "2", "CLOSE")
    assert busy.error_code == ChangeCounter.Response.NOT_ALLOWED
    change(bench, direct.ticket.id, "FINISH")
    assert sit(bench, "2", "CLOSE").counter_state.state == CounterState.CLOSED
    waiting(bench)
    ended = bench.call(Trigger, "queue/end_day", Trigger.Request())
    assert ended.success
    assert ended.message == "lapsed unserved: A001"


def test_what_staff_cannot_do_is_said(bench, queue):
    codes = ChangeTicket.Response
    ticket = waiting(bench)
    assert change(bench, "nobody", "START").error_code == codes.NO_SUCH_TICKET
    assert change(bench, ticket.id, "START").error_code == codes.NOT_ALLOWED
    assert change(bench, ticket.id, "TRANSFER", series="Z").error_code == codes.UNKNOWN_COUNTER
    vip = change(bench, ticket.id, "SET_PRIORITY", priority="vip")
    assert vip.error_code == codes.UNKNOWN_PRIORITY
    strange = ChangeTicket.Request(ticket_id=ticket.id, action=99)
    answer = bench.call(ChangeTicket, "queue/change_ticket", strange)
    assert answer.error_code == codes.UNKNOWN_ACTION
    counter = ChangeCounter.Response
    assert sit(bench, "9", "OPEN").error_code == counter.UNKNOWN_COUNTER
    answer = bench.call(
        ChangeCounter, "queue/change_counter", ChangeCounter.Request(counter="1", action=9)
    )
    assert answer.error_code == counter.UNKNOWN_ACTION
    wish = IssueTicket.Request(request_id="x", procedure_code=BIRTH, priority="vip")
    issued = bench.call(IssueTicket, "queue/issue_ticket", wish)
    assert issued.error_code == IssueTicket.Response.UNKNOWN_PRIORITY


def test_the_state_shows_what_another_program_has_changed(bench, queue, tmp_path):
    states = bench.hear(QueueState, "queue/state", STATE)
    waiting(bench)
    bench.wait_for(lambda: states and states[-1].series[0].waiting == 1, "one who waits")
    store = Store(f"sqlite:///{tmp_path / 'kiosk.db'}")
    Queue(store, load_site("cua_nam")).call_next("1")
    store.close()
    bench.wait_for(lambda: states[-1].series[0].last_called == "A001", "the call of the other")


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


def test_pages_follow_tickets_with_place_and_wait(bench, queue):
    first, second = waiting(bench), waiting(bench)

    def follow(*ids: str):
        answer = bench.call(
            FollowTickets, "queue/follow_tickets", FollowTickets.Request(ticket_ids=list(ids))
        )
        return {one.id: one for one in answer.tickets}

    stranger = str(uuid.uuid4())
    found = follow(first.id, second.id, stranger, "no uuid")
    assert set(found) == {first.id, second.id}
    assert [found[one.id].people_ahead for one in (first, second)] == [0, 1]
    assert found[second.id].wait_high.sec > 0
    call_next(bench, "1")
    found = follow(first.id, second.id)
    assert found[first.id].status == Ticket.CALLED
    assert found[first.id].wait_high.sec == 0
    assert found[second.id].people_ahead == 0


def test_a_crowd_of_pages_gets_places_at_once_and_waits_in_turn(bench, queue):
    ids = [waiting(bench).id for _ in range(7)]
    request = FollowTickets.Request(ticket_ids=ids)
    told = []
    for _ in range(3):
        tickets = bench.call(FollowTickets, "queue/follow_tickets", request).tickets
        assert [one.people_ahead for one in tickets] == list(range(7))
        told.append(sum(one.wait_high.sec > 0 for one in tickets))
    assert told == [3, 6, 7]


def test_papers_ticked_at_the_robot_are_kept_until_the_number_is_called(bench, queue):
    ticket = waiting(bench)

    def note(ticket_id: str, procedure: str) -> int:
        request = NotePapers.Request(
            ticket_id=ticket_id, procedure_code=procedure, case_id="ordinary", have=[0, 2]
        )
        return bench.call(NotePapers, "queue/note_papers", request).error_code

    assert note(ticket.id, ticket.procedure_code) == NotePapers.Response.NONE
    assert note(ticket.id, "2.000635") == NotePapers.Response.NOT_ALLOWED
    assert note(str(uuid.uuid4()), ticket.procedure_code) == NotePapers.Response.NO_SUCH_TICKET
    call_next(bench, "1")
    assert note(ticket.id, ticket.procedure_code) == NotePapers.Response.NOT_ALLOWED
