"""The leader's page: figures beside other weeks, alerts, what was not answered, the report."""

import csv
import io
import uuid
from datetime import UTC, datetime, timedelta

import pypdfium2
import pytest
from playwright.sync_api import expect

from kiosk_robot.cli import main
from kiosk_robot.feedback.unanswered import Unanswered
from kiosk_robot.queueing.engine import Queue
from kiosk_robot.queueing.ticket import Status

ATTACK = """<img src=x onerror="document.title='attacked'"><script>alert(1)</script>"""
UNKNOWN = "xin giấy nuôi chó trong ngõ"


def rated(point, rating, comment="", counter=""):
    point.desk.submit(str(uuid.uuid4()), str(uuid.uuid4()), rating, comment, counter)


@pytest.fixture
def busy(served):
    """Four weeks of the same weekday, and a morning of today."""
    now = datetime.now(served.site.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    for week in (4, 3, 2, 1, 0):
        moment = [now - timedelta(weeks=week)]
        queue = Queue(served.store, served.site, lambda moment=moment: moment[0].astimezone(UTC))
        queue._moments.forget()
        for hour, people in ((8, 6), (9, 9), (10, 7), (11, 4), (14, 5), (15, 3)):
            if week == 0 and hour > 10:
                break
            counter = served.site.counters[hour % 2]
            for person in range(people + week % 2):
                moment[0] = now - timedelta(weeks=week) + timedelta(hours=hour, minutes=5 * person)
                ticket = queue.reserve(str(uuid.uuid4()), "1.001193", counter)
                queue.settle(ticket.id, Status.ISSUED)
                moment[0] += timedelta(minutes=2 + person % 3)
                if person % 4:
                    queue.call_next(counter.number)
    return served


def told(site):
    """What the robot tells of itself."""
    series = [
        {"series": one.series, "counters": [one.number], "waiting": 3, "last_called": "A004"}
        | {"wait_low": 5, "wait_high": 15}
        for one in site.counters
    ]
    devices = [
        {"name": "camera", "ok": True, "message": ""},
        {"name": "ticket_printer", "ok": False, "message": "paper is low"},
    ]
    return {
        "queue": {"series": series, "promises": 40, "promises_not_longer": 0.925},
        "devices": [one | {"hardware": "", "values": {}} for one in devices],
        "supplies": [{"item": "water", "stock": 3, "low": True}],
    }


def test_the_day_stands_beside_other_weeks(busy, window):
    rated(busy, 1, "phải chờ lâu quá, mà ghế thì ít", "2")
    rated(busy, 5)
    for _ in range(3):
        busy.unanswered.note(UNKNOWN, ["1.001193"])
    busy.unanswered.note("cháu xin số điện thoại của phường với", ["1.004222"])
    busy.console.told |= told(busy.site)
    page = window.sign_in("truc")
    expect(page.locator("#figures")).to_contain_text("93%")
    expect(page.locator("svg.chart .today")).to_have_count(8)
    assert "mọi tuần" in page.locator("svg.chart").get_attribute("aria-label")
    expect(page.locator("#lines tbody tr")).to_have_count(5)
    expect(page.locator("#devices")).to_contain_text("paper is low")
    expect(page.locator("#alerts q")).to_have_text("phải chờ lâu quá, mà ghế thì ít")
    window.check("leader")
    page.get_by_role("button", name="Tôi xử lý").click()
    expect(page.locator("#alerts")).to_contain_text("truc đang xử lý")
    page.get_by_role("button", name="Đóng…").click()
    page.get_by_label("Ghi ngắn gọn, không ghi tên khách").fill("đã xin lỗi")
    window.check("leader-close")
    page.keyboard.press("Enter")
    expect(page.locator("#alerts")).to_contain_text("Không có cảnh báo nào đang mở")
    page.get_by_role("button", name="đăng ký khai sinh").click()
    expect(page.locator("#questions")).not_to_contain_text(UNKNOWN)
    page.get_by_role("button", name="thủ tục khác…").click()
    page.get_by_label("Thủ tục", exact=True).fill("không có đâu")
    page.get_by_role("button", name="Đề nghị").click()
    expect(page.locator("#told")).to_contain_text("trong danh sách")


def test_what_citizens_write_cannot_run(served, window):
    rated(served, 1, ATTACK)
    served.unanswered.note(ATTACK, [])
    page = window.sign_in("truc")
    expect(page.locator("#alerts q")).to_contain_text("<img src=x")
    expect(page.locator("#questions q")).to_contain_text("<script>")
    assert page.locator("main img, main script").count() == 0
    assert page.title() != "attacked"


def test_a_proposal_is_for_review_and_changes_nothing(point):
    point.unanswered.note(UNKNOWN, ["1.001193"])
    browser = point.sign_in("truc")
    body = {"text": UNKNOWN, "code": "1.001193"}
    assert browser.post("/api/leader/aliases", json=body).json()["unanswered"] == []
    [proposal] = point.unanswered.proposals()
    assert (proposal.alias, proposal.code, proposal.by) == (UNKNOWN, "1.001193", "truc")
    assert UNKNOWN not in point.console.catalogue["1.001193"].aliases
    assert browser.post("/api/leader/aliases", json=body).status_code == 404
    assert browser.post("/api/leader/aliases", json=body | {"code": "9"}).status_code == 422
    assert UNKNOWN not in point.audit()


def test_proposals_are_listed_for_who_keeps_the_catalogue(point, monkeypatch, capsys):
    monkeypatch.setenv("KIOSK_HOME", str(point.folder))
    point.unanswered.note(UNKNOWN, ["1.001193"])
    point.unanswered.propose(UNKNOWN, "1.001193", "truc")
    assert main(["catalogue", "proposed"]) == 0
    assert f"1.001193 đăng ký khai sinh: {UNKNOWN}" in capsys.readouterr().out


def test_what_was_asked_is_kept_clean_counted_and_forgotten(tmp_path, point):
    now = [datetime(2026, 11, 23, 2, tzinfo=UTC)]
    log = Unanswered(tmp_path / "asked", point.site, lambda: now[0])
    log.note("Tôi tên là Nguyễn Văn A, số 001194026153, xin giấy nuôi chó", ["1.001193"])
    log.note("XIN GIẤY  nuôi mèo", [])
    log.note("xin giấy nuôi mèo", [])
    log.note("12345", [])
    first, second = log.of_day(log.today)
    assert (first.text, first.times) == ("xin giấy nuôi mèo", 2)
    assert "001194026153" not in second.text
    assert "nguyễn" not in second.text
    [file] = (tmp_path / "asked").iterdir()
    assert file.stat().st_mode & 0o077 == 0
    assert "Nguyễn" not in file.read_text()
    now[0] += timedelta(days=31)
    log.note("câu khác", [])
    assert [path.name for path in (tmp_path / "asked").iterdir()] == ["unanswered-2026-12-24.jsonl"]


def test_half_a_line_after_a_power_cut_costs_one_sentence(point):
    point.unanswered.note(UNKNOWN, [])
    [file] = (point.folder / "unanswered").iterdir()
    file.write_text(file.read_text() + '{"text": "nửa câ')
    assert [one.text for one in point.unanswered.of_day(point.unanswered.today)] == [UNKNOWN]


def test_the_report_as_table_and_as_paper(busy, window):
    rated(busy, 1, "=HYPERLINK(1)", "2")
    page = window.sign_in("truc")
    table = page.request.get(f"{busy.url}/api/leader/report.csv")
    assert "attachment" in table.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(table.body().decode("utf-8-sig"))))
    hour = next(row for row in rows if row[:2] == ["hour", "08:00"])
    assert (hour[2], hour[4]) == ("6", "6.5")
    assert float(hour[3]) > 0
    assert "'=HYPERLINK(1)" in [cell for row in rows for cell in row], "no formula"
    paper = pypdfium2.PdfDocument(page.request.get(f"{busy.url}/api/leader/report.pdf").body())
    text = paper[0].get_textpage().get_text_range()
    for part in ("Báo cáo ngày", "22", "lượt khách", "9h", "HYPERLINK"):
        assert part in text
    for day in ("0001-01-01", "9999-12-31"):
        answer = page.request.get(f"{busy.url}/api/leader/report.csv?day={day}")
        assert answer.status == 422, day


def test_a_point_on_its_first_day_has_a_report_too(point):
    browser = point.sign_in("truc")
    assert browser.get("/api/leader/report.pdf").content.startswith(b"%PDF")
    view = browser.get("/api/leader").json()
    assert (view["today"]["arrived"], view["usual"]) == (0, [])
