"""A change that shares its transaction with others: SQLite lets one write at a time."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection

from kiosk_robot.queueing.ticket import StoreError

T = TypeVar("T")


class Job(Generic[T]):
    """One change. Whoever carries it out need not be who wants it."""

    def __init__(self, work: Callable[[Connection], T]) -> None:
        self._work = work
        self._value: T
        self._failure: Exception | None = None
        self.done = False
        self.commit = 0  # which commit it is in; 0: none, nothing was kept
        self.error: Exception = StoreError("the change was interrupted; nothing of it was kept")

    def carry_out(self, connection: Connection) -> None:
        """Do the work, or nothing of it: what fails here leaves the others alone.

        :raises Exception: the driver's, when the whole transaction is lost.
        """
        driver: Any = connection.connection.driver_connection
        driver.execute("SAVEPOINT change")
        try:
            self._value = self._work(connection)
        except Exception as error:
            if not driver.in_transaction:  # e.g. the disk is full
                raise
            driver.execute("ROLLBACK TO change")
            self._failure = error
        driver.execute("RELEASE change")

    def outcome(self) -> T:
        """What the work returned.

        :raises Exception: what it raised, or why nothing was kept.
        """
        if not self.commit:
            raise self.error
        if self._failure is not None:
            raise self._failure
        return self._value
