"""Ratings are kept once; leaders hear of bad ones at once; nobody's number is kept."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kiosk_robot.config import load_site
from kiosk_robot.feedback.desk import BadRatingError, FeedbackDesk
from kiosk_robot.queueing.store import Store

pytestmark = pytest.mark.thorough

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kiosk.db"


@pytest.fixture
def store(path: Path):
    store = Store(f"sqlite:///{path}")
    yield store
    store.close()


SITE = load_site("cua_nam")


@pytest.fixture
def desk(store: Store) -> FeedbackDesk:
    return FeedbackDesk(store, SITE, clock=lambda: NOW)


def rows(path: Path, query: str) -> list[tuple]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


@pytest.mark.parametrize("rating", [-1, 0, 6])
def test_a_rating_is_one_to_five(desk, path, rating):
    with pytest.raises(BadRatingError, match=f"rating {rating} is not between 1 and 5"):
        desk.submit("wish", "visit", rating)
    assert rows(path, "SELECT * FROM feedback") == []


@pytest.mark.parametrize("threshold", [0, 2, 5])
def test_leaders_hear_of_a_rating_at_or_under_the_sites_threshold(store, path, threshold):
    desk = FeedbackDesk(store, SITE.model_copy(update={"alert_rating": threshold}))
    for rating in range(1, 6):
        alert = desk.submit(f"wish {rating}", "visit", rating, counter="3")
        assert (alert is not None) == (rating <= threshold)
    assert rows(path, "SELECT rating FROM feedback") == [(n,) for n in range(1, 6)]
    assert len(rows(path, "SELECT * FROM alerts")) == threshold


def test_an_alert_names_counter_and_rating(desk, path):
    alert = desk.submit("wish", "visit", 2, counter="3")
    assert (alert.kind, alert.rating, alert.counter) == ("low_rating", 2, "3")
    assert alert.text == "Khách chưa hài lòng về quầy số 3: chấm 2 trên 5 điểm."
    assert rows(path, "SELECT id, text FROM alerts") == [(alert.id, alert.text)]


def test_a_repeated_request_counts_once_and_alerts_once(desk, path):
    assert desk.submit("wish", "visit", 1)
    assert desk.submit("wish", "visit", 1) is None
    assert len(rows(path, "SELECT * FROM feedback")) == 1
    assert len(rows(path, "SELECT * FROM alerts")) == 1


@pytest.mark.parametrize("number", ["001194026153", "001 194 026 153", "0011.9402.6153"])
def test_an_id_number_in_a_comment_never_reaches_the_disk(desk, store, path, number):
    desk.submit("wish", "visit", 4, f"số của tôi là {number}, gọi lại nhé")
    store.close()
    for file in path.parent.iterdir():
        content = file.read_bytes()
        assert number.encode() not in content
        assert b"001194026153" not in content
    [(comment,)] = rows(path, "SELECT comment FROM feedback")
    assert comment.startswith("số của tôi là 0011****6153, gọi lại")


def test_a_very_long_comment_is_cut(desk, path):
    desk.submit("wish", "visit", 4, "chờ lâu quá " * 1000)
    [(length,)] = rows(path, "SELECT length(comment) FROM feedback")
    assert length == 2000


@pytest.mark.parametrize("reason", ["asked", "not_understood", "device_failed"])
def test_a_call_for_staff_is_kept_and_told_in_vietnamese(desk, path, reason):
    alert = desk.call_staff(reason)
    assert alert.kind == "citizen_needs_staff"
    assert alert.text.startswith("Khách ở chỗ robot cần hỗ trợ: ")
    assert reason not in alert.text
    assert rows(path, "SELECT id FROM alerts") == [(alert.id,)]
