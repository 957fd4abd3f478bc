"""An action of which the newest goal counts: it ends the one before, as nav2's servers do."""

from collections.abc import Callable
from typing import Any

from rclpy.action import ActionServer, CancelResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.node import Node
from rclpy.task import Future


class NewestGoal:
    """`begin` starts on a goal and returns; whoever finds it over calls `finish`."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._future: Future | None = None
        self.handle: ServerGoalHandle | None = None

    def serve(self, action: Any, name: str, begin: Callable[[Any], None]) -> None:
        """Offer the action; `begin` gets the request, with the handle already in its place."""

        async def execute(handle: ServerGoalHandle) -> Any:
            if self.handle is not None:
                self.finish(action.Result(error_msg="a newer goal has come"), reached=False)
            future = self._future = Future(executor=self._node.executor)
            self.handle = handle
            begin(handle.request)
            return await future

        self._server = ActionServer(
            self._node,
            action,
            name,
            execute_callback=execute,
            cancel_callback=lambda _goal: CancelResponse.ACCEPT,
        )

    def close(self) -> None:
        """Offer it no more."""
        self._server.destroy()

    @property
    def unwanted(self) -> bool:
        """Whether somebody has asked to cancel the goal."""
        return self.handle is not None and self.handle.is_cancel_requested

    def finish(self, result: Any, *, reached: bool) -> None:
        """The goal is over."""
        handle, future = self.handle, self._future
        if handle is None or future is None:
            return
        self.handle = self._future = None
        if handle.is_cancel_requested:
            handle.canceled()
        elif reached:
            handle.succeed()
        else:
            handle.abort()
        future.set_result(result)
