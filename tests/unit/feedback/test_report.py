"""The day's report tells leaders what happened, and nobody who said it."""

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta

import pytest

from kiosk_robot.cli import main
from kiosk_robot.config import load_site
from kiosk_robot.feedback.desk import FeedbackDesk, NoSuchStaffError
from kiosk_robot.feedback.privacy import without_personal_data
from kiosk_robot.feedback.report import as_csv, as_json, as_text, report_of
from kiosk_robot.queueing.store import Store

pytestmark = pytest.mark.thorough

MORNING = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # 09:00 in Hà Nội
DAY = date(2026, 11, 23)


@pytest.fixture
def site():
    site = load_site("cua_nam")
    first, *rest = site.counters
    staffed = first.model_copy(update={"staff": ("H01", "H02")})
    return site.model_copy(update={"counters": (staffed, *rest)})


@pytest.fixture
def store(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'kiosk.db'}")
    yield store
    store.close()


@pytest.fixture
def day(store, site):
    """A day of ratings; one of the evening before and one of the night after are none of it."""
    now = [MORNING - timedelta(hours=10)]
    desk = FeedbackDesk(store, site, lambda: now[0])
    desk.submit("yesterday", "v", 1)
    now[0] = MORNING
    for number, rating in enumerate((5, 4, 5)):
        desk.submit(f"good {number}", "v", rating, counter="1", staff="H01")
    desk.submit("other", "v", 3, counter="2", comment="=ghế ít quá")
    bad = desk.submit("bad", "v", 1, "em tên Lan, 0912345678, chờ lâu", "1", "H02")
    now[0] += timedelta(minutes=10)
    desk.escalate_due()
    now[0] += timedelta(minutes=2)
    desk.acknowledge(bad.id, "chu_tich")
    now[0] += timedelta(minutes=30)
    desk.close(bad.id, "chu_tich", "đã xin lỗi")
    now[0] = MORNING + timedelta(hours=15)
    desk.submit("tomorrow", "v", 1)
    return report_of(store, site, DAY)


def test_the_report_counts_the_local_day(day):
    assert (day.ratings, day.mean) == (5, 3.6)
    assert day.count_of == {"1": 1, "2": 0, "3": 1, "4": 1, "5": 2}
    assert [(one.key, one.ratings, one.mean) for one in day.counters] == [
        ("1", 4, 3.75),
        ("2", 1, 3.0),
    ]
    # One rating of H02 alone would tell who gave it.
    assert [(one.key, one.ratings, one.mean) for one in day.staff] == [
        ("H01", 3, 4.67),
        ("H02", 1, None),
    ]
    [alert] = day.alerts
    assert (alert.raised, alert.escalated, alert.acknowledged, alert.closed) == (
        "09:00", "09:10", "09:12", "09:42",
    )  # fmt: skip
    assert (alert.minutes_to_acknowledge, alert.note) == (12, "đã xin lỗi")


def test_the_same_is_told_as_text_csv_and_json(day):
    text = as_text(day)
    assert "Góp ý ngày 23/11/2026" in text
    assert "tiếp nhận 09:12 (sau 12 phút)" in text
    rows = list(csv.reader(io.StringIO(as_csv(day))))
    assert ["counter", "1", "4", "3.75", ""] in rows
    assert all(len(row) == 5 for row in rows)
    assert ["comment", "2", "3", "", "'=ghế ít quá"] in rows, "no formula in a spreadsheet"
    assert json.loads(json.dumps(as_json(day)))["count_of"]["5"] == 2
    for told in (text, as_csv(day), json.dumps(as_json(day), ensure_ascii=False)):
        assert "0912345678" not in told
        assert "Lan" not in told


def test_a_day_without_ratings_is_a_report_too(store, site):
    report = report_of(store, site, date(2026, 1, 1))
    assert "Số lượt chấm: 0, trung bình: chưa đủ" in as_text(report)


def test_staff_are_codes_of_the_site_and_never_names(store, site):
    desk = FeedbackDesk(store, site)
    for staff in ("H09", "Nguyễn Văn An"):
        with pytest.raises(NoSuchStaffError) as refused:
            desk.submit("wish", "v", 5, staff=staff)
        assert staff not in str(refused.value)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("chờ lâu quá", "chờ lâu quá"),
        ("tôi tên là Nguyễn Văn An", "tôi tên là (tên)"),
        ("gọi tôi theo số 0912 345 678 nhé", "gọi tôi theo số 091****678 nhé"),
        ("viết cho an.nguyen@example.org", "viết cho (email)"),
        ("My name is Anna Smith.", "My name is (tên)."),
    ],
)
def test_what_a_comment_tells_of_its_author_is_taken_out(said, kept):
    assert without_personal_data(said) == kept


def test_the_command_writes_all_three(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("KIOSK_HOME", str(tmp_path))
    assert main(["feedback", "report", "--day", "2026-11-23", "--out", str(tmp_path / "r")]) == 0
    assert "Góp ý ngày 23/11/2026" in capsys.readouterr().out
    names = sorted(path.name for path in (tmp_path / "r").iterdir())
    assert names == [f"feedback-2026-11-23.{suffix}" for suffix in ("csv", "json", "txt")]
