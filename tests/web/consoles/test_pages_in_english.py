"""The pages behind the sign-in in English: whole services, nothing left in Vietnamese."""

import re
import time
import uuid

import pytest
from playwright.sync_api import Page, expect

from kiosk_robot.node_table import NODES
from kiosk_robot.web.files import STATIC

# Everything that can be read, but for the way back and for what citizens have said themselves.
READ = """() => {
  const copy = document.body.cloneNode(true);
  document.body.append(copy);
  for (const one of copy.querySelectorAll("#language, q, #who")) one.remove();
  const labels = [...copy.querySelectorAll("[aria-label]")].map((one) => one.ariaLabel);
  const text = [copy.innerText, document.title, ...labels].join("\\n");
  copy.remove();
  return text;
}"""
VIETNAMESE = re.compile(r"\w*[ăâđêôơưĂÂĐÊÔƠƯ\u1ea0-\u1ef9àáãèéìíòóõùúýÀÁÈÉÌÍÒÓÙÚÝ]\w*")
# Each entry of a table as its path and kind; lists with their length, functions with their places.
SHAPE = """async (file) => {
  const { WORDS } = await import(file);
  const shape = (what, path) => typeof what === "object"
    ? Object.entries(what).flatMap(([key, one]) => shape(one, `${path}.${key}`))
    : [`${path} ${typeof what} ${what.length && typeof what === "function" ? what.length : ""}`];
  return Object.fromEntries(Object.entries(WORDS).map(([key, one]) => [key, shape(one, "")]));
}"""


WEIGHT = """() => performance.getEntriesByType("resource").concat(
  performance.getEntriesByType("navigation")).reduce((sum, one) => sum + one.decodedBodySize, 0)"""


def in_english(page: Page) -> None:
    """No Vietnamese is left, and the second language has not made the page heavy (in bytes)."""
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert VIETNAMESE.findall(page.evaluate(READ)) == []
    assert page.evaluate(WEIGHT) <= 400_000


def keys(page, *pressed):
    for key in pressed:
        page.keyboard.press(key)


def test_a_whole_service_by_keyboard_in_english(served, window):
    served.citizen()
    served.citizen(priority="age_75")
    served.desk.call_staff("not_understood")
    page = window.sign_in("an", "en")
    page.get_by_role("button", name="Counter 1").wait_for()
    in_english(page)
    window.check("staff-counter-en")
    keys(page, "1")
    expect(page.get_by_role("heading", name="Nobody at the counter")).to_be_visible()
    expect(page.locator("#messages")).to_contain_text("the robot did not understand them")
    in_english(page)
    keys(page, "n")
    number = page.locator("#present .number")
    expect(number).to_have_text("A002")
    expect(page.locator("#present h2").first).to_have_text("birth registration")
    expect(page.locator("#present")).to_contain_text("Priority: people aged 75 and over")
    keys(page, "r")
    expect(page.get_by_text("called 2 times")).to_be_visible()
    in_english(page)
    window.check("staff-called-en")
    keys(page, "s")
    expect(page.get_by_text("in service")).to_be_visible()
    keys(page, "f")
    expect(page.get_by_role("dialog")).to_contain_text("Papers are missing")
    in_english(page)
    window.check("staff-result-en")
    keys(page, "2")
    expect(page.get_by_role("heading", name="Nobody at the counter")).to_be_visible()
    assert [one.reason for one in served.queue.history(served.queue.today)][-1] == "papers_missing"
    keys(page, "n")
    expect(number).to_have_text("A001")
    keys(page, "t")
    expect(page.get_by_role("dialog")).to_contain_text("To counter 2 (B), then back here")
    keys(page, "0")
    keys(page, "d")
    expect(page.get_by_role("dialog")).to_be_visible()
    keys(page, "1")
    expect(page.locator("#aside")).to_contain_text("fill in a form")
    keys(page, "n")
    expect(page.locator("#told")).to_have_text("Nobody waits at this counter.")
    keys(page, "p")
    expect(page.get_by_role("dialog")).to_be_visible()
    keys(page, "2")
    expect(page.get_by_role("heading", name="On a break: a meeting")).to_be_visible()
    in_english(page)
    page.get_by_role("button", name="Close the counter").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign_in")
    expect(page).to_have_title("Sign in – Reception robot")


def test_a_colleague_reads_the_reason_in_their_own_language(served, window):
    served.citizen()
    page = window.sign_in("an", "en")
    page.get_by_role("button", name="Counter 1").click()
    page.get_by_role("button", name="Call the next one").click()
    page.get_by_role("button", name="Set aside").click()
    page.get_by_role("dialog").get_by_role("button", name="make copies").click()
    expect(page.locator("#aside")).to_contain_text("make copies")
    page.get_by_role("button", name="Tiếng Việt").click()
    expect(page.locator("#aside")).to_contain_text("photo giấy tờ")
    expect(page.locator("h1")).to_have_text("Quầy số 1")
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    assert VIETNAMESE.findall(page.evaluate(READ))
    page.reload()
    expect(page.locator("#aside")).to_contain_text("photo giấy tờ")
    page.get_by_role("button", name="English").click()
    page.reload()
    expect(page.locator("#aside")).to_contain_text("make copies")
    expect(page).to_have_title("– · Counter 1")


def test_who_may_not_sign_in_is_told_in_english(served, window):
    page = window.open("/sign_in")
    page.get_by_label("Tên tài khoản").fill("an")
    page.get_by_label("Mật khẩu").fill("sai-mật-khẩu")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Tên hoặc mật khẩu không đúng.")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("alert")).to_have_text("The name or the password is wrong.")
    in_english(page)
    window.check("sign-in-en")


def test_the_leaders_page_in_english(served, window):
    served.desk.submit(str(uuid.uuid4()), str(uuid.uuid4()), 1, "chờ lâu quá", "2")
    served.unanswered.note("xin giấy nuôi chó trong ngõ", ["1.001193"])
    series = {"series": "A", "counters": ["1"], "waiting": 3, "last_called": "A004"}
    served.console.told |= {
        "queue": {"series": [series | {"wait_low": 5, "wait_high": 15}], "promises": 0},
        "devices": [{"name": "ticket_printer", "ok": False, "message": "paper is low"}],
        "supplies": [{"item": "water", "stock": 3, "low": True}],
    }
    page = window.sign_in("truc", "en")
    expect(page.locator("#alerts")).to_contain_text("unhappy with counter 2: 1 out of 5")
    expect(page.locator("#lines")).to_contain_text("5–15 min")
    in_english(page)
    window.check("leader-en")
    page.get_by_role("button", name="I see to it").click()
    page.get_by_role("button", name="Close…").click()
    page.get_by_label("A short note, no names").fill("we said sorry")
    in_english(page)
    page.keyboard.press("Enter")
    expect(page.locator("#alerts")).to_contain_text("No open alerts")
    page.get_by_role("button", name="another procedure…").click()
    page.get_by_label("Procedure", exact=True).fill("birth registration")
    page.get_by_role("button", name="Propose").click()
    expect(page.locator("#questions")).to_contain_text("No questions yet")
    assert served.unanswered.proposals()[0].code == "1.001193"


def test_the_technicians_page_in_english(served, window):
    told = {"message": "running", "hardware": "", "values": {}, "seen": time.time() + 60}
    served.console.told["devices"] = [
        told | {"name": spec.name, "ok": spec.name != "camera"} for spec in NODES[:-1]
    ]
    (served.folder / "log").mkdir()
    (served.folder / "log" / "queue.log").write_text("died\n")
    page = window.sign_in("ky-thuat", "vi")
    page.get_by_role("button", name="Nhật ký của queue").click()
    page.locator("#config summary", has_text="text_to_speech").wait_for()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Log of queue")).to_be_visible()
    expect(page.locator("#nodes")).to_contain_text("need")
    page.locator("#config summary", has_text="text_to_speech").click()
    expect(page.locator("#config")).to_contain_text("Meaning")
    in_english(page)
    window.check("technician-en")


@pytest.mark.parametrize("file", ["console_words.js", "words.js"])
def test_both_tables_have_the_same_words(served, window, file):
    shape = window.open("/sign_in").evaluate(SHAPE, f"/static/{file}")
    assert shape["vi"] == shape["en"]
    assert len(shape["vi"]) > 50


def test_every_word_that_a_page_names_is_there(served, window):
    words = window.open("/sign_in").evaluate(SHAPE, "/static/console_words.js")["vi"]
    for page in ("sign_in", "staff", "leader", "technician"):
        named = re.findall(r'data-(?:words|label)="(\w+)"', (STATIC / f"{page}.html").read_text())
        assert "other" in named
        assert [one for one in named if f".{one} string " not in words] == [], page
