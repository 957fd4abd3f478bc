"""Every phase of the dialogue on the touch screen, in both languages, standing and lying.

`make screens` writes the pictures of docs/screens/ from here.
"""

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from kiosk_robot.dialogue.session import Phase

PORTRAIT, LANDSCAPE = (1080, 1920), (1920, 1080)
BIRTH = "1.001193"
VIEWS = [("vi-VN", PORTRAIT), ("en-US", LANDSCAPE), ("vi-VN", LANDSCAPE), ("en-US", PORTRAIT)]
SAID = {
    Phase.LISTENING: (
        "Cháu chào bác ạ! Cháu là robot lễ tân của phường Cửa Nam, một máy trợ lý tự động. "
        "Bác cần làm thủ tục gì ạ?"
    ),
    Phase.CONFIRM_TICKET: (
        "Bác cần mang tờ khai đăng ký khai sinh, giấy chứng sinh bản chính và hai giấy tờ nữa. "
        "Thủ tục này không mất tiền, kết quả trả ngay trong ngày, bác nộp ở quầy số một ạ."
    ),
}
# Whatever can be touched: too small, out of the window, or under something else.
UNREACHABLE = """() => {
  const size = 44;
  const found = [];
  for (const one of document.querySelectorAll("button, input, a")) {
    if (!one.checkVisibility()) continue;
    const box = one.getBoundingClientRect();
    const name = one.textContent || one.ariaLabel;
    if (box.width < size || box.height < size) found.push(`${name}: ${box.width} x ${box.height}`);
    if (one.closest(".body")) continue;  // scrolls
    if (box.left < 0 || box.top < 0 || box.right > innerWidth || box.bottom > innerHeight) {
      found.push(`${name}: out of the window`);
      continue;
    }
    const there = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    if (!one.contains(there)) found.push(`${name}: covered`);
  }
  for (const one of document.querySelectorAll("body *")) {
    if (one.checkVisibility() && one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 1
        && getComputedStyle(one).overflowX !== "visible" && !one.matches("input, .unseen")) {
      found.push(`${one.className}: cut off at the side`);
    }
  }
  return found;
}"""


@pytest.fixture(
    scope="module", params=VIEWS, ids=["vi-standing", "en-lying", "vi-lying", "en-standing"]
)
def view(request, make_room, open_page):
    """A room with one screen before it; (room, page, locale, size)."""
    locale, size = request.param
    room = make_room()
    for page in open_page(f"{room.url}/", size):
        yield room, page, locale, size
    room.close()


@pytest.mark.parametrize("phase", Phase)
def test_every_phase_has_its_screen(view, phase, picture, violations):
    room, page, locale, size = view
    visit = room.visit(phase, locale)
    room.feed(visit, SAID.get(phase, "") if locale == "vi-VN" else "")
    state = room.hub.latest["state"]
    expect(page.locator("body")).to_have_attribute("data-phase", phase.value)
    if state["dictating"]:
        expect(page.locator(".form")).to_be_visible()
    if phase is Phase.CONFIRM_TICKET:
        expect(page.locator(".procedure")).to_be_visible()
    assert page.locator("h1").inner_text().strip()
    # What can be said can be pressed, once, and nothing else.
    shown = page.locator("[data-choice]")
    expect(shown).to_have_count(len(state["choices"]))
    ids = {one.get_attribute("data-choice") for one in shown.all()}
    assert ids == {choice["id"] for choice in state["choices"]}
    assert page.evaluate(UNREACHABLE) == []
    assert violations(page) == []
    if locale == "vi-VN" or size == LANDSCAPE:
        way = "standing" if size == PORTRAIT else f"lying-{locale[:2]}"
        picture(page, f"screen-{phase.value.replace('_', '-')}-{way}")


def test_a_ticket_shows_who_is_ahead_and_how_long(view, picture, violations):
    room, page, locale, size = view
    held = room.visit(Phase.RATING).ticket
    visit = replace(room.visit(Phase.LISTENING, locale), ticket=held, procedure=BIRTH)
    room.feed(visit, "Số của bác là A012. Bác cầm phiếu đến quầy số 1, bên trái cửa vào ạ.")
    ticket = page.locator(".ticket")
    expect(ticket).to_contain_text("A012")
    expect(ticket).to_contain_text("4")
    expect(ticket).to_contain_text("15")
    expect(ticket.locator("img")).to_be_visible()
    expect(page.locator(".procedure")).to_be_attached()
    room.tickets[held.id] = replace(room.tickets[held.id], people_ahead=2, wait=(5, 9))
    room.hub.publish("queue", {"day": "2026-11-23", "series": []})
    expect(ticket).to_contain_text("2")
    expect(ticket).to_contain_text("9")
    assert page.evaluate(UNREACHABLE) == []
    assert violations(page) == []
    if locale == "vi-VN":
        picture(page, f"screen-ticket-{'standing' if size == PORTRAIT else 'lying-vi'}")


def test_large_type_and_contrast_last_as_long_as_the_visit(view, picture, violations):
    room, page, locale, size = view
    room.feed(room.visit(Phase.CONFIRM_TICKET, locale), SAID[Phase.CONFIRM_TICKET])
    expect(page.locator(".procedure")).to_be_visible()
    large, contrast = page.locator(".tool").all()
    before = page.locator("h1").evaluate("one => parseFloat(getComputedStyle(one).fontSize)")
    large.click()
    contrast.click()
    after = page.locator("h1").evaluate("one => parseFloat(getComputedStyle(one).fontSize)")
    assert after > 1.15 * before
    assert page.evaluate(UNREACHABLE) == []
    if (locale, size) == VIEWS[0]:
        assert violations(page) == []
        picture(page, "screen-large-contrast-standing")
    room.feed(room.visit(Phase.IDLE, locale))
    expect(page.locator("html")).not_to_have_class("large")
    expect(page.locator("html")).not_to_have_attribute("data-contrast", "high")
