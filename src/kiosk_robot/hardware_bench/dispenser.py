"""The dispenser's part of `kiosk bench hardware`: faults, delay, endurance."""

import gc
import os
import shutil
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from kiosk_robot.dispensing.job import JobStatus, next_job_id
from kiosk_robot.dispensing.registers import Slot
from kiosk_robot.drivers.dispenser import ModbusDispenser
from kiosk_robot.drivers.simulated.avr_board import AvrBoard

SCHEDULES = 10_000
FIRMWARE_SCHEDULES = 300
COMMANDS = 100
DAY_SPEED = 100.0
DAY_S = 86_400
EEPROM_MS = 5 * 1.8  # from order to motor five bytes are programmed; simavr does that in no time


def measure() -> dict[str, object]:
    """Run everything; takes about a quarter of an hour. Without gcc-avr the model alone is run."""
    figures: dict[str, object] = {"schedules with the model": _schedules("Schedule", SCHEDULES)}
    if not shutil.which("avr-gcc"):
        return figures | {"firmware": "not measured: gcc-avr is not installed"}
    return figures | {
        "schedules with the firmware": _schedules("FirmwareSchedule", FIRMWARE_SCHEDULES),
        "command to motor start, ms": command_to_motor(COMMANDS),
        "a day of service": day_of_service(),
    }


def _schedules(machine: str, count: int) -> dict[str, object]:
    from kiosk_robot.hardware_bench import dispenser_schedules as schedules

    began = time.monotonic()
    tally = schedules.run_schedules(getattr(schedules, machine), count)
    return {**asdict(tally), "violations": 0, "seconds": round(time.monotonic() - began, 1)}


def command_to_motor(count: int) -> dict[str, object]:
    """Milliseconds from the call of the driver to the start of the motor, at real speed.

    As the node orders: the newest job is read, then the order given. Both ends are read off the
    board's clock, which keeps step with the clock on the wall.
    """
    delays = []
    with _board(speed=1.0) as (board, driver):
        driver.refill(Slot.WATER, count)
        for _ in range(count):
            while driver.read_state().busy:
                time.sleep(0.1)
            began = board.state()[0]
            outcome = driver.dispense(Slot.WATER, next_job_id(driver.read_state()))
            if outcome.status is not JobStatus.DONE:
                raise RuntimeError(f"a job ended as {outcome}")
            delays.append(board.state()[2] - began + EEPROM_MS)
    return {
        "commands": count,
        "p50": round(statistics.median(delays), 1),
        "p95": round(statistics.quantiles(delays, n=20)[-1], 1),
        "of it for the EEPROM, by the data sheet": EEPROM_MS,
        "load of the machine": round(os.getloadavg()[0], 1),
    }


def day_of_service() -> dict[str, object]:
    """24 simulated hours: a cup every three minutes, a reset an hour, polls in between.

    Memory and handles are compared between the end of the first hour and the end of the last.
    """
    began, jobs = time.monotonic(), 0
    with _board(speed=DAY_SPEED) as (board, driver):
        tracemalloc.start()
        first: tuple[int, int] | None = None
        while (now_s := board.state()[0] / 1000) < DAY_S:
            if first is None and now_s > DAY_S / 24:
                first = _held()
            if jobs % 20 == 0:
                board.tell("cut 0")
                board.tell("wait 100")
                driver.refill(Slot.WATER, 40)
            outcome = driver.dispense(Slot.WATER, next_job_id(driver.read_state()))
            if outcome.status is not JobStatus.DONE:
                raise RuntimeError(f"a job ended as {outcome}")
            jobs += 1
            next_s = now_s + 180
            while board.state()[0] / 1000 < next_s:
                driver.read_state()
        last = _held()
        tracemalloc.stop()
        drops = sum(board.state()[3].values())
    assert first
    return {
        "jobs": jobs,
        "pieces": drops,
        "growth of memory, kB": round((last[0] - first[0]) / 1000, 1),
        "growth of handles": last[1] - first[1],
        "seconds": round(time.monotonic() - began, 1),
    }


def _held() -> tuple[int, int]:
    """Bytes that Python objects take, and open handles."""
    gc.collect()
    return tracemalloc.get_traced_memory()[0], len(list(Path("/proc/self/fd").iterdir()))


@contextmanager
def _board(speed: float) -> Iterator[tuple[AvrBoard, ModbusDispenser]]:
    """A board and the driver on its own port."""
    with tempfile.TemporaryDirectory() as folder:
        board = AvrBoard(speed, Path(folder) / "eeprom")
        driver = ModbusDispenser(board.port)
        try:
            board.tell("wait 300")
            yield board, driver
        finally:
            driver.close()
            board.close()
