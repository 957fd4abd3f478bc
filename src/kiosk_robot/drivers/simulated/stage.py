"""Between a world (the twin, or Gazebo) and the simulated devices: a socket of JSON lines.

The world tells how it stands and takes orders. What belongs together is bound here: how far
somebody stands before the range sensor goes to the dispenser's board, and what its motor drops
falls in the world.
"""

import json
import queue
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from kiosk_robot.drivers.simulated.devices import NOBODY_MM, SimulatedDevices

Data = dict[str, Any]
VARIABLE = "KIOSK_STAGE"  # tells a world where the socket is
WORLD_PATIENCE = 180.0  # seconds for a world to come up on a busy machine


class Stage:
    """Context manager, on the side of the devices."""

    def __init__(self, path: Path, devices: SimulatedDevices) -> None:
        self._path = path
        self._devices = devices
        self._changed = threading.Condition()
        self._world: socket.socket | None = None
        self._dropped = 0
        self._distance: int | None = None  # mm, as the board was told
        self.state: Data = {}

    def __enter__(self) -> Self:
        self._path.unlink(missing_ok=True)
        self._server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._server.bind(str(self._path))
        self._server.listen()
        self._thread = threading.Thread(target=self._serve, daemon=True, name="stage")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for line in (self._server, self._world):
            if line:
                with suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)  # close() alone wakes nobody who waits for it
        self._thread.join()  # before the devices it speaks to are gone
        self._server.close()

    @property
    def environment(self) -> dict[str, str]:
        """Where the world finds the stage."""
        return {VARIABLE: str(self._path)}

    def order(self, name: str, **what: object) -> None:
        """Have something happen in the world, and wait until it has been carried out.

        :raises TimeoutError: there is no world, or it does not answer.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._world is not None, WORLD_PATIENCE):
                raise TimeoutError("the world does not come up")
            assert self._world is not None
            done = self.state.get("orders", 0)
            self._world.sendall(json.dumps({name: what}).encode() + b"\n")
            if not self._changed.wait_for(
                lambda: self.state.get("orders", 0) > done, WORLD_PATIENCE
            ):
                raise TimeoutError(f"the world does not carry out {name!r}")

    def wait_for(self, condition: Callable[[Data], bool], patience: float) -> bool:
        """Whether a condition on the state came true within `patience` seconds of real time."""
        with self._changed:
            return self._changed.wait_for(lambda: condition(self.state), patience)

    def _serve(self) -> None:
        while True:
            try:
                world, _ = self._server.accept()
            except OSError:
                return
            with self._changed:
                self._world = world
                self._changed.notify_all()
            with suppress(OSError), world.makefile("rb") as lines:
                for line in lines:
                    self._take(json.loads(line))
            with self._changed:
                self._world = None

    def _take(self, state: Data) -> None:
        with self._changed:
            self.state = state
            self._changed.notify_all()
        reach = state["range"]
        distance = NOBODY_MM if reach is None else 10 * round(100 * reach)
        if distance != self._distance:  # the board is told only what is new
            self._devices.dispenser.set_range_mm(distance)
            self._distance = distance
        drops = self._devices.dispenser.drops
        for slot in drops[self._dropped :]:
            assert self._world is not None
            order = {"drop": {"item": slot.name.lower()}}
            self._world.sendall(json.dumps(order).encode() + b"\n")
        self._dropped = len(drops)


class StageLine:
    """On the side of the world: orders come in by a thread of its own."""

    def __init__(self, path: str) -> None:
        """Connect.

        :raises OSError: nobody listens there.
        """
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(path)
        self._orders: queue.SimpleQueue[Data] = queue.SimpleQueue()
        self._done = 0
        threading.Thread(target=self._listen, daemon=True, name="stage-line").start()

    def carry_out(self, do: Callable[[Data], None]) -> None:
        """Have every order that has come done, in the calling thread."""
        with suppress(queue.Empty):
            while True:
                do(self._orders.get_nowait())
                self._done += 1

    def tell(self, state: Data) -> None:
        """Send how the world stands."""
        line = json.dumps(state | {"orders": self._done, "at": time.monotonic()})
        with suppress(OSError):
            self._socket.sendall(line.encode() + b"\n")

    def _listen(self) -> None:
        with suppress(OSError), self._socket.makefile("rb") as lines:
            for line in lines:
                self._orders.put(json.loads(line))
