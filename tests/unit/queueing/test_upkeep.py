"""Old databases, backups, exports, pruning, and news of changes by others."""

import csv
import gzip
import io
import json
import sqlite3
import uuid
from contextlib import closing
from datetime import date, timedelta
from importlib import import_module

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from kiosk_robot.cli import main
from kiosk_robot.queueing.engine import Queue
from kiosk_robot.queueing.migrations import HEAD
from kiosk_robot.queueing.store import Base, Store
from kiosk_robot.queueing.ticket import Leg, Status, StoreError
from kiosk_robot.queueing.upkeep import back_up, export_csv, prune, restore

pytestmark = pytest.mark.thorough

# What the first visit's program left behind, in its own words.
FIRST_VISIT = """
CREATE TABLE tickets (id VARCHAR(36) NOT NULL, request_id VARCHAR(36) NOT NULL,
  day VARCHAR(10) NOT NULL, series VARCHAR(1) NOT NULL, sequence INTEGER NOT NULL,
  procedure_code VARCHAR(10) NOT NULL, counter VARCHAR(2) NOT NULL, status INTEGER NOT NULL,
  delivery VARCHAR(6) NOT NULL, void_reason VARCHAR(200) NOT NULL, registered_at DATETIME NOT NULL,
  called_at DATETIME, PRIMARY KEY (id), UNIQUE (day, series, sequence), UNIQUE (request_id));
CREATE INDEX ix_tickets_day ON tickets (day);
CREATE INDEX ix_tickets_status ON tickets (status);
CREATE TABLE feedback (request_id VARCHAR(36) NOT NULL, session_id VARCHAR(36) NOT NULL,
  rating INTEGER NOT NULL, comment VARCHAR(2000) NOT NULL, counter VARCHAR(2) NOT NULL,
  given_at DATETIME NOT NULL, PRIMARY KEY (request_id));
CREATE TABLE alerts (id VARCHAR(36) NOT NULL, kind VARCHAR(30) NOT NULL, text VARCHAR(500) NOT NULL,
  rating INTEGER NOT NULL, counter VARCHAR(2) NOT NULL, raised_at DATETIME NOT NULL,
  PRIMARY KEY (id));
INSERT INTO tickets VALUES
  ('a', 'wish a', '2026-11-23', 'A', 1, '1.001193', '1', 3, 'paper', '', '2026-11-23 01:00:00', '2026-11-23 01:20:00'),
  ('b', 'wish b', '2026-11-23', 'A', 2, '1.001193', '1', 3, 'paper', '', '2026-11-23 01:05:00', '2026-11-23 01:25:00'),
  ('c', 'wish c', '2026-11-23', 'A', 3, '1.001193', '1', 6, '', 'paper jam', '2026-11-23 01:10:00', NULL),
  ('d', 'wish d', '2026-11-23', 'A', 4, '1.001193', '1', 2, 'paper', '', '2026-11-23 01:15:00', NULL);
INSERT INTO feedback VALUES ('f', 's', 5, 'tốt', '1', '2026-11-23 01:30:00');
INSERT INTO alerts VALUES ('x', 'low_rating', 'Khách chưa hài lòng', 1, '1', '2026-11-23 01:31:00');
"""  # noqa: E501


def dump(url: str) -> dict[str, list]:
    """Everything in a database."""
    store = Store(url)
    with store.reading() as connection:
        found = {
            table.name: sorted(map(repr, connection.execute(table.select())))
            for table in Base.metadata.sorted_tables
        }
    store.close()
    return found


def fill(hall, clock) -> None:
    """A morning with something in every state."""
    hall.open_counter("1", staff="c07")
    for minutes, priority in enumerate(["", "age_75", "", "", ""]):
        clock.now += timedelta(minutes=minutes)
        hall.take(priority=priority, later=[Leg("B")])
    hall.call_next("1")
    hall.call_next("1")
    hall.park(hall.waiting("A")[0].id, "phô tô giấy tờ")


# --- versions ---------------------------------------------------------------------------------


def test_a_database_of_the_first_visit_is_taken_over_without_loss(tmp_path, site, clock):
    path = tmp_path / "kiosk.db"
    with closing(sqlite3.connect(path)) as old:
        old.executescript(FIRST_VISIT)
    store = Store(f"sqlite:///{path}")
    queue = Queue(store, site, clock)
    assert [queue.get(x).status for x in "abcd"] == [
        Status.SERVED,
        Status.SERVED,
        Status.VOID,
        Status.ISSUED,
    ]
    assert queue.get("c").reason == "paper jam"
    assert [event.ticket_id for event in queue.history("2026-11-23")] == ["a", "b", "c", "d"]
    assert queue.call_next("1").number == "A004"
    fresh = queue.reserve("wish e", "1.001193", site.counters[0])
    assert fresh.number == "A005"
    assert queue.reserve("wish a", "1.001193", site.counters[0]).id == "a"
    with store.reading() as connection:
        kept = connection.execute(text("SELECT comment, text FROM feedback, alerts")).one()
    assert kept == ("tốt", "Khách chưa hài lòng")
    store.close()


def test_the_versions_lead_to_what_the_program_uses(store):
    for tables in ("queueing.booking_desk", "queueing.papers", "feedback.tables"):
        import_module(f"kiosk_robot.{tables}")
    with store.reading() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, Base.metadata) == []


def test_a_database_of_the_future_is_refused(tmp_path):
    url = f"sqlite:///{tmp_path / 'kiosk.db'}"
    store = Store(url)
    with store.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    with pytest.raises(StoreError, match=f"of version 9999, this program knows {HEAD}"):
        Store(url)


def test_opening_again_changes_nothing(url, site, clock):
    Store(url).close()
    before = dump(url)
    assert dump(url) == before


@pytest.mark.parametrize(
    "change", ["UPDATE ticket_events SET reason = ''", "DELETE FROM ticket_events"]
)
def test_history_cannot_be_changed(store, hall, change):
    hall.take()
    with pytest.raises(StoreError, match="history is never changed"), store.writing() as connection:
        connection.execute(text(change))


# --- backup and restore -----------------------------------------------------------------------


def test_a_backup_restores_everything(url, hall, clock, tmp_path):
    fill(hall, clock)
    file = tmp_path / "backup.jsonl.gz"
    with_store(url, lambda store: back_up(store, file))
    again = f"sqlite:///{tmp_path / 'again.db'}"
    restore(again, file)
    assert dump(again) == dump(url)


def test_a_point_moves_to_postgresql_with_a_backup(postgres, tmp_path, site, clock):
    small = f"sqlite:///{tmp_path / 'kiosk.db'}"
    store = Store(small)
    queue = Queue(store, site, clock)
    waiting = queue.reserve("wish", "1.001193", site.counters[0])
    queue.settle(waiting.id, Status.ISSUED)
    back_up(store, tmp_path / "b.gz")
    store.close()
    large = postgres.url(f"moved_{uuid.uuid4().hex[:8]}")
    restore(large, tmp_path / "b.gz")
    assert dump(large) == dump(small)
    with pytest.raises(StoreError, match="is not empty"):
        restore(large, tmp_path / "b.gz")
    store = Store(large)
    assert Queue(store, site, clock).call_next("1").id == waiting.id  # ids go on counting
    store.close()


def test_a_backup_of_an_older_version_is_brought_up_to_date(tmp_path, site, clock):
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as old:
        old.executescript(FIRST_VISIT)
        lines = ['{"version": "0001"}']
        for table in ("tickets", "feedback", "alerts"):
            old.row_factory = sqlite3.Row
            for row in old.execute(f"SELECT * FROM {table}"):  # noqa: S608
                lines.append(json.dumps([table, dict(row)]))
    file = tmp_path / "old.gz"
    file.write_bytes(gzip.compress("\n".join(lines).encode()))
    url = f"sqlite:///{tmp_path / 'new.db'}"
    assert restore(url, file) == 6
    store = Store(url)
    assert Queue(store, site, clock).call_next("1").number == "A004"
    store.close()


def test_a_damaged_database_is_kept_beside_the_restored_one(tmp_path, monkeypatch, capsys, site):
    monkeypatch.setenv("KIOSK_HOME", str(tmp_path))
    store = Store(f"sqlite:///{tmp_path / 'kiosk.db'}")
    Queue(store, site).reserve("wish", "1.001193", site.counters[0])
    store.close()
    assert main(["queue", "backup", str(tmp_path / "b.gz")]) == 0
    (tmp_path / "kiosk.db").write_bytes(b"damaged" * 1000)
    assert main(["queue", "export", "--csv", str(tmp_path / "x.csv")]) == 1
    assert "kiosk queue restore" in capsys.readouterr().err
    assert main(["queue", "restore", str(tmp_path / "b.gz")]) == 0
    assert [p.read_bytes()[:7] for p in tmp_path.glob("kiosk.db.replaced-*")] == [b"damaged"]
    assert main(["queue", "export", "--csv", str(tmp_path / "x.csv")]) == 0
    assert "A001" in (tmp_path / "x.csv").read_text()


@pytest.mark.parametrize("content", [b"no gzip", gzip.compress(b"no json"), gzip.compress(b"")[:9]])
def test_what_is_no_backup_is_refused_and_replaces_nothing(tmp_path, content):
    database = tmp_path / "kiosk.db"
    database.write_bytes(b"as it was")
    (tmp_path / "b.gz").write_bytes(content)
    with pytest.raises(StoreError, match=r"b\.gz cannot be restored"):
        restore(f"sqlite:///{database}", tmp_path / "b.gz")
    assert database.read_bytes() == b"as it was"


# --- export and pruning -----------------------------------------------------------------------


def test_tickets_are_exported_with_local_times(hall, store, clock):
    fill(hall, clock)
    file = io.StringIO()
    assert export_csv(store, file, "Asia/Ho_Chi_Minh", None, None) == 5
    lines = list(csv.DictReader(io.StringIO(file.getvalue())))
    assert [line["number"] for line in lines] == ["A001", "A002", "A003", "A004", "A005"]
    assert lines[1]["registered_at"] == "2026-11-23 09:01:00"
    assert {line["status"] for line in lines} == {"issued", "called", "parked"}
    assert export_csv(store, io.StringIO(), "UTC", date(2026, 11, 24), None) == 0
    assert export_csv(store, io.StringIO(), "UTC", None, date(2026, 11, 23)) == 5


def test_pruning_deletes_old_days_only_and_history_stays_guarded(hall, store, clock):
    hall.take()
    clock.now += timedelta(days=1)
    kept = hall.take()
    assert prune(store, date(2026, 11, 24)) == 1
    assert hall.history("2026-11-23") == []
    assert [event.ticket_id for event in hall.history("2026-11-24")] == [kept.id, kept.id]
    with pytest.raises(StoreError, match="never changed"), store.writing() as connection:
        connection.execute(text("DELETE FROM ticket_events"))


# --- news -------------------------------------------------------------------------------------


def test_changes_by_another_writer_are_noticed(url, store, site, clock, wait_for_news):
    watch = store.watch()
    assert watch.changed()
    assert not watch.changed()
    with_store(url, lambda other: Queue(other, site, clock).reserve("w", "x", site.counters[0]))
    wait_for_news(watch)
    assert not watch.changed()
    watch.close()


def test_a_change_that_was_undone_is_no_news(url, store, site, clock):
    watch = store.watch()
    watch.changed()
    with pytest.raises(StoreError), store.writing() as connection:
        connection.execute(text("INSERT INTO nowhere VALUES (1)"))
    assert not watch.changed()
    watch.close()


def with_store(url: str, use) -> None:
    store = Store(url)
    use(store)
    store.close()
