"""The staff console in a real browser, by keyboard alone, and when the network drops."""

from playwright.sync_api import expect

from kiosk_robot.queueing.papers import Papers, TickedPapers

BIRTH = "1.001193"

ATTACK = (
    """<img src=x onerror="document.title='attacked'"><script>document.title='attacked'</script>"""
)


class Line:
    """Between a page and the robot: what the robot says can be held back and said late."""

    def __init__(self, to_page):
        self.held = False
        self._last = ""
        self._to_page = to_page
        to_page.connect_to_server().on_message(self._take)

    def _take(self, view):
        if not self.held:
            self._last = view
            self._to_page.send(view)

    def say_again(self):
        """The newest view of before it was held."""
        self._to_page.send(self._last)


def keys(page, *pressed):
    for key in pressed:
        page.keyboard.press(key)


def at_counter_one(served, window):
    page = window.sign_in("an")
    page.get_by_role("button", name="Quầy 1").wait_for()
    keys(page, "1")
    expect(page.locator("h1")).to_have_text("Quầy số 1")
    return page


def test_a_whole_service_by_keyboard_alone(served, window):
    served.citizen()
    served.citizen(priority="age_75")
    served.desk.call_staff("asked")
    page = window.sign_in("an")
    page.get_by_role("button", name="Quầy 1").wait_for()
    window.check("staff-counter")
    keys(page, "1")
    expect(page.get_by_text("Chưa có ai tại quầy")).to_be_visible()
    window.check("staff-waiting")
    keys(page, "n")
    number = page.locator("#present .number")
    expect(number).to_have_text("A002")
    expect(page.get_by_text("người từ 75 tuổi").first).to_be_visible()
    keys(page, "r")
    expect(page.get_by_text("đã gọi 2 lần")).to_be_visible()
    window.check("staff-called")
    keys(page, "s")
    expect(page.get_by_text("đang làm")).to_be_visible()
    page.get_by_role("checkbox").first.check()
    window.check("staff-serving")
    page.locator("#present").click()
    keys(page, "f")
    expect(page.get_by_role("dialog")).to_be_visible()
    window.check("staff-result")
    keys(page, "2")
    expect(page.get_by_text("Chưa có ai tại quầy")).to_be_visible()
    assert [one.reason for one in served.queue.history(served.queue.today)][-1] == "papers_missing"
    keys(page, "n")
    expect(number).to_have_text("A001")
    keys(page, "d")
    page.get_by_role("dialog").wait_for()
    keys(page, "1")
    expect(page.get_by_role("heading", name="Để riêng")).to_be_visible()
    keys(page, "p")
    page.get_by_role("dialog").wait_for()
    keys(page, "1")
    expect(page.get_by_text("Quầy tạm nghỉ: nghỉ giữa giờ")).to_be_visible()


def test_a_view_that_comes_late_does_not_take_back_what_a_press_has_done(served, window):
    served.citizen()
    lines = []
    window.page.route_web_socket("**/live", lambda line: lines.append(Line(line)))
    page = at_counter_one(served, window)
    lines[-1].held = True
    keys(page, "n")
    number = page.locator("#present .number")
    expect(number).to_have_text("A001")
    lines[-1].say_again()
    page.evaluate("() => new Promise((done) => { setTimeout(done); })")
    expect(number).to_have_text("A001")
    keys(page, "d")
    expect(page.get_by_role("dialog")).to_be_visible()


def test_a_key_that_is_held_down_counts_once(served, window):
    for _ in range(3):
        served.citizen()
    page = at_counter_one(served, window)
    page.keyboard.down("n")
    expect(page.locator("#present .number")).to_have_text("A001")
    for _ in range(5):
        page.keyboard.down("n")
    keys(page, "d")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert [one["counter"] for _, one in served.robot.asked if "action" not in one] == ["1"]
    expect(page.locator("#present .number")).to_have_text("A001")


def test_when_the_network_drops_nothing_is_sent_later(served, window):
    served.citizen()
    page = at_counter_one(served, window)
    expect(page.locator("#state")).to_have_text("Đang nối với robot")
    page.context.set_offline(True)
    expect(page.locator("#state")).to_contain_text("Mất kết nối, số liệu lúc")
    keys(page, "n")
    expect(page.locator("#told")).to_contain_text("chưa được thực hiện")
    window.check("staff-offline")
    page.context.set_offline(False)
    expect(page.locator("#state")).to_have_text("Đang nối với robot")
    assert served.queue.at_counter("1") is None
    keys(page, "n")
    expect(page.locator("#present .number")).to_have_text("A001")


def test_a_press_whose_answer_was_lost_can_be_pressed_again(served, window):
    served.citizen()
    served.citizen()
    page = at_counter_one(served, window)
    served.robot.silent = True
    keys(page, "n")
    expect(page.locator("#told")).to_contain_text("không sợ trùng")
    served.robot.silent = False
    keys(page, "n")
    expect(page.locator("#told")).to_be_visible()
    assert served.queue.at_counter("1").number == "A001"
    assert len(served.queue.waiting()) == 1


def test_who_guesses_is_told_no_more_than_that_it_is_wrong(served, window):
    page = window.open("/sign_in")
    for name in ("an", "nobody"):
        page.get_by_label("Tên tài khoản").fill(name)
        page.get_by_label("Mật khẩu").fill("sai-mật-khẩu")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_have_text("Tên hoặc mật khẩu không đúng.")
    window.check("sign-in")


def test_without_a_session_the_page_leads_to_the_sign_in(served, window):
    page = window.open("/staff")
    page.wait_for_url("**/sign_in")
    page = window.sign_in("an")
    page.get_by_role("button", name="Quầy 1").wait_for()
    page.get_by_role("button", name="Đăng xuất").click()
    page.wait_for_url("**/sign_in")


def test_a_reason_that_is_a_script_is_shown_as_text(served, window):
    ticket = served.citizen()
    served.queue.park(ticket.id, ATTACK)
    page = at_counter_one(served, window)
    expect(page.locator("#aside")).to_contain_text("<script>")
    assert page.title() != "attacked"
    assert page.locator("#aside img").count() == 0


def test_the_papers_that_are_missing_stand_out(served, window):
    ticket = served.citizen()
    TickedPapers(served.store, served.queue).note(ticket.id, BIRTH, Papers("by_proxy", (0, 2)))
    page = at_counter_one(served, window)
    keys(page, "n")
    expect(page.locator(".papers h2")).to_contain_text("khách báo còn thiếu 3")
    first = page.locator(".papers ul").first
    expect(first.get_by_text("khách báo đã có")).to_have_count(2)
    expect(first.get_by_text("khách báo chưa có")).to_have_count(3)
    expect(first.get_by_role("checkbox", checked=True)).to_have_count(0)
    window.check("staff-papers")
