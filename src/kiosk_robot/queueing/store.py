"""Tables and transactions. SQLite by default; PostgreSQL when several machines share a point.

Nothing here identifies a person: a ticket knows its procedure, never who holds it.

On both databases one transaction at a time changes a point's data, so that nothing written here
can collide: SQLite by `BEGIN IMMEDIATE`, PostgreSQL by an advisory lock of the schema. Whatever
`writing` has committed survives a power cut (docs/decisions/0014).
"""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    JSON,
    Connection,
    DateTime,
    Double,
    Engine,
    Index,
    String,
    UniqueConstraint,
    create_engine,
    event,
    text,
)
from sqlalchemy.engine import URL, Dialect, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.types import TypeDecorator

from kiosk_robot.paths import data_dir
from kiosk_robot.queueing.migrations import bring_up_to_date
from kiosk_robot.queueing.shared_turn import SharedTurn
from kiosk_robot.queueing.ticket import StoreError

T = TypeVar("T")
DATABASE_URL = "KIOSK_DATABASE_URL"
# Conditions of partial indexes, and of the questions that use them; the numbers of `Status`.
IS_WAITING = "status = 2"
IS_OPEN = "status IN (0, 1, 2, 3, 7, 8)"
IS_AT_COUNTER = "status IN (3, 8)"
LOCK_PATIENCE = 5.0  # seconds until a writer that cannot get its turn gives up
TEXT_LENGTH = len("2026-11-23 08:00:00.000000")  # a moment in SQLite, UTC, without its zone
CHANNEL = "kiosk_queue"  # PostgreSQL tells its listeners here what has changed


def database_url() -> str:
    """Where the point keeps its data: `KIOSK_DATABASE_URL`, else SQLite in the data folder."""
    return os.environ.get(DATABASE_URL) or f"sqlite:///{data_dir() / 'kiosk.db'}"


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes in Python, UTC in the database (SQLite knows no time zones)."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC without a zone."""
        return value and value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give UTC back as an aware value."""
        return value and value.replace(tzinfo=UTC)

    def bind_processor(self, dialect: Dialect) -> Any:
        """SQLite keeps text: written here as SQLAlchemy writes it, in a fifth of the time."""
        return _to_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """The same back."""
        if dialect.name == "sqlite":
            return _from_text
        return super().result_processor(dialect, coltype)


@lru_cache(maxsize=64)  # a change writes the same moment several times
def _to_text(value: datetime | None) -> str | None:
    if value is None:
        return None
    return value.astimezone(UTC).isoformat(" ", "microseconds")[:TEXT_LENGTH]


def _from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value + "+00:00")


class Base(DeclarativeBase):
    """Base of the tables."""


def _only(condition: str) -> dict[str, Any]:
    """A partial index: past tickets are not in it, so that it stays as small as the hall is."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class TicketRow(Base):
    """One ticket. (day, series, sequence) makes the number and is unique in the database."""

    __tablename__ = "tickets"
    __table_args__ = (
        UniqueConstraint("day", "series", "sequence"),
        Index("tickets_waiting", "line", "place", "sequence", "id", **_only(IS_WAITING)),
        Index("tickets_open", "status", **_only(IS_OPEN)),
        # The database itself holds that a counter has one ticket at a time.
        Index("tickets_at_counter", "counter", unique=True, **_only(IS_AT_COUNTER)),
        Index("tickets_called", "line", "called_at", **_only("called_at IS NOT NULL")),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    request_id: Mapped[str] = mapped_column(String(36), unique=True)
    day: Mapped[str] = mapped_column(String(10))  # local date of the site
    series: Mapped[str] = mapped_column(String(1))
    sequence: Mapped[int]
    line: Mapped[str] = mapped_column(String(1))
    procedure_code: Mapped[str] = mapped_column(String(10))
    counter: Mapped[str] = mapped_column(String(2))
    only_counter: Mapped[str] = mapped_column(String(2), default="")
    status: Mapped[int]
    priority: Mapped[str] = mapped_column(String(20), default="")
    delivery: Mapped[str] = mapped_column(String(6), default="")  # paper, screen
    reason: Mapped[str] = mapped_column(String(200), default="")
    registered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    arrived_at: Mapped[datetime] = mapped_column(UtcDateTime)
    place: Mapped[datetime] = mapped_column(UtcDateTime)
    called_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    calls: Mapped[int] = mapped_column(default=0)
    put_backs: Mapped[int] = mapped_column(default=0)
    staff: Mapped[str] = mapped_column(String(20), default="")
    later: Mapped[list[list[str]]] = mapped_column(JSON, default=list)


class TicketEventRow(Base):
    """One line of a ticket's history. The database refuses to change or delete it."""

    __tablename__ = "ticket_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[str] = mapped_column(String(36), index=True)
    request_id: Mapped[str | None] = mapped_column(String(36), unique=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    day: Mapped[str] = mapped_column(String(10), index=True)
    action: Mapped[str] = mapped_column(String(20))
    status: Mapped[int]
    line: Mapped[str] = mapped_column(String(1))
    procedure_code: Mapped[str] = mapped_column(String(10))
    counter: Mapped[str] = mapped_column(String(2))
    staff: Mapped[str] = mapped_column(String(20), default="")
    reason: Mapped[str] = mapped_column(String(200), default="")


class CounterEventRow(Base):
    """A counter opened, paused or closed. The last one of the day is its state."""

    __tablename__ = "counter_events"
    __table_args__ = (Index("counter_events_of_day", "day", "counter", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    day: Mapped[str] = mapped_column(String(10))
    counter: Mapped[str] = mapped_column(String(2))
    state: Mapped[str] = mapped_column(String(6))  # open, paused, closed
    staff: Mapped[str] = mapped_column(String(20), default="")
    lines: Mapped[str] = mapped_column(String(26), default="")  # letters, e.g. "AB"
    reason: Mapped[str] = mapped_column(String(200), default="")


class PromiseRow(Base):
    """What was told about the wait when a number was given, in minutes; the truth is in events."""

    __tablename__ = "promises"

    ticket_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    low: Mapped[float] = mapped_column(Double)
    median: Mapped[float] = mapped_column(Double)
    high: Mapped[float] = mapped_column(Double)
    at_once: Mapped[bool]


class Store:
    """The database."""

    def __init__(self, url: str) -> None:
        """Open; create it if new, migrate it if old.

        :raises StoreError: the database cannot be opened.
        """
        self._shown = url.rsplit("@", 1)[-1]  # never a password
        try:
            where = with_driver(url)
            self._sqlite = where.get_backend_name() == "sqlite"
            if self._sqlite and where.database:
                Path(where.database).parent.mkdir(parents=True, exist_ok=True)
            self._engine = create_engine(where, pool_pre_ping=not self._sqlite, pool_size=16)
            self._driver_error: Any = self._engine.dialect.loaded_dbapi.Error
            (_prepare_sqlite if self._sqlite else _prepare_postgresql)(self._engine)
            # SQLite has one writer at a time: its connection stays open, and so does its log.
            self._writer = self._engine.connect() if self._sqlite else None
            self._turn = SharedTurn(self._begun) if self._sqlite else None
            with self.writing() as connection:
                bring_up_to_date(connection)
        except (SQLAlchemyError, OSError) as error:
            raise self._refusal(error) from error

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection whose changes are kept at the end, or not made at all.

        :raises StoreError: the database refuses (full disk, locked, damaged).
        """
        try:
            with self._turn.alone() if self._turn else self._begun() as connection:
                yield connection
        except (SQLAlchemyError, OSError, self._driver_error) as error:
            raise self._refusal(error) from error

    def change(self, work: Callable[[Connection], T]) -> T:
        """Do one change, and return when it survives a power cut.

        On SQLite, whoever has the turn does the work of all who wait for theirs, in one transaction
        and with one flush: handing the turn over costs as much as the work itself (decision 0014).

        :raises Exception: what `work` raises; then nothing of it is kept.
        :raises StoreError: the database refuses.
        """
        if self._turn is None:
            with self.writing() as connection:
                return work(connection)
        try:
            return self._turn.do(work)
        except (SQLAlchemyError, OSError, self._driver_error) as error:
            raise self._refusal(error) from error

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one moment and holds nobody up.

        :raises StoreError: the database cannot be read.
        """
        try:
            options: dict[str, Any] = {"reads_only": True}
            if not self._sqlite:
                options["isolation_level"] = "REPEATABLE READ"
            with (
                self._engine.connect().execution_options(**options) as connection,
                self._lost(connection),
            ):
                yield connection
        except (SQLAlchemyError, self._driver_error) as error:
            raise self._refusal(error) from error

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """The same as `writing`, as a session.

        :raises StoreError: the database refuses.
        """
        with self.writing() as connection, Session(connection, expire_on_commit=False) as session:
            yield session
            session.flush()

    def watch(self) -> "Watch":
        """Something that tells when anybody has changed the data."""
        return Watch(self._engine)

    def close(self) -> None:
        """Let go of the database."""
        if self._writer is not None:
            self._writer.close()
        self._engine.dispose()

    @contextmanager
    def _begun(self) -> Iterator[Connection]:
        if self._writer is not None:
            with self._writer.begin():
                yield self._writer
        else:
            with self._engine.begin() as connection, self._lost(connection):
                yield connection

    @contextmanager
    def _lost(self, connection: Connection) -> Iterator[None]:
        """Forget a connection whose server has gone; SQLAlchemy sees only its own statements."""
        try:
            yield
        except self._driver_error as error:
            driver: Any = connection.connection.driver_connection
            if self._engine.dialect.is_disconnect(error, driver, None):
                connection.invalidate(error)
            raise

    def _refusal(self, error: Exception) -> StoreError:
        cause = getattr(error, "orig", None) or error
        said = " ".join(str(cause).split())
        return StoreError(f"store {self._shown}: {said}; {_remedy(said)}")


class Watch:
    """Tells whether the data were changed, by whomever; for one thread. Asking costs microseconds.

    PostgreSQL sends notifications (LISTEN); SQLite keeps a number that other connections move.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._driver: Any = None
        self._schema = ""
        self._version = 0

    def changed(self) -> bool:
        """Whether there was a change since this was last asked; False while the store is away."""
        try:
            if self._driver is None:
                self._listen()
                return True
            return self._moved() if self._engine.dialect.name == "sqlite" else self._notified()
        except (SQLAlchemyError, self._engine.dialect.loaded_dbapi.Error):
            self._driver = None
            return False

    def close(self) -> None:
        """Let go of the database."""
        if self._driver is not None:
            self._driver.close()

    def _listen(self) -> None:
        connection = self._engine.raw_connection()
        driver: Any = connection.driver_connection
        connection.detach()  # ours alone
        if self._engine.dialect.name == "postgresql":
            driver.autocommit = True
            self._schema = driver.execute("SELECT current_schema()").fetchone()[0]
            driver.execute(f"LISTEN {CHANNEL}")
        else:
            self._version = driver.execute("PRAGMA data_version").fetchone()[0]
        self._driver = driver

    def _moved(self) -> bool:
        before = self._version
        self._version = self._driver.execute("PRAGMA data_version").fetchone()[0]
        return self._version != before

    def _notified(self) -> bool:
        payloads = [one.payload for one in self._driver.notifies(timeout=0)]
        return self._schema in payloads


def with_driver(url: str) -> URL:
    """An address as SQLAlchemy needs it: PostgreSQL with psycopg 3.

    :raises SQLAlchemyError: it is none.
    """
    parsed = make_url(url)
    if parsed.drivername in ("postgres", "postgresql"):
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # we begin ourselves, below
        for pragma in (
            "busy_timeout=5000",
            "journal_mode=WAL",
            "synchronous=FULL",  # a number that was told survives a power cut
            "foreign_keys=ON",
            "cache_size=-32000",  # kilobytes
            "busy_timeout=1",  # milliseconds; from here on `_begin_immediate` waits
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        if connection.get_execution_options().get("reads_only"):
            connection.exec_driver_sql("BEGIN")
        else:
            _begin_immediate(connection.connection.dbapi_connection)


def _begin_immediate(connection: Any) -> None:
    """Ask every millisecond for the turn: SQLite's own waiting sleeps up to a tenth of a second."""
    deadline = time.monotonic() + LOCK_PATIENCE
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise


def _prepare_postgresql(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: object) -> None:
        connection.execute(f"SET lock_timeout = '{LOCK_PATIENCE:.0f}s'")
        connection.commit()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        if not connection.get_execution_options().get("reads_only"):
            # Listeners hear of it when the transaction is committed, and only then.
            connection.exec_driver_sql(
                "SELECT pg_advisory_xact_lock(hashtext(current_schema())), "
                f"pg_notify('{CHANNEL}', current_schema())"
            )


def _remedy(said: str) -> str:
    """What to do about an error, after SQLite's own words."""
    if "malformed" in said or "not a database" in said:
        return "restore the last backup: kiosk queue restore (docs/queue.md)"
    if "full" in said or "disk I/O" in said:
        return "free some disk space (df -h), then go on: nothing is lost"
    return "check disk space and file permissions"
