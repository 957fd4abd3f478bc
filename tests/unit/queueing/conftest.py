"""A queue over a store, on both databases."""

import time
import uuid
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from kiosk_robot.config import load_site
from kiosk_robot.queueing.engine import Queue
from kiosk_robot.queueing.postgres_server import NoPostgresError, PostgresServer
from kiosk_robot.queueing.store import Store
from kiosk_robot.queueing.ticket import Status

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
BIRTH = "1.001193"


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 9, 0, tzinfo=HANOI)

    def __call__(self) -> datetime:
        return self.now


class Hall(Queue):
    """A queue with what tests do again and again."""

    def take(self, counter: str = "1", **details):
        """A ticket that waits."""
        series = next(one for one in self._site.counters if one.number == counter)
        ticket = self.reserve(str(uuid.uuid4()), BIRTH, series, **details)
        return self.settle(ticket.id, Status.ISSUED, delivery="paper")


@pytest.fixture
def wait_for_news():
    """Until a watch tells of a change: a server sends it when it comes to it."""

    def wait(watch) -> None:
        deadline = time.monotonic() + 15
        while not watch.changed():
            assert time.monotonic() < deadline, "no news"
            time.sleep(0.01)

    return wait


@pytest.fixture(scope="session")
def postgres():
    """A real server; each test has a schema of its own."""
    try:
        server = PostgresServer(durable=False)
    except NoPostgresError as error:
        pytest.skip(str(error))
    yield server
    server.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path) -> str:
    """An empty database, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'hall' / 'kiosk.db'}"
    return request.getfixturevalue("postgres").url(f"test_{uuid.uuid4().hex[:12]}")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def site():
    return load_site("cua_nam")


@pytest.fixture
def store(url):
    opened = Store(url)
    yield opened
    opened.close()


@pytest.fixture
def hall(store, site, clock) -> Hall:
    return Hall(store, site, clock)
