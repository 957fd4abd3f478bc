"""Runs blocking device calls off the executor's thread, one at a time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from rclpy.node import Node
from rclpy.task import Future

T = TypeVar("T")


class Worker:
    """One thread of a node. Device calls come from nowhere else and need no locks."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=node.get_name())

    async def run(self, function: Callable[..., T], *args: Any) -> T:
        """Await `function(*args)`; its exception is raised here."""
        executor = self._node.executor
        future: Future = Future(executor=executor)

        def work() -> None:
            try:
                future.set_result(function(*args))
            except BaseException as error:  # whatever it is, the awaiting side must know
                future.set_exception(error)
            executor.wake()  # a finished future alone does not wake a waiting executor

        self._pool.submit(work)
        return await future

    def call(self, function: Callable[..., T], *args: Any, timeout: float) -> T:
        """Wait for `function(*args)`; for lifecycle transitions, which cannot be awaited.

        :raises TimeoutError: it took longer than `timeout` seconds.
        """
        return self._pool.submit(function, *args).result(timeout)

    def submit(self, function: Callable[..., Any], *args: Any) -> None:
        """Start `function(*args)` and do not wait; it must handle its own errors."""
        self._pool.submit(function, *args)

    def close(self) -> None:
        """Take no more work."""
        self._pool.shutdown(wait=False, cancel_futures=True)
