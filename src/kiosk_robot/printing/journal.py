"""What became of every ticket sent to the printer, on disk before its first byte is sent.

A process that dies in the middle of a ticket leaves it written down as begun; the next one finds it
so and knows that there may be a paper. Nothing is ever printed twice, and what somebody has closed
is not printed at all (docs/decisions/0017-true-tickets.md).
"""

import sqlite3
import threading
from contextlib import closing
from enum import IntEnum
from pathlib import Path

KEPT = 20_000
"""Tickets, of the newest ones: months. Counted, as the clock of a robot may jump."""


class Outcome(IntEnum):
    """What became of a ticket at the printer; the values are those of ClosePrint.srv."""

    NOT_ASKED = 0
    """The printer was never asked for it."""
    SENDING = 1
    """On its way to the printer now."""
    PRINTED = 2
    """The printer has confirmed the paper."""
    NOT_PRINTED = 3
    """Not one byte of it was sent."""
    UNKNOWN = 4
    """There may be a paper."""


class JournalError(Exception):
    """The journal cannot be read or written; nothing may be printed. Names the file and the fix."""


class PrintJournal:
    """One row a ticket, in SQLite with full synchronisation. Safe from several threads.

    One process at a time: a second one is refused, as two printers would be two papers.
    """

    def __init__(self, path: Path) -> None:
        """Open or create; what an earlier process had begun and not finished becomes UNKNOWN.

        :raises JournalError: unreadable, not writable, or another process holds it.
        """
        self._path = path
        self._lock = threading.Lock()
        self._unsaved: dict[str, Outcome] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(
                path, timeout=2.0, isolation_level=None, check_same_thread=False
            )
            for statement in (
                "PRAGMA locking_mode=EXCLUSIVE",
                "PRAGMA journal_mode=WAL",
                "PRAGMA synchronous=FULL",
                "CREATE TABLE IF NOT EXISTS jobs (ticket_id TEXT PRIMARY KEY,"
                " outcome INTEGER NOT NULL, closed INTEGER NOT NULL, turn INTEGER NOT NULL)",
            ):
                self._database.execute(statement)
        except (sqlite3.Error, OSError) as error:
            raise self._explained(error) from error
        self._write(
            "UPDATE jobs SET outcome = ? WHERE outcome = ?", Outcome.UNKNOWN, Outcome.SENDING
        )
        self._write("DELETE FROM jobs WHERE turn <= (SELECT max(turn) FROM jobs) - ?", KEPT)

    def begin(self, ticket_id: str) -> bool:
        """Write down that the ticket is being sent; False when it must not be.

        :raises JournalError: nothing was written: do not print.
        """
        began = self._write(
            "INSERT INTO jobs VALUES (?, ?, 0, (SELECT ifnull(max(turn), 0) + 1 FROM jobs))"
            " ON CONFLICT (ticket_id) DO UPDATE"
            " SET outcome = excluded.outcome, turn = excluded.turn"
            " WHERE outcome = ? AND NOT closed RETURNING 1",
            ticket_id,
            Outcome.SENDING,
            Outcome.NOT_PRINTED,
        )
        return bool(began)

    def finish(self, ticket_id: str, outcome: Outcome) -> None:
        """Write down what became of it. A full disk is no loss: it is tried again when asked."""
        self._unsaved[ticket_id] = outcome
        self._save()

    def outcome(self, ticket_id: str) -> Outcome:
        """What became of the ticket.

        :raises JournalError: the journal cannot be read.
        """
        self._save()
        if ticket_id in self._unsaved:
            return self._unsaved[ticket_id]
        found = self._write("SELECT outcome FROM jobs WHERE ticket_id = ?", ticket_id)
        return Outcome(found[0][0]) if found else Outcome.NOT_ASKED

    def close_request(self, ticket_id: str) -> Outcome:
        """See to it that what has not begun never will, and tell what became of it.

        :raises JournalError: nothing was closed.
        """
        self._write(
            "INSERT INTO jobs VALUES (?, ?, 1, (SELECT ifnull(max(turn), 0) + 1 FROM jobs))"
            " ON CONFLICT (ticket_id) DO UPDATE SET closed = 1",
            ticket_id,
            Outcome.NOT_ASKED,
        )
        return self.outcome(ticket_id)

    @property
    def unfinished(self) -> bool:
        """Whether the last ticket may still be in the printer, half out or waiting for paper.

        :raises JournalError: the journal cannot be read.
        """
        last = self._write(
            "SELECT outcome FROM jobs WHERE outcome IN (?, ?) ORDER BY turn DESC LIMIT 1",
            Outcome.PRINTED,
            Outcome.UNKNOWN,
        )
        return bool(last) and last[0][0] == Outcome.UNKNOWN

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def _save(self) -> None:
        for ticket_id, outcome in list(self._unsaved.items()):
            try:
                self._write("UPDATE jobs SET outcome = ? WHERE ticket_id = ?", outcome, ticket_id)
            except JournalError:
                return
            del self._unsaved[ticket_id]

    def _write(self, statement: str, *values: object) -> list[tuple[int, ...]]:
        try:
            with self._lock, closing(self._database.execute(statement, values)) as cursor:
                return cursor.fetchall()
        except sqlite3.Error as error:
            raise self._explained(error) from error

    def _explained(self, error: Exception) -> JournalError:
        return JournalError(
            f"print journal {self._path}: {error}; check disk space and file permissions"
        )
