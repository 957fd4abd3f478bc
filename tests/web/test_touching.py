"""What happens on the touch screen when it is touched, and what is left when a visit ends."""

import time
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from kiosk_robot.dialogue.session import Phase, Session
from kiosk_robot.queueing.papers import Papers

BIRTH = "1.001193"


def until(condition) -> None:
    """Wait for what the server does with a press."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def visible(page, phase) -> None:
    expect(page.locator("body")).to_have_attribute("data-phase", phase.value)


def test_a_press_is_sent_once_and_waits_for_what_comes(room, screen):
    room.show(room.visit(Phase.CONFIRM_TICKET))
    take = screen.locator("[data-choice=affirm]")
    with screen.expect_response("**/api/choices"):
        take.tap()
        expect(take).to_be_disabled()
    expect(screen.locator("[data-choice=deny]")).to_be_disabled()
    room.show(room.visit(Phase.GIVING_TICKET))
    visible(screen, Phase.GIVING_TICKET)
    expect(screen.locator("[data-choice=cancel]")).to_be_enabled()
    assert [one.intent for one in room.pressed] == ["affirm"]


def test_papers_are_ticked_off_and_another_case_is_asked_for_as_by_voice(room, screen):
    visit = room.visit(Phase.CONFIRM_TICKET)
    room.show(visit)
    papers = screen.get_by_role("checkbox")
    expect(papers).to_have_count(4)
    expect(screen.locator(".papers-head .chip")).to_contain_text("4")
    papers.first.tap()
    expect(papers.first).to_be_checked()
    expect(papers.first).to_contain_text("Đã có")
    expect(screen.locator(".papers-head .chip")).to_contain_text("3")
    screen.locator(".case", has_text="Người khác đi khai thay").tap()
    expect(screen.locator(".case").first).to_be_disabled()
    until(lambda: room.pressed)
    [asked] = room.pressed
    assert (asked.procedures[0].code, asked.case_id) == (BIRTH, "by_proxy")
    room.show(replace(visit, case_id="by_proxy"))
    expect(papers).to_have_count(5)
    room.show(visit)
    expect(papers).to_have_count(4)
    expect(papers.first).to_be_checked()


SMALL = """() => [...document.querySelectorAll("button, input, a")]
  .filter((one) => one.checkVisibility())
  .map((one) => [one.textContent, one.getBoundingClientRect()])
  .filter(([, box]) => box.width < 44 || box.height < 44).map(([name]) => name)"""


def test_a_procedure_is_found_by_typing_without_marks(room, screen, picture, violations):
    room.show(room.visit(Phase.LISTENING))
    screen.locator(".search-open").tap()
    for key in "thuong tru":
        screen.locator(".key", has_text="dấu cách" if key == " " else key).first.tap()
    found = screen.get_by_role("button", name="Đăng ký thường trú", exact=True)
    expect(found).to_be_visible()
    picture(screen, "screen-search-standing")
    assert violations(screen) == []
    assert screen.evaluate(SMALL) == []
    found.tap()
    expect(screen.locator(".search")).to_have_count(0)
    until(lambda: room.pressed)
    assert room.pressed[0].procedures[0].code == "1.004222"


def test_what_is_typed_in_the_search_can_be_asked_and_a_spoken_request_closes_it(room, screen):
    room.show(room.visit(Phase.LISTENING))
    screen.locator(".search-open").tap()
    screen.locator(".typed").fill("hôm nay mấy giờ đóng cửa")
    screen.get_by_role("button", name="Hỏi robot câu này").tap()
    expect(screen.locator(".search")).to_have_count(0)
    screen.locator(".search-open").tap()
    expect(screen.locator(".search")).to_have_count(1)
    room.show(room.visit(Phase.CONFIRM_TICKET))
    visible(screen, Phase.CONFIRM_TICKET)
    expect(screen.locator(".search")).to_have_count(0)
    until(lambda: room.said)
    assert room.said == ["hôm nay mấy giờ đóng cửa"]


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ("hoaf binhf", "hòa bình"),
        ("khoas thuyr", "khóa thủy"),
        ("dduwowcj toans", "được toán"),
        ("nguyeenx thij quyeenf", "nguyễn thị quyền"),
        ("Dduwowngf giaf quas", "Đường già quá"),
        ("ngoaif muwa khuya", "ngoài mưa khuya"),
        ("ass azz ddd", "as azz dd"),
        ("tooi khoong bieets", "tôi không biết"),
        ("huowng nuowcs tuw", "hương nước tư"),
        ("12 a@b", "12 a@b"),
    ],
)
def test_telex_writes_vietnamese(screen, keys, text):
    typed = screen.evaluate(
        """async (keys) => {
            const { typed } = await import("/static/telex.js");
            return [...keys].reduce(typed, "");
        }""",
        keys,
    )
    assert typed == text


def test_an_answer_for_a_form_goes_to_the_form_and_leaves_the_field(room, screen):
    visit = replace(room.visit(Phase.FILLING_FORM), asking="child")
    room.feed(visit)
    field = screen.locator(".typed")
    for key in ("t", "r", "a", "a", "n", "f"):
        screen.locator(".key", has_text=key).first.tap()
    expect(field).to_have_value("trần")
    screen.locator(".key--send").tap()
    expect(field).to_have_value("")
    until(lambda: room.answers)
    assert room.answers == ["trần"]


def test_a_line_of_the_form_is_corrected_by_touching_it(room, screen):
    room.feed(room.visit(Phase.REVIEWING_FORM))
    screen.locator("[data-choice='field:child']").tap()
    expect(screen.locator("[data-choice='field:child']")).to_be_disabled()
    until(lambda: room.pressed)
    assert room.pressed[0].slots == {"field": "child"}


def test_what_is_refused_is_said(room, screen):
    room.show(room.visit(Phase.CHECK_IN))
    screen.locator(".typed").fill("xin chào")
    screen.locator(".key--send").tap()
    expect(screen.get_by_role("alert")).to_contain_text("Chưa đúng")
    assert room.pressed == []


def test_the_robots_face_shows_what_it_does(room, screen):
    body = screen.locator("body")
    expect(body).to_have_attribute("data-mood", "idle")
    room.show(room.visit(Phase.LISTENING))
    expect(body).to_have_attribute("data-mood", "listening")
    room.hub.publish("hearing", {"hearing": True})
    room.hub.publish("heard", {"text": "làm khai"})
    expect(body).to_have_attribute("data-mood", "hearing")
    expect(screen.locator("#mood-text")).to_contain_text("làm khai")
    room.hub.publish("hearing", {"hearing": False})
    room.caption("citizen", "làm khai sinh")
    expect(body).to_have_attribute("data-mood", "thinking")
    room.caption("robot", "Vâng ạ.")
    room.hub.publish("speaking", {"speaking": True})
    expect(body).to_have_attribute("data-mood", "speaking")
    room.hub.publish("word", {"begin": 0, "end": 4})
    marked = "() => [...CSS.highlights.get('spoken') ?? []].map(String).join() === 'Vâng'"
    screen.wait_for_function(marked)
    room.hub.publish("speaking", {"speaking": False})
    screen.wait_for_function("() => !CSS.highlights.has('spoken')")
    expect(body).to_have_attribute("data-mood", "listening")


def test_it_warns_twenty_seconds_before_a_visit_ends_and_can_be_kept(
    room, screen, picture, violations
):
    visit = room.visit(Phase.LISTENING)
    room.show(visit, ends_in=60.0)
    visible(screen, Phase.LISTENING)
    expect(screen.locator("#ends")).to_be_hidden()
    room.show(visit, ends_in=19.0)
    expect(screen.locator("#ends")).to_be_visible()
    expect(screen.locator("#ends-in")).to_contain_text("giây")
    assert violations(screen) == []
    picture(screen, "screen-warning-standing")
    screen.locator("#stay").tap()
    room.show(visit, ends_in=0.0)
    expect(screen.locator("#ends")).to_be_hidden()
    until(lambda: room.pressed)
    assert [one.intent for one in room.pressed] == ["repeat"]


def test_nothing_of_a_visit_is_left_for_the_next(room, screen):
    visit = room.visit(Phase.CONFIRM_TICKET)
    room.feed(visit)
    screen.get_by_role("checkbox").first.tap()
    screen.locator(".tool").first.tap()
    room.feed(replace(room.visit(Phase.FILLING_FORM), asking="child"))
    expect(screen.locator(".form")).to_contain_text("TRẦN MINH KHÔI")
    screen.locator(".typed").fill("Trần")
    room.form = None
    room.show(Session())
    visible(screen, Phase.IDLE)
    expect(screen.locator("#captions")).to_be_empty()
    assert "TRẦN" not in screen.content()
    assert screen.locator("html").get_attribute("class") in ("", None)
    other = replace(visit, id="5a2c9e1b-1111-4222-8333-444455556666")
    room.show(other)
    expect(screen.get_by_role("checkbox").first).not_to_be_checked()


def test_what_comes_from_citizens_is_shown_as_text(room, screen):
    attack = "<img src=x onerror=\"document.title='broken'\"><b>đậm</b>"
    room.show(room.visit(Phase.LISTENING), notice=attack)
    room.caption("citizen", attack)
    expect(screen.locator("#notice")).to_contain_text("<b>đậm</b>")
    expect(screen.locator("#captions")).to_contain_text("<b>đậm</b>")
    assert screen.locator("#captions b, #notice b, #captions img").count() == 0
    assert screen.title() == "Robot lễ tân"


def test_a_screen_that_loses_the_robot_shows_no_visit(room, screen):
    room.feed(room.visit(Phase.REVIEWING_FORM))
    expect(screen.locator(".form")).to_contain_text("TRẦN MINH KHÔI")
    room.close()
    expect(screen.locator("body")).to_have_attribute("data-mood", "lost")
    visible(screen, Phase.IDLE)
    assert "TRẦN" not in screen.content()


@pytest.mark.parametrize("path", ["/", "/t/0193f6a2-7c41-7b32-8a11-5d1e0c2f4b6a"])
def test_a_page_is_light_and_asks_nothing_of_the_internet(room, browser, path):
    page = browser.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{room.url}{path}", wait_until="networkidle")
    page.wait_for_function("() => document.fonts.status === 'loaded'")
    weight = page.evaluate(
        "() => [...performance.getEntriesByType('resource'),"
        " ...performance.getEntriesByType('navigation')]"
        ".reduce((sum, one) => sum + one.decodedBodySize, 0)"
    )
    page.close()
    assert [url for url in asked if not url.startswith((room.url, "ws"))] == []
    assert any("be-vietnam-pro" in url for url in asked)
    assert 50_000 < weight <= 400_000


def test_what_was_ticked_before_and_after_the_number_goes_to_the_counter(room, screen):
    visit = room.visit(Phase.CONFIRM_TICKET)
    room.show(visit)
    papers = screen.get_by_role("checkbox")
    papers.nth(1).tap()
    expect(papers.nth(1)).to_be_checked()
    assert room.papers == []
    held = room.visit(Phase.RATING).ticket
    room.show(replace(visit, phase=Phase.LISTENING, ticket=held))
    until(lambda: room.papers)
    assert room.papers[-1] == (held.id, BIRTH, Papers("ordinary", (1,)))
    papers.nth(0).tap()
    until(lambda: len(room.papers) > 1)
    assert room.papers[-1] == (held.id, BIRTH, Papers("ordinary", (0, 1)))
    room.show(room.visit(Phase.IDLE))
    visible(screen, Phase.IDLE)
    room.show(replace(visit, id="3f2c9e1b-2222-4222-8333-444455556666", ticket=held))
    expect(papers.nth(1)).not_to_be_checked()
    assert len(room.papers) == 2, "nothing of one visit is told of the next"


HEIGHT = "() => document.querySelector('.bars i').getBoundingClientRect().height"
RING = "() => document.querySelector('.ring').getBoundingClientRect().width"


def test_the_screen_shows_how_loud_it_hears_and_falls_silent_with_the_microphone(room, screen):
    screen.emulate_media(reduced_motion="no-preference")
    room.show(room.visit(Phase.LISTENING))
    visible(screen, Phase.LISTENING)
    quiet, ring = screen.evaluate(HEIGHT), screen.evaluate(RING)

    def loud() -> bool:
        room.hub.publish("loudness", {"loudness": 0.9})
        return screen.evaluate(HEIGHT) > 2 * quiet and screen.evaluate(RING) > ring

    until(loud)
    until(lambda: screen.evaluate(HEIGHT) == quiet)  # nothing more comes


def test_who_wants_no_motion_sees_the_loudness_without_any(room, screen):
    room.show(room.visit(Phase.LISTENING))
    visible(screen, Phase.LISTENING)
    shown = [screen.evaluate(HEIGHT), screen.evaluate(RING)]
    faint = "() => Number(getComputedStyle(document.querySelector('.bars i')).opacity)"

    def loud() -> bool:
        room.hub.publish("loudness", {"loudness": 0.9})
        return screen.evaluate(faint) > 0.9

    until(loud)
    assert [screen.evaluate(HEIGHT), screen.evaluate(RING)] == shown
