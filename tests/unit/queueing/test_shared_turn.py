"""Changes of several threads share a transaction: each has its own outcome all the same."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from kiosk_robot.queueing.store import Store
from kiosk_robot.queueing.ticket import NotAllowedError, StoreError

ADD = "INSERT INTO counter_events (at, day, counter, state, staff, lines, reason) VALUES "


@pytest.fixture
def store(tmp_path: Path):
    store = Store(f"sqlite:///{tmp_path / 'kiosk.db'}")
    yield store
    store.close()


def adding(mark: str, then: Exception | None = None):
    def work(connection):
        connection.execute(
            text(f"{ADD} ('2026-11-23', '2026-11-23', '1', 'open', '{mark}', '', '')")
        )
        if then:
            raise then
        return mark

    return work


def kept(store: Store) -> list[str]:
    with store.reading() as connection:
        return sorted(connection.execute(text("SELECT staff FROM counter_events")).scalars())


def test_what_one_refuses_is_undone_and_the_others_are_kept(store):
    works = [adding("A01"), adding("A02", NotAllowedError("no")), adding("A03")]
    with ThreadPoolExecutor(3) as threads, store.writing():  # they wait, and are done together
        futures = [threads.submit(store.change, work) for work in works]
    assert [futures[0].result(), futures[2].result()] == ["A01", "A03"]
    with pytest.raises(NotAllowedError):
        futures[1].result()
    assert kept(store) == ["A01", "A03"]


def test_what_the_database_refuses_is_a_store_error(store):
    with pytest.raises(StoreError, match="no such table"):
        store.change(lambda connection: connection.execute(text("SELECT * FROM nowhere")))


def test_a_lost_transaction_is_lost_for_all_of_it(store):
    def lose(connection):
        connection.connection.driver_connection.execute("ROLLBACK")  # as a full disk does
        raise sqlite3.OperationalError("database or disk is full")

    with ThreadPoolExecutor(2) as threads, store.writing():
        futures = [threads.submit(store.change, work) for work in (lose, adding("A01"))]
    with pytest.raises(StoreError, match="disk is full"):
        futures[0].result()
    if futures[1].exception() is None:  # it came in a transaction of its own
        assert kept(store) == ["A01"]
    else:
        assert isinstance(futures[1].exception(), StoreError)
        assert kept(store) == []


def test_who_is_interrupted_leaves_an_error_to_those_it_worked_for(store):
    def interrupt(_connection):
        raise KeyboardInterrupt

    with ThreadPoolExecutor(2) as threads, store.writing():
        futures = [threads.submit(store.change, work) for work in (interrupt, adding("A01"))]
    failures = [future.exception() for future in futures]
    assert any(isinstance(failure, KeyboardInterrupt) for failure in failures)
    if failures[1] is None:  # it came in a transaction of its own
        assert kept(store) == ["A01"]
    else:
        assert kept(store) == []
    store.change(adding("A02"))  # and the turn goes on
    assert "A02" in kept(store)


def test_changes_of_many_threads_are_all_kept_once(store):
    marks = [f"A{number:03d}" for number in range(200)]

    def change(mark: str) -> str:
        if int(mark[1:]) % 7:
            return store.change(adding(mark))
        with pytest.raises(NotAllowedError):
            store.change(adding(mark, NotAllowedError("no")))
        with store.writing() as connection:
            return adding(mark)(connection)

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(change, marks)) == marks
    assert kept(store) == marks
