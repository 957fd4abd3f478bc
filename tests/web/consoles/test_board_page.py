"""The board in a real browser: how large, what it shows, and that calls never overlap."""

from math import radians, tan

import pytest
from playwright.sync_api import expect

HALL = 8.0  # metres
BOARD_HEIGHT = 0.535  # metres: a 43-inch screen, 16:9
# ISO 9241-303: 20 to 22 minutes of arc are comfortable, 16 can be read: tan(20') x 8 m is 47 mm for
# what people look for, tan(16') x 8 m is 37 mm for what stands beside it.
LOOKED_FOR, BESIDE = HALL * tan(radians(20 / 60)), HALL * tan(radians(16 / 60))
CAPITAL = 0.70  # height of a capital or digit of Be Vietnam Pro, of its size


@pytest.fixture
def board(served, browser):
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, locale="vi-VN")
    page = context.new_page()
    page.add_init_script(
        "window.calls = []; document.addEventListener('call', ({detail}) => calls.push(detail));"
    )
    page.goto(f"{served.url}/board")
    expect(page.locator(".counter")).to_have_count(5)
    yield page
    context.close()


def height(page, selector):
    """Of a letter, in metres on the board."""
    size = page.locator(selector).first.evaluate(
        "one => parseFloat(getComputedStyle(one).fontSize)"
    )
    return size * CAPITAL * BOARD_HEIGHT / 1080


def test_from_eight_metres_everything_that_matters_can_be_read(served, board):
    for _ in range(4):
        served.citizen()
    served.citizen("residence")
    served.queue.call_next("1")
    served.queue.call_next("2")
    served.tell()
    expect(board.locator("#now .called").first).to_have_text("A001")
    for selector in ("#last-number", "#last-counter", "#now .called:not(.away)"):
        assert height(board, selector) >= LOOKED_FOR, selector
    for selector in ("#next li", ".counter b"):
        assert height(board, selector) >= BESIDE, selector
    shown = board.evaluate("() => document.documentElement.scrollHeight <= innerHeight")
    assert shown, "nothing runs out of the board"


def test_calls_are_made_one_after_the_other_the_earliest_first(served, board):
    for group in ("civil_status", "residence", "land"):
        served.citizen(group)
    for counter in ("1", "2", "3"):
        served.queue.call_next(counter)
    served.tell()
    board.wait_for_function("() => calls.length === 6", timeout=60_000)
    calls = board.evaluate("() => calls")
    assert [(one["number"], one["begins"]) for one in calls] == [
        (number, begins) for number in ("A001", "B001", "C001") for begins in (True, False)
    ]


def test_what_was_called_before_is_shown_and_not_called_again(served, browser):
    served.citizen()
    served.queue.call_next("1")
    page = browser.new_page()
    page.add_init_script(
        "window.calls = []; document.addEventListener('call', () => calls.push(1))"
    )
    page.goto(f"{served.url}/board")
    expect(page.locator("#last-number")).to_have_text("A001")
    served.tell()
    assert page.evaluate("() => calls") == []
    page.close()


def test_the_board_says_that_it_is_cut_off(served, board):
    served.cut()
    expect(board.locator("#lost")).to_be_visible()
    served.mend()
    expect(board.locator("#lost")).to_be_hidden()


def test_the_board_needs_no_account_and_looks_right(served, window):
    for _ in range(6):
        served.citizen()
    served.citizen("residence")
    served.citizen("land")
    for counter in ("1", "2"):
        served.queue.call_next(counter)
    served.queue.pause_counter("4", "nghỉ")
    window.page.set_viewport_size({"width": 1920, "height": 1080})
    page = window.open("/board")
    expect(page.locator("#last-number")).to_have_text("B001")
    window.check("board")
