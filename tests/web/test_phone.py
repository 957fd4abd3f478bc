"""The citizen's phone: the ticket as it moves, and the talk in writing."""

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from kiosk_robot.understanding.model import RankedProcedure, Understanding
from kiosk_robot.web.phone import TicketView

TICKET = "0193f6a2-7c41-7b32-8a11-5d1e0c2f4b6a"
BIRTH = "1.001193"
SIZE = (390, 844)


@pytest.fixture
def phone(room, open_page):
    room.tickets[TICKET] = TicketView(
        "A012", "waiting", 4, (15, 25), "1", "bên trái cửa vào", BIRTH
    )
    yield from open_page(f"{room.url}/t/{TICKET}#A012", SIZE)


def test_it_follows_the_ticket_until_it_is_called(room, phone, picture, violations):
    ticket = phone.locator(".ticket")
    expect(ticket).to_contain_text("Còn 4 người phía trước")
    expect(ticket).to_contain_text("15 đến 25 phút")
    expect(ticket).to_contain_text("Quầy 1, bên trái cửa vào")
    assert violations(phone) == []
    room.tickets[TICKET] = replace(room.tickets[TICKET], people_ahead=0, wait=(0, 4))
    room.hub.publish("queue", {"day": "2026-11-23", "series": []})
    expect(ticket).to_contain_text("Không còn ai phía trước")
    room.tickets[TICKET] = replace(room.tickets[TICKET], status="called", wait=(0, 0))
    room.hub.publish("queue", {"day": "2026-11-23", "series": []})
    expect(ticket).to_contain_text("mời bác đến quầy ngay")
    assert violations(phone) == []
    picture(phone, "phone-called")


def test_it_answers_in_writing_as_the_robot_would(room, phone, picture, violations):
    room.understood = [
        Understanding("…", "ask_procedure", "answer", procedures=(RankedProcedure(BIRTH, 0.9),))
    ]
    phone.get_by_role("button", name="Làm khai sinh cần giấy tờ gì?").tap()
    log = phone.locator("#log")
    expect(log).to_contain_text("giấy chứng sinh")
    expect(log).to_contain_text("quầy số")
    expect(log).not_to_contain_text("lấy số")
    room.understood = [Understanding("…", "ask_wait", "command")]
    phone.locator("#text").fill("bao giờ đến lượt tôi")
    phone.locator("#send").tap()
    expect(log.locator(".robot").last).to_contain_text("15 đến 25 phút")
    assert violations(phone) == []
    boxes = [one.bounding_box() for one in phone.locator("button, input").all()]
    assert [box for box in boxes if box and min(box["width"], box["height"]) < 44] == []
    assert phone.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    picture(phone, "phone-chat")


def test_a_clarifying_question_comes_with_its_answers_to_press(room, phone):
    codes = (RankedProcedure(BIRTH, 0.6), RankedProcedure("2.000635", 0.6))
    room.understood = [
        Understanding("…", "ask_procedure", "clarify", procedures=codes, question="Bác làm mới ạ?")
    ]
    phone.locator("#text").fill("khai sinh")
    phone.locator("#text").press("Enter")
    expect(phone.locator("#log")).to_contain_text("Bác làm mới ạ?")
    expect(phone.locator("#offers button")).to_have_text(
        ["Đăng ký khai sinh", "Cấp bản sao trích lục hộ tịch, bản sao giấy khai sinh"]
    )


def test_it_speaks_english(room, phone, violations):
    phone.locator("#language").tap()
    expect(phone.locator("h1")).to_have_text("Your number")
    expect(phone.locator(".ticket")).to_contain_text("4 people ahead")
    assert violations(phone) == []


def test_what_is_written_is_shown_as_text(room, phone):
    attack = "<img src=x onerror=\"document.title='broken'\">"
    phone.locator("#text").fill(attack)
    phone.locator("#send").tap()
    expect(phone.locator("#log .citizen")).to_have_text(attack)
    assert phone.locator("#log img").count() == 0


def test_a_link_that_nobody_knows_shows_no_ticket(room, open_page):
    for page in open_page(f"{room.url}/t/00000000-0000-4000-8000-000000000001#<b>1", SIZE):
        expect(page.locator("#turn")).to_have_text("Không tìm thấy số này")
        expect(page.locator("#number")).to_have_text("–")
