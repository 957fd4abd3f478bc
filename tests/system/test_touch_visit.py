"""Whole visits in the real browser on the real graph: every press goes all the way round."""

import re

import pytest
from playwright.sync_api import expect

PATIENCE = 30_000  # milliseconds, on a busy machine
STANDING, LYING, PHONE = (1080, 1920), (1920, 1080), (390, 844)


@pytest.fixture
def screen(bench, visit, open_page):
    yield from open_page(f"{bench.robot.url}/", STANDING)


def tap(page, choice: str) -> None:
    page.locator(f"[data-choice='{choice}']").tap(timeout=PATIENCE)


def come_to(page, phase: str) -> None:
    expect(page.locator("body")).to_have_attribute("data-phase", phase, timeout=PATIENCE)


def strike(page, keys: str) -> None:
    for key in keys:
        page.locator(".key--space" if key == " " else f".key:text-is('{key}')").tap()


def type_in(page, keys: str) -> None:
    strike(page, keys)
    page.locator(".key--send").tap()


def test_from_welcome_to_rating_by_touch_alone(bench, visit, screen, open_page):
    come_to(screen, "idle")
    tap(screen, "greet")
    come_to(screen, "listening")
    expect(screen.locator("#captions")).to_contain_text("máy trợ lý", timeout=PATIENCE)
    screen.locator(".search-open").tap()
    strike(screen, "khai sinh")
    screen.get_by_role("button", name="Đăng ký khai sinh", exact=True).tap(timeout=PATIENCE)

    come_to(screen, "confirm_ticket")
    screen.get_by_role("checkbox").first.tap()
    screen.locator(".case").nth(2).tap()
    expect(screen.get_by_role("checkbox")).to_have_count(5, timeout=PATIENCE)
    tap(screen, "affirm")
    ticket = screen.locator(".ticket")
    expect(ticket).to_contain_text(re.compile(r"A\d{3}"), timeout=PATIENCE)
    expect(ticket).to_contain_text("Không còn ai phía trước", timeout=PATIENCE)
    expect(ticket).to_contain_text("Quầy 1, bên trái cửa vào")

    state = visit.latest("state")
    for phone in open_page(f"{bench.robot.url}/t/{state['ticket_id']}", PHONE):
        expect(phone.locator("#number")).to_have_text(state["ticket_number"], timeout=PATIENCE)
        phone.locator("#text").fill("đăng ký kết hôn cần giấy tờ gì")
        phone.locator("#send").tap()
        answer = phone.locator("#log .robot").first
        expect(answer).to_contain_text("tờ khai đăng ký kết hôn", timeout=PATIENCE)
    assert visit.latest("state")["procedure"] == "1.001193", "the phone left the visit alone"

    tap(screen, "goodbye")
    come_to(screen, "rating")
    tap(screen, "rating:2")
    come_to(screen, "comment")
    type_in(screen, "cho laau quas")
    come_to(screen, "idle")
    expect(screen.locator("#captions")).to_be_empty(timeout=PATIENCE)
    [kept] = bench.rows("feedback")
    assert kept[2:4] == (2, "cho lâu quá")


def test_a_form_in_english_lying_down(bench, visit, open_page):
    for screen in open_page(f"{bench.robot.url}/", LYING):
        tap(screen, "greet")
        come_to(screen, "listening")
        tap(screen, "switch_language")
        expect(screen.locator("h1")).to_have_text("What do you need?", timeout=PATIENCE)
        tap(screen, "fill_form")
        come_to(screen, "choose_form")
        tap(screen, "form:birth")
        come_to(screen, "consent_form")
        expect(screen.locator(".consent")).to_contain_text("erased")
        tap(screen, "deny")
        come_to(screen, "filling_form")
        type_in(screen, "nguyeenx thij hoa")
        line = screen.locator(".line", has_text="NGUYỄN THỊ HOA")
        expect(line).to_be_visible(timeout=PATIENCE)
        told = str(visit.messages)
        assert "NGUYỄN" not in told
        assert "nguyễn" not in told
        tap(screen, "cancel")
        come_to(screen, "listening")
        assert "NGUYỄN" not in screen.content()
        tap(screen, "goodbye")
        come_to(screen, "idle")
