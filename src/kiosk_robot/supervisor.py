"""Starts the node table, one process each, keeps it running, and ends it in order.

This is what `ros2 launch` does on a robot with a ROS 2 install; both read node_table.py.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import yaml

from kiosk_robot.config import STARTED_WITH
from kiosk_robot.node_table import NODES, NodeSpec

PR_SET_PDEATHSIG = 1  # prctl(2)
WATCH_PERIOD = 0.1  # seconds
FIRST_DELAY, LAST_DELAY = 0.2, 4.0  # seconds before a respawn; doubled for each early death
STEADY_AFTER = 10.0  # seconds of life after which a node's next respawn is quick again
STOP_PATIENCE = 2.0  # seconds a node has to end by itself
KILL_PATIENCE = 0.5


@dataclass
class Process:
    """One node's process."""

    spec: NodeSpec
    log: IO[bytes]
    child: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    delay: float = FIRST_DELAY
    respawn_at: float | None = None
    deaths: int = field(default=0)

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self.child is not None and self.child.poll() is None


class Supervisor:
    """The robot's processes. One thread starts, watches and stops them: the kernel ends a child
    when the *thread* that made it ends.
    """

    def __init__(
        self,
        parameters: dict[str, dict[str, Any]],
        folder: Path,
        environment: dict[str, str],
        tell: Callable[[str], None],
        nodes: Iterable[NodeSpec] = NODES,
    ) -> None:
        """`parameters` by node, checked; `folder` takes logs and parameter files; `tell` is told of
        every start and death.
        """
        self._folder = folder
        self._tell = tell
        self._environment = os.environ | environment | {"ROS_LOG_DIR": str(folder / "log" / "ros")}
        (folder / "log").mkdir(parents=True, exist_ok=True)
        self._parameters = folder / STARTED_WITH
        self._parameters.write_text(
            yaml.safe_dump(
                {
                    node: {"ros__parameters": values}
                    for node, values in parameters.items()
                    if values
                },
                allow_unicode=True,
            ),
            encoding="utf-8",
        )
        self._processes = [Process(spec, self._open_log(spec.name)) for spec in nodes]

    def run(self, ended: threading.Event) -> None:
        """Start every node, start again what dies, and end them all once `ended` is set."""
        for process in self._processes:
            self._spawn(process)
        while not ended.wait(WATCH_PERIOD):
            self._revive(time.monotonic())
        self._stop()

    def pid(self, node: str) -> int:
        """Process id of a node.

        :raises LookupError: it is not running.
        """
        for process in self._processes:
            if process.spec.name == node and process.running and process.child:
                return process.child.pid
        raise LookupError(f"{node} is not running")

    def _revive(self, now: float) -> None:
        for process in self._processes:
            if process.running:
                continue
            if process.respawn_at is None:
                self._note_death(process, now)
            elif now >= process.respawn_at:
                self._spawn(process)

    def _stop(self) -> None:
        """The last started first: politely, then not. Leaves no process behind."""
        for process in reversed(self._processes):
            if process.running and process.child:
                process.child.terminate()
        for patience in (STOP_PATIENCE, KILL_PATIENCE):
            deadline = time.monotonic() + patience
            while any(process.running for process in self._processes):
                if time.monotonic() > deadline:
                    break
                time.sleep(0.02)
            for process in self._processes:
                if process.running and process.child:
                    self._tell(f"{process.spec.name}: does not end, killed")
                    process.child.kill()
        for process in self._processes:
            process.log.close()

    def _spawn(self, process: Process) -> None:
        command = [
            sys.executable, "-m", process.spec.module,
            "--ros-args", "--params-file", str(self._parameters),
        ]  # fmt: skip
        process.child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=process.log,
            stderr=process.log,
            env=self._environment,
            preexec_fn=_die_with_parent,
            start_new_session=True,  # Ctrl-C reaches the supervisor alone, which ends them in order
        )
        process.started = time.monotonic()
        process.respawn_at = None
        if process.deaths:
            self._tell(f"{process.spec.name}: started again")

    def _note_death(self, process: Process, now: float) -> None:
        process.deaths += 1
        if now - process.started > STEADY_AFTER:
            process.delay = FIRST_DELAY
        process.respawn_at = now + process.delay
        code = process.child.returncode if process.child else 0
        cause = signal.Signals(-code).name if code < 0 else f"exit status {code}"
        self._tell(
            f"{process.spec.name}: died ({cause}), starts again in {process.delay:.1f} s;"
            f" see {process.log.name}"
        )
        process.delay = min(2 * process.delay, LAST_DELAY)

    def _open_log(self, name: str) -> IO[bytes]:
        path = self._folder / "log" / f"{name}.log"
        if path.exists():
            path.replace(path.with_suffix(".log.1"))  # the run before, for the technician
        return path.open("wb")


def _die_with_parent() -> None:
    """Have the kernel end a node whose supervisor was killed outright."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
