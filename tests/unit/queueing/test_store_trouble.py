"""A store that cannot be used says which file and why."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import text

from kiosk_robot.queueing.store import Store
from kiosk_robot.queueing.ticket import StoreError


def test_a_new_store_makes_its_folder(tmp_path):
    Store(f"sqlite:///{tmp_path / 'a' / 'b' / 'kiosk.db'}").close()
    assert (tmp_path / "a" / "b" / "kiosk.db").is_file()


def test_a_damaged_file_is_named(tmp_path):
    path = tmp_path / "kiosk.db"
    path.write_bytes(b"not a database at all, " * 100)
    with pytest.raises(
        StoreError, match=r"kiosk\.db: file is not a database; restore the last backup"
    ):
        Store(f"sqlite:///{path}")


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StoreError, match=r"file/kiosk\.db"):
        Store(f"sqlite:///{tmp_path / 'file' / 'kiosk.db'}")


def test_an_address_that_is_none_is_refused():
    with pytest.raises(StoreError, match="nonsense"):
        Store("nonsense")


def test_a_password_is_never_told():
    with pytest.raises(StoreError) as refusal:
        Store("nosuchdatabase://robot:s3cret@10.0.0.5/kiosk")
    assert "s3cret" not in str(refusal.value)


def test_a_failing_change_changes_nothing(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'kiosk.db'}")

    def change() -> None:
        with store.transaction() as tables:
            tables.execute(
                text(
                    "INSERT INTO alerts (id, kind, text, rating, counter, raised_at) "
                    "VALUES ('1', 'low_rating', '', 1, '', '2026-11-23')"
                )
            )
            tables.execute(text("INSERT INTO nowhere VALUES (1)"))

    with pytest.raises(StoreError, match=r"kiosk\.db: no such table: nowhere"):
        change()
    store.close()
    with closing(sqlite3.connect(tmp_path / "kiosk.db")) as connection:
        assert connection.execute("SELECT count(*) FROM alerts").fetchone() == (0,)
