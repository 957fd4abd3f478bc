"""Bookings and alerts through the queue node, with a booking service over HTTP."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

pytest.importorskip("rclpy")

from kiosk_interfaces.msg import Intent, LeaderAlert, LiveSpeech
from kiosk_interfaces.srv import (
    AcknowledgeAlert,
    CheckIn,
    CloseAlert,
    IssueTicket,
    ListAlerts,
    SettleTicket,
    SubmitFeedback,
)
from kiosk_nodes.qos import EVENT, STATE
from kiosk_nodes.queue import QueueNode
from kiosk_robot.config import load_site
from kiosk_robot.queueing.claims import Claim, SealingKey
from kiosk_robot.web.booking_service import BookingBook, Wish, create_booking_service

PHONE = "0912345678"


@pytest.fixture
def book(always_open):
    site = load_site("cua_nam")
    return BookingBook({"cua_nam": site}, lambda: datetime.now(UTC))


@pytest.fixture
def server(serve, book):
    return serve(create_booking_service(book, "shown"))


@pytest.fixture
def queue(bench, always_open, tmp_path, monkeypatch, server):
    monkeypatch.setenv("KIOSK_HOME", str(tmp_path))
    (tmp_path / "secrets.yaml").write_text("booking_token: shown\n", encoding="utf-8")
    (tmp_path / "secrets.yaml").chmod(0o600)
    from rclpy.parameter import Parameter

    node = QueueNode(
        parameter_overrides=[
            Parameter("booking_url", value=server.url),
            Parameter("booking_period", value=1.0),
        ]
    )
    return bench.add(node)


def make(book):
    today = datetime.now(load_site("cua_nam").zone).date()
    wish = Wish(
        point="cua_nam", field="Hộ tịch", group="civil_status", day=today,
        name="Nguyễn Văn Mẫu", phone=PHONE, card="001098000000",
    )  # fmt: skip
    return book.make(wish)


def seal(tmp_path, kind, value):
    key = SealingKey.load(tmp_path / "booking.key")
    assert key
    return str(key.seal(Claim(kind, value)))


def check_in(bench, claim, request_id=""):
    request = CheckIn.Request(request_id=request_id or str(uuid.uuid4()), claim=claim)
    return bench.call(CheckIn, "queue/check_in", request)


def test_a_booking_becomes_a_ticket_with_and_without_a_line(bench, book, queue, server, tmp_path):
    made = make(book)
    bench.wait_for((tmp_path / "booking.key").exists, "the first list")
    done = check_in(bench, seal(tmp_path, "phone", PHONE), "wish")
    assert (done.error_code, done.ticket.number) == (CheckIn.Response.NONE, "A001")
    assert check_in(bench, seal(tmp_path, "code", made.code), "wish").ticket.id == done.ticket.id
    bench.wait_for(lambda: book.kept[made.id].booking.used, "the service to know")

    again = bench.call(IssueTicket, "queue/issue_ticket", IssueTicket.Request(request_id="wish"))
    assert (again.error_code, again.ticket.id) == (0, done.ticket.id), "how many are ahead now"
    used = check_in(bench, seal(tmp_path, "code", made.code))
    assert (used.error_code, used.ticket.number) == (CheckIn.Response.ALREADY_USED, "A001")

    void = SettleTicket.Request(ticket_id=done.ticket.id, outcome=SettleTicket.Request.VOID)
    bench.call(SettleTicket, "queue/settle_ticket", void)
    server.stop()
    offline = check_in(bench, seal(tmp_path, "code", made.code))
    assert (offline.error_code, offline.ticket.number) == (CheckIn.Response.NONE, "A002")
    unknown = check_in(bench, seal(tmp_path, "code", "00000000"))
    assert (unknown.error_code, unknown.offline) == (CheckIn.Response.NO_SUCH_BOOKING, True)


def test_a_conflict_after_an_outage_is_told_to_staff(bench, book, queue, server, tmp_path):
    alerts = bench.hear(LeaderAlert, "feedback/alerts", EVENT)
    made = make(book)
    bench.wait_for((tmp_path / "booking.key").exists, "the first list")
    bench.wait_for(
        lambda: server.requests.count("GET /v1/points/cua_nam/bookings") > 1, "the booking"
    )
    server.stop()
    assert check_in(bench, seal(tmp_path, "code", made.code)).error_code == 0
    elsewhere = {
        "check_in_id": str(uuid.uuid4()),
        "point": "cua_nam",
        "at": datetime.now(UTC) - timedelta(minutes=1),
    }
    from kiosk_robot.queueing.booking_contract import CheckInReport

    assert book.check_in(made.id, CheckInReport(**elsewhere)) is None
    server.start()
    bench.wait_for(lambda: alerts, "the conflict")
    assert (alerts[0].kind, "A001" in alerts[0].text) == ("booking_conflict", True)


def test_what_is_not_sealed_is_not_looked_for(bench, queue):
    answer = check_in(bench, PHONE)
    assert answer.error_code == CheckIn.Response.NOT_CONNECTED
    assert PHONE not in answer.error_msg


def test_an_alert_from_raised_to_closed(bench, queue):
    alerts = bench.hear(LeaderAlert, "feedback/alerts", EVENT)

    def rate(**details):
        request = SubmitFeedback.Request(request_id="wish", session_id="v", rating=1, **details)
        return bench.call(SubmitFeedback, "queue/submit_feedback", request)

    assert rate(counter="9").error_code == SubmitFeedback.Response.UNKNOWN_COUNTER
    assert rate(staff="X99").error_code == SubmitFeedback.Response.UNKNOWN_STAFF
    assert rate(counter="1").alert_raised
    assert rate(counter="1", comment="chờ lâu quá").alert_raised
    bench.wait_for(lambda: len(alerts) == 2, "the alert and its comment")
    alert = alerts[1]
    assert (alert.comment, alert.recipient, alert.state) == (
        "chờ lâu quá",
        "duty",
        LeaderAlert.RAISED,
    )

    def acknowledge(**details):
        name = "feedback/acknowledge_alert"
        return bench.call(AcknowledgeAlert, name, AcknowledgeAlert.Request(**details))

    def close(**details):
        return bench.call(CloseAlert, "feedback/close_alert", CloseAlert.Request(**details))

    nobody = acknowledge(id="nobody", by="duty")
    assert nobody.error_code == AcknowledgeAlert.Response.NO_SUCH_ALERT
    named = acknowledge(id=alert.id, by="Nguyễn Văn An")
    assert named.error_code == AcknowledgeAlert.Response.NOT_ALLOWED
    assert acknowledge(id=alert.id, by="duty").alert.state == LeaderAlert.ACKNOWLEDGED
    listed = bench.call(ListAlerts, "feedback/list_alerts", ListAlerts.Request()).alerts
    assert [(one.id, one.by) for one in listed] == [(alert.id, "duty")]
    empty = close(id=alert.id, by="duty")
    assert empty.error_code == CloseAlert.Response.NOT_ALLOWED
    closed = close(id=alert.id, by="duty", note="đã xin lỗi").alert
    assert (closed.state, closed.by, closed.note) == (LeaderAlert.CLOSED, "duty", "đã xin lỗi")
    bench.wait_for(
        lambda: [one.state for one in alerts[2:]] == [LeaderAlert.ACKNOWLEDGED, LeaderAlert.CLOSED],
        "each change on the topic",
    )


def test_a_phone_number_that_is_said_reaches_no_topic(bench, devices, tmp_path, monkeypatch):
    from kiosk_interfaces.msg import DialogueState
    from kiosk_nodes.speech_recognition import SPEAKER, SpeechRecognitionNode

    monkeypatch.setenv("KIOSK_HOME", str(tmp_path))
    key = SealingKey("2026-11-23", b"k" * 32)
    key.save(tmp_path / "booking.key")
    socket = devices.environment["KIOSK_SIMULATED_MICROPHONE"]
    ears = bench.device(
        SpeechRecognitionNode, engine="scripted", scripted_socket=socket, hold_off=0.0
    )
    bench.wait_for(lambda: devices.microphone._listeners, "the microphone to be connected")
    states = bench.publisher(DialogueState, "dialogue/state", STATE)
    speech = bench.hear(LiveSpeech, f"{SPEAKER}/speech", EVENT)
    intents = bench.hear(Intent, "/intents", EVENT)

    states.publish(DialogueState(phase="check_in"))
    bench.wait_for(lambda: ears._claims._asked, "the state to have come")
    devices.say("không chín một hai ba bốn năm sáu bảy tám")
    bench.wait_for(lambda: intents, "the number")
    assert str(key.seal(Claim("phone", PHONE))) in intents[-1].data
    devices.say("Nguyễn Thị Bích Hằng chín giờ rưỡi")
    bench.wait_for(lambda: "name:" in intents[-1].data, "the name")
    heard = " ".join([*(one.final for one in speech), *(one.data for one in intents)])
    assert speech == []
    for secret in (PHONE, "không chín một", "Hằng", "hang"):
        assert secret not in heard
