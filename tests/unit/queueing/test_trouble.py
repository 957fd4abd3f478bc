"""Clocks that jump, disks that are full, files that are damaged: a clear error, nothing lost."""

import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from datetime import datetime, timedelta

import pytest

from kiosk_robot.queueing.engine import Queue
from kiosk_robot.queueing.postgres_server import NoPostgresError, PostgresServer
from kiosk_robot.queueing.store import Store
from kiosk_robot.queueing.ticket import ClockError, Status, StoreError

pytestmark = pytest.mark.thorough

MINUTE = timedelta(minutes=1)


# --- the clock --------------------------------------------------------------------------------


def test_a_clock_set_back_within_the_day_changes_no_order(hall, clock):
    first = hall.take()
    clock.now -= timedelta(hours=3)
    second = hall.take()
    assert second.arrived_at > first.arrived_at
    assert [hall.call_next("1").number for _ in range(2)] == ["A001", "A002"]


def test_a_clock_set_back_over_midnight_stays_on_the_new_day(hall, clock):
    clock.now = clock.now.replace(hour=23, minute=50)
    hall.take()
    clock.now += 15 * MINUTE
    assert hall.take().number == "A001"
    clock.now -= 10 * MINUTE
    assert hall.take().number == "A002"
    assert [ticket.number for ticket in hall.waiting()] == ["A001", "A002"]


def test_a_clock_without_a_battery_is_refused_and_says_what_to_do(hall, clock):
    hall.take()
    today, clock.now = clock.now, datetime(1970, 1, 1, tzinfo=clock.now.tzinfo)
    with pytest.raises(ClockError, match=r"says 1970-01-01 00:00.*last changed 2026-11-23 09:00"):
        hall.take()
    with pytest.raises(ClockError, match="timedatectl"):
        hall.call_next("1")
    clock.now = today + MINUTE
    assert hall.take().number == "A002"
    assert hall.call_next("1").number == "A001"


def test_a_clock_that_was_ahead_is_put_right_without_loss(hall, clock):
    waiting, parked = hall.take(), hall.take()
    hall.park(parked.id)
    clock.now += timedelta(days=400)
    hall.take()  # the wrong day has ended ours
    assert hall.get(waiting.id).status is Status.LAPSED
    clock.now -= timedelta(days=400) - MINUTE
    with pytest.raises(ClockError, match="kiosk queue accept-clock"):
        hall.take()
    assert sorted(hall.accept_clock()) == ["A001", "A002"]
    assert hall.take().number == "A003"
    numbers = [hall.call_next("1").number for _ in range(4)]
    assert numbers == ["A001", "A002", "A003", "A001"]  # the last one has another day's number


ELSEWHERE = """
import sys
from datetime import UTC, datetime
from kiosk_robot.config import load_site
from kiosk_robot.queueing.engine import Queue
from kiosk_robot.queueing.store import Store

site = load_site("cua_nam")
now = datetime(2026, 11, 22, 17, 20, tzinfo=UTC).astimezone()  # 00:20 in Hanoi
queue = Queue(Store(sys.argv[1]), site, lambda: now)
print(now.utcoffset(), queue.today, queue.reserve(str(now), "1.001193", site.counters[0]).number)
"""


def test_a_host_in_another_time_zone_keeps_the_days_of_hanoi(tmp_path):
    url = f"sqlite:///{tmp_path / 'kiosk.db'}"
    said = [
        subprocess.run(
            [sys.executable, "-c", ELSEWHERE, url],
            env={**os.environ, "TZ": zone},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for zone in ("Asia/Tokyo", "Asia/Ho_Chi_Minh")
    ]
    assert said == ["9:00:00 2026-11-23 A001", "7:00:00 2026-11-23 A002"]


# --- the disk and the file --------------------------------------------------------------------


def take_until_full(take, told: list[str]) -> None:
    for wish in range(1000):
        told.append(take(wish))


def test_a_full_disk_loses_nothing_and_the_queue_goes_on_when_there_is_room(tmp_path, site, clock):
    store = Store(f"sqlite:///{tmp_path / 'kiosk.db'}")
    queue = Queue(store, site, clock)

    def take(wish: int) -> str:
        return queue.reserve(f"wish {wish}", "1.001193", site.counters[0]).number

    def limit(more_pages: int) -> None:
        with store.writing() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + more_pages}")

    limit(8)
    told: list[str] = []
    with pytest.raises(StoreError, match=r"full; free some disk space .*nothing is lost"):
        take_until_full(take, told)
    limit(1000)
    assert [take(wish) for wish in range(len(told))] == told
    assert take(1000) == f"A{len(told) + 1:03d}"
    store.close()


def test_a_damaged_page_is_told_with_the_way_out(tmp_path, site, clock):
    path = tmp_path / "kiosk.db"
    store = Store(f"sqlite:///{path}")
    Queue(store, site, clock).reserve("wish", "1.001193", site.counters[0])
    store.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * len(content[4096:])
    path.write_bytes(content)
    with pytest.raises(
        StoreError, match=r"malformed; restore the last backup: kiosk queue restore"
    ):
        Queue(Store(f"sqlite:///{path}"), site, clock).reserve("w2", "1.001193", site.counters[0])


def test_who_waits_too_long_for_a_hung_writer_is_told(tmp_path, site, clock, monkeypatch):
    monkeypatch.setattr("kiosk_robot.queueing.store.LOCK_PATIENCE", 0.2)
    path = tmp_path / "kiosk.db"
    store = Store(f"sqlite:///{path}")
    queue = Queue(store, site, clock)
    with closing(sqlite3.connect(path, isolation_level=None)) as hung:
        hung.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="database is locked"):
            queue.reserve("wish", "1.001193", site.counters[0])
        assert queue.state()[0][0].waiting == 0  # looking is not held up
    assert queue.reserve("wish", "1.001193", site.counters[0]).number == "A001"
    store.close()


KILLED = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
connection.execute("DELETE FROM tickets")
os._exit(9)
"""


def test_a_writer_killed_in_the_midst_leaves_nothing_behind(tmp_path, site, clock):
    path = tmp_path / "kiosk.db"
    store = Store(f"sqlite:///{path}")
    queue = Queue(store, site, clock)
    queue.reserve("wish", "1.001193", site.counters[0])
    subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert queue.find("A001") is not None
    assert queue.reserve("next", "1.001193", site.counters[0]).number == "A002"
    store.close()


def test_a_killed_server_is_an_error_and_then_nothing_was_lost(site, clock, wait_for_news):
    try:
        server = PostgresServer()
    except NoPostgresError as error:
        pytest.skip(str(error))
    try:
        store = Store(server.url())
        queue, watch = Queue(store, site, clock), store.watch()
        watch.changed()
        ticket = queue.reserve("wish", "1.001193", site.counters[0])
        wait_for_news(watch)
        server.kill()
        with pytest.raises(StoreError):
            queue.reserve("next", "1.001193", site.counters[0])
        assert not watch.changed()
        server.start()
        assert queue.reserve("wish", "1.001193", site.counters[0]).id == ticket.id
        assert queue.reserve("next", "1.001193", site.counters[0]).number == "A002"
        wait_for_news(watch)
        watch.close()
        store.close()
    finally:
        server.close()


def test_two_programs_give_no_number_twice(url, site, clock):
    stores = [Store(url) for _ in range(4)]
    numbers: list[str] = []

    def give(store: Store) -> None:
        queue = Queue(store, site, clock)
        for n in range(20):
            wish = f"{id(store)} {n}"
            numbers.append(queue.reserve(wish, "1.001193", site.counters[0]).number)

    threads = [threading.Thread(target=give, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == [f"A{n:03d}" for n in range(1, 81)]
    for store in stores:
        store.close()
