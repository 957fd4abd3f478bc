"""Changes that share a transaction and its flush: SQLite lets one write at a time.

Why so: decision 0014.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection

from kiosk_robot.queueing.ticket import StoreError

T = TypeVar("T")
Begin = Callable[[], AbstractContextManager[Connection]]


class Job(Generic[T]):
    """One change. Whoever carries it out need not be who wants it."""

    def __init__(self, work: Callable[[Connection], T]) -> None:
        self._work = work
        self._value: T
        self._error: Exception | None = StoreError(
            "the change was interrupted; nothing of it was kept"
        )
        self._woken: SimpleQueue[None] = SimpleQueue()
        self.taken = False  # somebody has begun
        self.done = False

    def carry_out(self, connection: Connection) -> None:
        """Do the work.

        :raises Exception: what it raises.
        """
        self._value = self._work(connection)

    def keep(self) -> None:
        """It is on the disk."""
        self._error = None

    def refuse(self, error: Exception) -> None:
        """Nothing of it was kept."""
        self._error = error

    def end(self) -> None:
        """Nobody will work on it any more."""
        self.done = True
        self.wake()

    def wake(self) -> None:
        """Let the one who wants it look again."""
        self._woken.put(None)

    def wait(self) -> None:
        """Until somebody wakes."""
        self._woken.get()

    def outcome(self) -> T:
        """What the work returned.

        :raises Exception: what it raised, or why nothing was kept.
        """
        if self._error is not None:
            raise self._error
        return self._value


class SharedTurn:
    """The turn to write. Whoever has it does the work of all who wait, in one transaction.

    To hand a lock from thread to thread costs Python as much as a change; so each thread that waits
    is woken once, when its change is on the disk, or to take the turn for those who came later.
    When one of the works fails, all are undone and done again, each in a transaction of its own.
    """

    def __init__(self, begin: Begin) -> None:
        """`begin` begins a transaction; at its end, what was written survives a power cut."""
        self._begin = begin
        self._turn = threading.Lock()
        self._jobs: deque[Job[Any]] = deque()

    @contextmanager
    def alone(self) -> Iterator[Connection]:
        """A transaction of one's own.

        :raises Exception: the driver's or SQLAlchemy's; then nothing is kept.
        """
        try:
            with self._turn, self._begin() as connection:
                yield connection
        finally:
            self._wake_next()

    def do(self, work: Callable[[Connection], T]) -> T:
        """Do one change, and return when it survives a power cut.

        :param work: may be called a second time, when the first was undone.
        :raises Exception: what `work` raises, or why nothing was kept.
        """
        job = Job(work)
        self._jobs.append(job)
        while not job.done:
            if not job.taken and self._turn.acquire(blocking=False):
                self._lead()
            else:
                job.wait()  # whoever has the turn wakes the first of those they leave behind
        return job.outcome()

    def _lead(self) -> None:
        jobs: list[Job[Any]] = []
        try:
            jobs = self._taken()
            if len(jobs) < 2 or not self._carried_out(jobs):
                for job in jobs:
                    self._carried_out([job])
        finally:
            self._turn.release()
            self._wake_next()
            for job in jobs:
                job.end()

    def _carried_out(self, jobs: Sequence[Job[Any]]) -> bool:
        try:
            with self._begin() as connection:
                for job in jobs:
                    job.carry_out(connection)
        except Exception as error:  # each who waits is told, in their own thread
            for job in jobs:
                job.refuse(error)
            return False
        for job in jobs:
            job.keep()
        return True

    def _taken(self) -> list[Job[Any]]:
        waiting = 0
        while waiting < len(self._jobs):  # those who have just been served may want to ask again
            waiting = len(self._jobs)
            time.sleep(0)
        jobs = [self._jobs.popleft() for _ in range(len(self._jobs))]
        for job in jobs:
            job.taken = True
        return jobs

    def _wake_next(self) -> None:
        with suppress(IndexError):
            self._jobs[0].wake()
