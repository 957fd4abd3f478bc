"""The dispenser's part of `kiosk bench hardware`: faults, delay, endurance."""

import gc
import os
import shutil
import statistics
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from kiosk_robot.dispensing.job import JobStatus, next_job_id
from kiosk_robot.dispensing.registers import Slot
from kiosk_robot.drivers.dispenser import DispenserUnavailable, ModbusDispenser
from kiosk_robot.drivers.simulated.dispenser_line import WRITE_MULTIPLE
from kiosk_robot.hardware_bench.dispenser_schedules import (
    Cable,
    FirmwareSchedule,
    FirmwareWorld,
    ModelWorld,
    Press,
    Schedule,
    run_schedules,
    wired,
)

SCHEDULES = 10_000
FIRMWARE_SCHEDULES = 300
COMMANDS = 100
DAY_S, HOUR_S, JOB_S = 86_400, 3_600, 180
EEPROM_MS = 5 * 1.8  # from order to motor five bytes are programmed; simavr does that in no time
CALM = Press([], again=False, dies_after=None, unplugged_ms=2000)  # nothing goes wrong by itself


def measure() -> dict[str, object]:
    """Run everything; takes about ten minutes. Without gcc-avr only the model is run."""
    figures: dict[str, object] = {
        "schedules with the model": _schedules(Schedule, SCHEDULES),
        "a day of service": day_of_service(),
    }
    if not shutil.which("avr-gcc"):
        return figures | {"firmware": "not measured: gcc-avr is not installed"}
    return figures | {
        "schedules with the firmware": _schedules(FirmwareSchedule, FIRMWARE_SCHEDULES),
        "command to motor start": command_to_motor(COMMANDS),
    }


def _schedules(machine: type[Schedule], count: int) -> dict[str, object]:
    began = time.monotonic()
    tally = run_schedules(machine, count)  # raises at the first violation
    return {**asdict(tally), "violations": 0, "seconds": round(time.monotonic() - began, 1)}


@dataclass
class TimedCable(Cable):
    """Notes when the driver has sent its order."""

    order_cpu_s: float = 0.0

    def write(self, frame: bytes) -> int:
        """Send a request."""
        if frame[1] == WRITE_MULTIPLE:
            self.order_cpu_s = time.thread_time()
        return super().write(frame)


def command_to_motor(count: int) -> dict[str, object]:
    """Milliseconds from the wish to the start of the motor, as the node orders a piece.

    That is: the state is read, the order given, and the firmware starts the motor. The waits of
    the driver, the line and the board are simulated time; to them are added the processor time of
    the driver and what the EEPROM takes by its data sheet.
    """
    delays = []
    with closing(FirmwareWorld()) as world:
        world.refill(count)
        for _ in range(count):
            cable = TimedCable(world, CALM)
            with wired(cable):
                driver = ModbusDispenser("/dev/simulated")
                driver.open()
                began_ms, began_cpu_s = world.now_ms(), time.thread_time()
                state = driver.read_state()
                outcome = driver.dispense(Slot.WATER, next_job_id(state), state=state)
            if outcome.status is not JobStatus.DONE:
                raise RuntimeError(f"a job ended as {outcome}")
            cpu_ms = (cable.order_cpu_s - began_cpu_s) * 1000
            delays.append(world.motor_ms() - began_ms + cpu_ms + EEPROM_MS)
            world.advance(1000)
    return {
        "commands": count,
        "p50 ms": round(statistics.median(delays), 1),
        "p95 ms": round(statistics.quantiles(delays, n=20)[-1], 1),
        "of it ms for the EEPROM, by the data sheet": EEPROM_MS,
    }


def day_of_service() -> dict[str, object]:
    """24 simulated hours of the driver: a poll a second, a piece in 3 minutes, a pull in an hour.

    Memory and handles are compared between the end of the first hour and the end of the last.
    """
    began, jobs, lost = time.monotonic(), 0, 0
    world = ModelWorld()
    cable = Cable(world, CALM)
    held: list[tuple[int, int]] = []
    with wired(cable):
        driver = ModbusDispenser("/dev/simulated")
        for second in range(DAY_S):
            if second % HOUR_S == 0:
                held.append(_held())
                world.refill(40)
                cable.pull()
            try:
                state = driver.read_state()
                if second % JOB_S == JOB_S // 2:
                    jobs += driver.dispense(Slot.WATER, next_job_id(state)).status is JobStatus.DONE
            except DispenserUnavailable:
                lost += 1
            cable.sleep(1.0)
        held.append(_held())
    return {
        "pieces": jobs,
        "polls while the cable was out": lost,
        "growth of memory, kB": (held[-1][0] - held[1][0]) // 1000,
        "growth of handles": held[-1][1] - held[1][1],
        "seconds": round(time.monotonic() - began, 1),
    }


def _held() -> tuple[int, int]:
    """Bytes of memory that this process takes, and its open handles."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE"), len(list(Path("/proc/self/fd").iterdir()))
