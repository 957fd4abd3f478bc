"""A whole robot: every node a process, simulated devices at the other end of real wires."""

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk_robot.robot import Robot, running_robot
from kiosk_robot.visit import Visit

SPEED = 20.0  # speech and motors, times real time


class Bench:
    """The robot under test, what it tells, and what its database says."""

    def __init__(self, robot: Robot, folder: Path, told: list[str]) -> None:
        self.robot = robot
        self.folder = folder
        self.told = told

    def visit(self) -> Visit:
        """A new citizen's eyes and ears."""
        assert self.robot.devices is not None
        return Visit(self.robot.url, self.robot.devices)

    def tickets(self) -> list[tuple[str, int, str]]:
        """(number, status, delivery) of all tickets so far, from the database file itself."""
        with sqlite3.connect(self.folder / "kiosk.db") as database:
            rows = database.execute(
                "SELECT series || printf('%03d', sequence), status, delivery FROM tickets"
                " ORDER BY registered_at"
            )
            return list(rows)

    def rows(self, table: str) -> list[tuple]:
        """All rows of a table."""
        with sqlite3.connect(self.folder / "kiosk.db") as database:
            return list(database.execute(f"SELECT * FROM {table}"))  # noqa: S608  a test's literal


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("robot")
    told: list[str] = []
    with running_robot(
        folder, simulated=True, tell=told.append, speed=SPEED, private=True
    ) as robot:
        yield Bench(robot, folder, told)


@pytest.fixture
def visit(bench: Bench) -> Iterator[Visit]:
    """One citizen; gone, and forgotten by the robot, at the end."""
    with bench.visit() as visit:
        yield visit
        visit.devices.printer.fault = type(visit.devices.printer.fault)("none")
        visit.devices.dispenser.clear_faults()
        visit.devices.hide_card()
        visit.leave()
        if (visit.latest("state") or {}).get("session_id"):
            time.sleep(0.6)
            visit.say("cảm ơn, tôi về")
            visit.say("không")
            visit.wait_for(lambda: not visit.latest("state")["session_id"], "the end of the visit")
        visit.wait_ready()
