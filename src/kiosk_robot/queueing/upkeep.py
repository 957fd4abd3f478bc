"""Backup, restore, export and pruning of a point's data.

A backup is a gzip file of JSON lines: the version first, then the rows of every table. It is the
same for SQLite and PostgreSQL, so that restoring it also moves a point from one to the other.
"""

import csv
import gzip
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Connection,
    DateTime,
    Integer,
    MetaData,
    Table,
    create_engine,
    delete,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from kiosk_robot.queueing import rows
from kiosk_robot.queueing.migrations import bring_up_to_date
from kiosk_robot.queueing.papers import PapersRow
from kiosk_robot.queueing.prepared import Row
from kiosk_robot.queueing.promises import promises
from kiosk_robot.queueing.store import Store, with_driver
from kiosk_robot.queueing.ticket import Status, StoreError

VERSION = "alembic_version"
COLUMNS = (
    "number",
    "day",
    "series",
    "line",
    "procedure_code",
    "counter",
    "staff",
    "status",
    "priority",
    "registered_at",
    "arrived_at",
    "called_at",
    "started_at",
    "ended_at",
    "put_backs",
    "reason",
)


def back_up(store: Store, file: Path) -> int:
    """Write everything to a file, as of one moment and while the robot works; how many rows.

    :raises StoreError: the database cannot be read; the file is not written.
    :raises OSError: the file cannot be written.
    """
    part = file.with_name(f"{file.name}.part")
    count = 0
    with store.reading() as connection, gzip.open(part, "wt", encoding="utf-8") as lines:
        version = connection.scalar(text(f"SELECT version_num FROM {VERSION}"))  # noqa: S608
        lines.write(json.dumps({"version": version}) + "\n")
        for table in _tables(connection):
            for row in connection.execute(select(table)).mappings():
                lines.write(json.dumps([table.name, dict(row)], default=_plain) + "\n")
                count += 1
    part.replace(file)
    return count


def restore(url: str, file: Path) -> int:
    """Make the database from a backup; how many rows. Stop the robot before.

    A SQLite file that is there already, e.g. a damaged one, is kept beside as `….replaced-<time>`.

    :raises StoreError: the file is no backup, or a PostgreSQL schema is not empty.
    :raises OSError: a file cannot be read or written.
    """
    where = with_driver(url)
    if where.get_backend_name() != "sqlite" or not where.database:
        return _fill(where, file)
    database = Path(where.database)
    database.parent.mkdir(parents=True, exist_ok=True)
    fresh = database.with_name(f"{database.name}.part")
    fresh.unlink(missing_ok=True)
    count = _fill(where.set(database=str(fresh)), file)
    stamp = f"{datetime.now():%Y%m%d-%H%M%S}"
    for suffix in ("-wal", "-shm", ""):
        old = Path(f"{database}{suffix}")
        if old.exists():
            old.rename(f"{database}.replaced-{stamp}{suffix}")
    fresh.rename(database)
    return count


def export_csv(
    store: Store, target: TextIO, timezone: str, since: date | None, until: date | None
) -> int:
    """Write tickets as CSV, one a line, times local; how many. `since` and `until` are included.

    :raises StoreError: the database cannot be read.
    """
    zone = ZoneInfo(timezone)
    writer = csv.writer(target)
    writer.writerow(COLUMNS)
    table = rows.tickets
    found = select(table).order_by(table.c.day, table.c.series, table.c.sequence)
    if since:
        found = found.where(table.c.day >= since.isoformat())
    if until:
        found = found.where(table.c.day <= until.isoformat())
    count = 0
    with store.reading() as connection:
        for row in connection.execute(found).mappings():
            writer.writerow(_cell(row, column, zone) for column in COLUMNS)
            count += 1
    return count


def prune(store: Store, before: date) -> int:
    """Delete the tickets of days before this one, and their history: the only way that it is.

    :returns: how many tickets.
    :raises StoreError: the database refuses; nothing is deleted.
    """
    day = before.isoformat()
    with store.writing() as connection:
        with _history_unlocked(connection):
            connection.execute(delete(rows.events).where(rows.events.c.day < day))
        connection.execute(delete(rows.counter_events).where(rows.counter_events.c.day < day))
        old = select(rows.tickets.c.id).where(rows.tickets.c.day < day)
        connection.execute(delete(promises).where(promises.c.ticket_id.in_(old)))
        connection.execute(delete(PapersRow).where(PapersRow.ticket_id.in_(old)))
        return connection.execute(delete(rows.tickets).where(rows.tickets.c.day < day)).rowcount


def _fill(where: URL, file: Path) -> int:
    engine = create_engine(where)
    try:
        with engine.begin() as connection, gzip.open(file, "rt", encoding="utf-8") as lines:
            bring_up_to_date(connection, json.loads(lines.readline())["version"])
            tables = {table.name: table for table in _tables(connection)}
            if connection.scalar(select(func.count()).select_from(tables["tickets"])):
                raise StoreError(f"{where.database} is not empty: restore into a new schema")
            count = 0
            for line in lines:
                name, row = json.loads(line)
                connection.execute(insert(tables[name]), _typed(tables[name], row))
                count += 1
            _continue_numbering(connection, tables.values())
            bring_up_to_date(connection)
            return count
    except (SQLAlchemyError, EOFError, ValueError, KeyError, gzip.BadGzipFile) as error:
        raise StoreError(f"{file} cannot be restored: {error}") from error
    finally:
        engine.dispose()


def _tables(connection: Connection) -> list[Table]:
    """The tables as the database has them, of whatever version."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != VERSION]


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"cannot back up {type(value).__name__}")


def _typed(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(value)
        if value is not None and isinstance(table.c[name].type, DateTime)
        else value
        for name, value in row.items()
    }


def _continue_numbering(connection: Connection, tables: Iterable[Table]) -> None:
    """PostgreSQL counts ids by itself and does not see those that we have given."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables:
        if "id" in table.c and isinstance(table.c.id.type, Integer):
            sequence = func.pg_get_serial_sequence(table.name, "id")
            last = select(func.coalesce(func.max(table.c.id), 0) + 1).scalar_subquery()
            connection.execute(select(func.setval(sequence, last, False)))


@contextmanager
def _history_unlocked(connection: Connection) -> Iterator[None]:
    """Without the trigger that guards the history; within this transaction only."""
    if connection.dialect.name == "postgresql":
        trigger = "ALTER TABLE ticket_events {} TRIGGER ticket_events_no_delete"
        connection.execute(text(trigger.format("DISABLE")))
        yield
        connection.execute(text(trigger.format("ENABLE")))
        return
    find = text("SELECT sql FROM sqlite_master WHERE name = 'ticket_events_no_delete'")
    guard = connection.execute(find).scalar_one()
    connection.execute(text("DROP TRIGGER ticket_events_no_delete"))
    yield
    connection.exec_driver_sql(guard)


def _cell(row: Row, column: str, zone: ZoneInfo) -> str:
    if column == "number":
        return rows.to_number(row)
    if column == "status":
        return Status(row["status"]).name.lower()
    value = row[column]
    if isinstance(value, datetime):
        return f"{value.astimezone(zone):%Y-%m-%d %H:%M:%S}"
    return "" if value is None else str(value)
