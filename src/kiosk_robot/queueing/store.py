"""Tables and transactions. SQLite by default; any SQLAlchemy URL works.

Nothing here identifies a person: a ticket knows its procedure, never who holds it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import DateTime, Engine, String, UniqueConstraint, create_engine, event
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.types import TypeDecorator

from kiosk_robot.queueing.ticket import StoreError


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


class Base(DeclarativeBase):
    """Base of the tables."""


class TicketRow(Base):
    """One ticket. (day, series, sequence) makes the number and is unique in the database."""

    __tablename__ = "tickets"
    __table_args__ = (UniqueConstraint("day", "series", "sequence"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    request_id: Mapped[str] = mapped_column(String(36), unique=True)
    day: Mapped[str] = mapped_column(String(10), index=True)  # local date of the site
    series: Mapped[str] = mapped_column(String(1))
    sequence: Mapped[int]
    procedure_code: Mapped[str] = mapped_column(String(10))
    counter: Mapped[str] = mapped_column(String(2))
    status: Mapped[int] = mapped_column(index=True)
    delivery: Mapped[str] = mapped_column(String(6), default="")  # paper, screen
    void_reason: Mapped[str] = mapped_column(String(200), default="")
    registered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    called_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def number(self) -> str:
        """What people see, e.g. A001."""
        return f"{self.series}{self.sequence:03d}"


class Store:
    """The database. Every change is one transaction; SQLite locks from its first statement."""

    def __init__(self, url: str) -> None:
        """Open and, if new, create.

        :raises StoreError: the database cannot be opened.
        """
        self._url = url
        try:
            if url.startswith("sqlite:///"):
                Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
            self._engine = create_engine(url)
            if self._engine.dialect.name == "sqlite":
                _make_sqlite_safe(self._engine)
            Base.metadata.create_all(self._engine)
        except (SQLAlchemyError, OSError) as error:
            raise StoreError(_explain(url, error)) from error

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that commits at the end, or changes nothing.

        :raises StoreError: the database refuses (full disk, locked, damaged).
        """
        try:
            with Session(self._engine, expire_on_commit=False) as session, session.begin():
                yield session
        except SQLAlchemyError as error:
            raise StoreError(_explain(self._url, error)) from error

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()


def _make_sqlite_safe(engine: Engine) -> None:
    """WAL and full sync survive a power cut; BEGIN IMMEDIATE keeps two writers apart."""

    @event.listens_for(engine, "connect")
    def _on_connect(connection, _record) -> None:  # type: ignore[no-untyped-def]
        connection.isolation_level = None  # we begin ourselves, below
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "busy_timeout=5000",
            "foreign_keys=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _on_begin(connection) -> None:  # type: ignore[no-untyped-def]
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _explain(url: str, error: Exception) -> str:
    cause = getattr(error, "orig", None) or error
    place = url.rsplit("@", 1)[-1]  # never a password
    return f"store {place}: {' '.join(str(cause).split())}; check disk space and file permissions"
