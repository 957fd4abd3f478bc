"""An unhappy citizen is heard: over real HTTP and SMTP, when servers fail, and after SIGKILL."""

import json
import signal
import smtplib
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from fastapi import FastAPI, Request

from kiosk_robot.config import load_site
from kiosk_robot.feedback.desk import (
    AlertNotAllowedError,
    AlertState,
    FeedbackDesk,
    NoSuchAlertError,
)
from kiosk_robot.feedback.outbox import Outbox, pause_after, ways_of
from kiosk_robot.feedback.ways import signature
from kiosk_robot.queueing.store import Store
from kiosk_robot.secrets import Secrets
from kiosk_robot.site import AlertRules, MailServer, Recipient

pytestmark = pytest.mark.thorough

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
SECRETS = Secrets(webhook_secret="shared-secret")  # noqa: S106  of a test


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)


class Receiver:
    """A leader's service: keeps what it is sent, and refuses what is not signed."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, dict]] = []
        self.app = FastAPI()
        self.app.post("/alerts")(self.take)

    async def take(self, request: Request) -> dict:
        body = await request.body()
        name, stamp = request.headers["webhook-id"], request.headers["webhook-timestamp"]
        signed = signature(b"shared-secret", name, stamp, body)
        assert request.headers["webhook-signature"] == signed
        self.messages.append((name, json.loads(body)))
        return {}

    def occasions(self) -> list[str]:
        return [message["type"] for _, message in self.messages]


class Mailbox:
    """Keeps the mails; `refusal` is answered instead when set."""

    def __init__(self) -> None:
        self.mails: list = []
        self.refusal = ""

    async def handle_DATA(self, _server, _session, envelope) -> str:  # noqa: N802
        if self.refusal:
            return self.refusal
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 taken"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def receiver():
    return Receiver()


@pytest.fixture
def server(serve, receiver):
    return serve(receiver.app)


@pytest.fixture
def mailbox():
    box = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        box.port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    box.controller = controller
    yield box
    box.controller.stop()


class Point:
    """Desk and outbox over one store, with two recipients."""

    def __init__(self, path, url, port, clock):
        first = Recipient(code="duty", webhook=f"{url}/alerts" if url else "")
        email = "chair@example.org" if port else ""
        rules = AlertRules(
            escalate_after=10,
            recipients=(first, Recipient(code="chair", email=email)),
            mail=MailServer(
                host="127.0.0.1", port=port, security="none", sender="robot@example.org"
            )
            if port
            else None,
        )
        self.site = load_site("cua_nam").model_copy(update={"alerts": rules})
        self.store = Store(f"sqlite:///{path}")
        self.desk = FeedbackDesk(self.store, self.site, clock)
        self.ways = ways_of(self.site, SECRETS, clock)
        self.outbox = Outbox(self.store, self.site, self.ways, clock)

    def rate(self, rating=1, request="wish", **details):
        return self.desk.submit(request, "visit", rating, **details)


@pytest.fixture
def point(tmp_path, server, mailbox, clock):
    return Point(tmp_path / "kiosk.db", server.url, mailbox.port, clock)


def test_a_bad_rating_is_with_the_first_recipient_at_once_signed_and_without_a_name(
    point, receiver
):
    alert = point.rate(counter="3")
    assert [one.error for one in point.outbox.deliver_due()] == [""]
    [(_, message)] = receiver.messages
    assert message["type"] == "alert.raised"
    assert message["alert"]["id"] == alert.id
    assert message["alert"]["text"] == "Khách chưa hài lòng về quầy số 3: chấm 1 trên 5 điểm."
    assert "visit" not in json.dumps(message)
    assert point.outbox.deliver_due() == []


def test_a_comment_that_comes_later_is_told_too_once(point, receiver):
    point.rate()
    point.outbox.deliver_due()
    told = point.rate(comment="tôi tên là Nguyễn Văn An, số 001194026153, chờ lâu quá")
    assert told.comment == "tôi tên là (tên), số 0011****6153, chờ lâu quá"
    assert point.rate(comment="khác") is None
    point.outbox.deliver_due()
    assert receiver.occasions() == ["alert.raised", "alert.comment"]
    assert receiver.messages[1][1]["alert"]["comment"] == told.comment


def test_nobody_acknowledges_so_the_next_one_gets_a_mail(point, mailbox, clock):
    alert = point.rate(counter="3", comment="chờ lâu quá")
    clock.wait(minutes=9)
    assert point.desk.escalate_due() == []
    clock.wait(minutes=1)
    [escalated] = point.desk.escalate_due()
    assert (escalated.id, escalated.recipient) == (alert.id, "chair")
    assert point.desk.escalate_due() == [], "the last one keeps it"
    point.outbox.deliver_due()
    [mail] = mailbox.mails
    assert mail["Subject"].startswith("[phường Cửa Nam] Chưa ai xử lý: Khách chưa hài lòng")
    assert (mail["To"], mail["From"]) == ("chair@example.org", "robot@example.org")
    assert "Khách nói: chờ lâu quá" in mail.get_content()
    assert "10:00 23/11/2026" in mail.get_content()


def test_an_acknowledged_alert_is_not_escalated_and_is_closed_with_a_note(point, clock):
    alert = point.rate()
    taken = point.desk.acknowledge(alert.id, "duty")
    assert (taken.state, taken.by) == (AlertState.ACKNOWLEDGED, "duty")
    assert point.desk.acknowledge(alert.id, "chair").by == "duty", "the first one has it"
    clock.wait(hours=2)
    assert point.desk.escalate_due() == []
    closed = point.desk.close(alert.id, "duty", "đã gặp và xin lỗi, số 0912345678")
    assert (closed.state, closed.note) == (
        AlertState.CLOSED,
        "đã gặp và xin lỗi, số 091****678",
    )
    assert point.desk.close(alert.id, "duty", "đã gặp và xin lỗi, số 0912345678") == closed
    assert point.desk.open_alerts() == []
    with pytest.raises(AlertNotAllowedError, match="closed already"):
        point.desk.close(alert.id, "chair", "khác")
    with pytest.raises(AlertNotAllowedError, match="is closed"):
        point.desk.acknowledge(alert.id, "duty")


def test_what_is_no_code_no_note_or_no_alert_is_refused(point):
    alert = point.rate()
    for by in ("", "Nguyễn Văn An", "a" * 21):
        with pytest.raises(AlertNotAllowedError, match="code"):
            point.desk.acknowledge(alert.id, by)
    with pytest.raises(AlertNotAllowedError, match="note"):
        point.desk.close(alert.id, "duty", "  ")
    with pytest.raises(NoSuchAlertError, match="no alert"):
        point.desk.acknowledge("nobody", "duty")


@pytest.mark.parametrize("fault", ["gone", "error", "slow", "lost_answer"])
def test_a_webhook_that_fails_is_tried_again_until_it_has_arrived(
    point, receiver, server, clock, fault
):
    point.rate()
    server.fault = "" if fault == "gone" else fault
    patience = point.ways["webhook"]._timeout
    if fault == "slow":
        point.ways["webhook"]._timeout = 0.3
    if fault == "gone":
        server.stop()
    for attempt in (1, 2, 3):
        [tried] = point.outbox.deliver_due()
        assert (tried.attempts, bool(tried.error)) == (attempt, True)
        assert point.outbox.deliver_due() == [], "not at once again"
        clock.now += pause_after(attempt)
    server.fault = ""
    point.ways["webhook"]._timeout = patience
    if fault == "gone":
        server.start()
    [tried] = point.outbox.deliver_due()
    assert tried.error == ""
    ids = [name for name, _ in receiver.messages]
    assert len(ids) == (4 if fault == "lost_answer" else 1)
    assert len(set(ids)) == 1, "a repetition is known by its id"
    clock.wait(days=1)
    assert point.outbox.deliver_due() == []


def test_a_mail_server_that_fails_is_tried_again(tmp_path, mailbox, clock):
    point = Point(tmp_path / "kiosk.db", "", mailbox.port, clock)
    point.rate()
    clock.wait(minutes=10)
    point.desk.escalate_due()
    mailbox.refusal = "451 try again later"
    [tried] = point.outbox.deliver_due()
    assert tried.error == "SMTPDataError 451"
    mailbox.refusal = ""
    mailbox.controller.stop()
    clock.wait(minutes=1)
    [tried] = point.outbox.deliver_due()
    assert tried.error == "ConnectionRefusedError"
    mailbox.controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port)
    mailbox.controller.start()
    clock.wait(minutes=1)
    [tried] = point.outbox.deliver_due()
    assert (tried.error, len(mailbox.mails)) == ("", 1)


def test_a_clock_that_is_set_back_delays_nobody(point, receiver, server, clock):
    alert = point.rate()
    server.fault = "error"
    point.outbox.deliver_due()
    server.fault = ""
    clock.wait(days=-1)
    assert [one.error for one in point.outbox.deliver_due()] == [""]
    assert [one.id for one in point.desk.escalate_due()] == [alert.id]


def test_pauses_grow_and_stay_bearable():
    pauses = [pause_after(attempt).total_seconds() for attempt in range(1, 60)]
    assert pauses[:4] == [5, 10, 20, 40]
    assert pauses == sorted(pauses)
    assert pauses[-1] == 600


SENDER = """
import sys
from datetime import UTC, datetime
sys.path.insert(0, {folder!r})
from test_alerts import Point
point = Point({path!r}, {url!r}, 0, lambda: datetime(2026, 11, 23, 3, 0, tzinfo=UTC))
point.rate(counter="3")
print("kept", flush=True)
point.outbox.deliver_due()
"""


def test_an_alert_outlives_sigkill_in_the_middle_of_its_delivery(tmp_path, receiver, server, clock):
    server.fault = "slow"
    path, folder = str(tmp_path / "kiosk.db"), str(__file__.rpartition("/")[0])
    code = SENDER.format(folder=folder, path=path, url=server.url)
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as sender:
        assert sender.stdout
        assert sender.stdout.readline() == b"kept\n"
        deadline = time.monotonic() + 15
        while not server.requests and time.monotonic() < deadline:
            time.sleep(0.01)
        sender.send_signal(signal.SIGKILL)
    assert server.requests == ["POST /alerts"]
    assert receiver.messages == []

    server.fault = ""
    again = Point(tmp_path / "kiosk.db", server.url, 0, clock)
    assert again.outbox.deliver_due() == [], "another sender may still be at it"
    clock.wait(seconds=60)
    assert [one.error for one in again.outbox.deliver_due()] == [""]
    assert receiver.occasions() == ["alert.raised"]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM alerts").fetchall() == [(1,)]


def test_a_recipient_who_left_the_site_file_keeps_nobody_waiting(point, clock, tmp_path, receiver):
    point.rate()
    fewer = AlertRules(recipients=(Recipient(code="new"),))
    site = point.site.model_copy(update={"alerts": fewer})
    outbox = Outbox(point.store, site, ways_of(site, SECRETS, clock), clock)
    [tried] = outbox.deliver_due()
    assert "site file" in tried.error
    clock.wait(minutes=10)
    FeedbackDesk(point.store, site, clock).escalate_due()


def test_smtplib_knows_no_plain_text_fallback(tmp_path, mailbox, clock):
    """A server that must encrypt and cannot gets no mail."""
    point = Point(tmp_path / "kiosk.db", "", mailbox.port, clock)
    mail = ways_of(point.site, SECRETS, clock)["email"]
    mail._server = mail._server.model_copy(update={"security": "starttls"})
    alert = point.rate()
    with pytest.raises(Exception, match=smtplib.SMTPNotSupportedError.__name__):
        mail.send("id", "raised", alert, point.site.alerts.recipients[1])
    assert mailbox.mails == []
