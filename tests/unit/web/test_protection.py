"""What every answer is under: rates, sizes, who may ask; and the phones' routes."""

import uuid
from collections.abc import Sequence

import pytest
from fastapi import HTTPException
from fastapi.testclient import TestClient

from kiosk_robot.dialogue.chat import Thread
from kiosk_robot.dialogue.turn import Knowledge
from kiosk_robot.understanding.model import RankedProcedure, Understanding
from kiosk_robot.web.app import Hub, create_app
from kiosk_robot.web.library import Library
from kiosk_robot.web.phone import MESSAGES_A_MINUTE, PhoneLinks, TicketView, phone_routes
from kiosk_robot.web.protection import MOST_CLIENTS, Allowance

pytestmark = pytest.mark.thorough
TICKET = str(uuid.UUID(int=7))
VIEW = TicketView("A012", "waiting", 4, (15, 25), "1", "bên trái cửa vào", "1.001193")


def test_an_allowance_is_spent_and_comes_back():
    now = [0.0]
    allowance = Allowance(2, lambda: now[0])
    allowance.spend("a")
    allowance.spend("a")
    with pytest.raises(HTTPException) as refusal:
        allowance.spend("a")
    assert (refusal.value.status_code, refusal.value.headers) == (429, {"Retry-After": "31"})
    allowance.spend("b")
    now[0] = 30.0
    allowance.spend("a")
    with pytest.raises(HTTPException):
        allowance.spend("a")


def test_an_allowance_remembers_so_many_and_no_more():
    allowance = Allowance(1)
    for number in range(MOST_CLIENTS + 50):
        allowance.spend(str(number))
    assert len(allowance._left) == MOST_CLIENTS


class Phone:
    """A phone on the point's Wi-Fi, and what the robot behind it was asked."""

    def __init__(self, library: Library) -> None:
        self.hub = Hub()
        self.tickets = {TICKET: VIEW}
        self.asked: list[tuple[str, Thread]] = []
        self.silent = False
        links = PhoneLinks(look=self.look, understand=self.understand)
        app = create_app(self.hub, phone_routes(self.hub, links, library))
        self.client = TestClient(app, client=("192.168.1.77", 50000))

    async def look(self, ticket_ids: Sequence[str]) -> dict[str, TicketView]:
        if self.silent:
            raise TimeoutError
        return {one: self.tickets[one] for one in ticket_ids if one in self.tickets}

    async def understand(self, text: str, thread: Thread) -> list[Understanding]:
        if self.silent:
            raise TimeoutError
        self.asked.append((text, thread))
        procedures = (RankedProcedure("1.001193", 0.9),)
        return [Understanding(text, "ask_procedure", "answer", procedures=procedures)]

    def chat(self, text: str, **more: object):
        return self.client.post("/api/chat", json={"text": text} | more)


@pytest.fixture(scope="module")
def library():
    return Library(lambda: Knowledge.read("cua_nam"))


@pytest.fixture
def phone(library):
    phone = Phone(library)
    with phone.client:
        yield phone


def test_a_ticket_is_seen_by_whoever_has_its_link_and_by_nobody_else(phone):
    assert phone.client.get(f"/api/tickets/{TICKET}").json()["number"] == "A012"
    assert phone.client.get(f"/api/tickets/{uuid.UUID(int=8)}").status_code == 404
    for guess in ("A012", "1", "..%2f", TICKET + "0"):
        assert phone.client.get(f"/api/tickets/{guess}").status_code in (404, 422)
        assert phone.client.get(f"/t/{guess}").status_code in (404, 422)
    page = phone.client.get(f"/t/{TICKET}")
    assert page.headers["referrer-policy"] == "no-referrer"


def test_links_cannot_be_guessed_at_speed(phone):
    codes = {phone.client.get(f"/api/tickets/{uuid.uuid4()}").status_code for _ in range(80)}
    assert codes == {404, 429}


def test_a_phone_follows_every_change(phone):
    with phone.client.websocket_connect(f"/ws/t/{TICKET}") as socket:
        assert socket.receive_json()["people_ahead"] == 4
        phone.tickets[TICKET] = TicketView("A012", "called", 0, (0, 0), "1", "…", "1.001193")
        phone.hub.publish("queue", {"day": "2026-11-23", "series": []})
        assert socket.receive_json()["status"] == "called"
    with phone.client.websocket_connect(f"/ws/t/{uuid.UUID(int=8)}") as socket:
        assert socket.receive_json() == {}


def test_a_message_is_answered_and_its_numbers_go_nowhere(phone):
    answer = phone.chat("làm khai sinh, số của tôi 001194026153", ticket=TICKET).json()
    assert any("giấy chứng sinh" in line for line in answer["lines"])
    assert answer["thread"]["procedure"] == "1.001193"
    [(text, _)] = phone.asked
    assert "001194026153" not in text


@pytest.mark.parametrize(
    "body",
    [
        {"text": ""},
        {"text": "a" * 301},
        {"text": 5},
        {"text": "a", "thread": {"locale": "fr-FR"}},
        {"text": "a", "thread": {"offered": ["x"] * 6}},
        {"text": "a", "thread": {"unknown": 1}},
        {"text": "a", "ticket": "A012"},
    ],
)
def test_a_message_that_is_none_is_refused(phone, body):
    assert phone.client.post("/api/chat", json=body).status_code == 422
    assert phone.asked == []


def test_too_many_and_too_long_messages_are_refused(phone):
    assert phone.client.post("/api/chat", content=b"x" * 20_000).status_code == 413
    codes = [phone.chat("xin chào").status_code for _ in range(MESSAGES_A_MINUTE + 2)]
    assert codes[-1] == 429
    assert set(codes) == {200, 429}


def test_a_robot_that_does_not_answer_is_told_of(phone):
    phone.silent = True
    assert phone.chat("xin chào").status_code == 503
    assert phone.client.get(f"/api/tickets/{TICKET}").status_code == 503


def test_what_is_written_comes_back_as_text_only(phone):
    answer = phone.chat("<script>alert(1)</script>")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
