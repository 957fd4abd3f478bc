"""A dispenser board that runs the real firmware: an ATmega328P under simavr.

The program in `hardware/dispenser/simulator/` runs the compiled firmware in a simulated cabinet. It
is built here with the first use, which needs gcc-avr, avr-libc, libsimavr-dev and libelf-dev.
"""

import shutil
import struct
import subprocess
import threading
from pathlib import Path
from typing import Self

from kiosk_robot.dispensing.registers import UNIT_ID, HoldingRegister, InputRegister, Slot
from kiosk_robot.drivers.simulated.dispenser_board import FIRST_STOCK, SimulatedDispenserBoard
from kiosk_robot.drivers.simulated.dispenser_line import WRITE_MULTIPLE, DispenserLine, sealed
from kiosk_robot.paths import REPOSITORY

SOURCE = REPOSITORY / "hardware/dispenser"
SETTLE_MS = 150  # until the firmware has seen a change of the cabinet for certain
_FIELDS = {  # name of the fault -> what to tell the cabinet
    "jam": "jammed 1",
    "empty": "nothing_falls 1",
    "door_open": "door_open 1",
    "sensor_stuck": "sensor_blocked 1",
    "reset": "brown_out 280000",
}


class AvrUnavailableError(Exception):
    """The firmware cannot be built here; the message says why."""


def build() -> Path:
    """Compile firmware and simulator unless that is done, and return the folder they are in.

    Raises AvrUnavailableError.
    """
    if not shutil.which("avr-gcc"):
        raise AvrUnavailableError("gcc-avr is not installed")
    for part in ("firmware", "simulator"):
        command = ["make", "-s", "-C", str(SOURCE / part)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            first = (done.stderr.strip() or "make failed").splitlines()[0]
            raise AvrUnavailableError(f"the {part} does not build: {first}")
    return SOURCE / "build"


class AvrBoard:
    """The simulator as a process. `port` is the board's own serial port, a pseudo-terminal.

    `time_scale` is the number of simulated seconds in a real one; with 0, time passes only in
    `exchange` and in `tell("wait ...")`. `eeprom` is a file that keeps the board's memory; without
    one the board is new.
    """

    def __init__(self, time_scale: float = 1.0, eeprom: Path | None = None) -> None:
        folder = build()
        self._process = subprocess.Popen(
            [
                str(folder / "simulator"),
                str(folder / "firmware.elf"),
                str(time_scale),
                *([str(eeprom)] if eeprom else []),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
        )
        self._control = threading.Lock()
        self.port = self._read_line()

    def close(self) -> None:
        """End the simulator."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def tell(self, command: str) -> str:
        """Give a command of the simulator (see its source) and return what it answered.

        Raises ValueError when it does not know it.
        """
        with self._control:
            assert self._process.stdin
            self._process.stdin.write(command + "\n")
            reply = self._read_line()
        if not reply.startswith("ok"):
            raise ValueError(f"the simulator does not know {command!r}")
        return reply[3:]

    def state(self) -> tuple[int, int, int, dict[Slot, int]]:
        """Simulated milliseconds, starts of motors, when the last was, and drops by slot."""
        now, starts, started, *drops = map(int, self.tell("state").split())
        return now, starts, started, dict(zip(Slot, drops, strict=True))

    def exchange(self, frame: bytes) -> bytes:
        """Send bytes to the serial port and return what comes back, if anything does."""
        return bytes.fromhex(self.tell(f"ask {frame.hex()}"))

    def _read_line(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline().strip()
        if not line:
            raise AvrUnavailableError("the simulator of the dispenser board has ended")
        return line


class AvrDispenserBoard(DispenserLine):
    """The real firmware at the end of a simulated line.

    `time_scale` is the number of simulated seconds in a real one, as far as this machine is fast
    enough. After each change of the cabinet simulated time passes until the firmware has seen it.
    """

    def __init__(
        self, link: Path, stock: dict[Slot, int] | None = None, time_scale: float = 1.0
    ) -> None:
        super().__init__(link)
        self._first_stock = stock or FIRST_STOCK
        self._scale = time_scale
        self._drops: list[Slot] = []
        self._broken = False

    def __enter__(self) -> Self:
        self.avr = AvrBoard(self._scale)
        self.avr.tell("wait 200")
        for slot, pieces in self._first_stock.items():
            order = struct.pack(
                ">BBHHBHH", UNIT_ID, WRITE_MULTIPLE, HoldingRegister.REFILL_SLOT, 2, 4, slot, pieces
            )
            self.avr.exchange(sealed(order))
        return super().__enter__()

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        self.avr.close()

    @property
    def drops(self) -> list[Slot]:
        """What really fell so far."""
        with self._lock:
            counts = self.avr.state()[3]
            for slot, count in counts.items():
                self._drops += [slot] * (count - self._drops.count(slot))
            return list(self._drops)

    @property
    def stock(self) -> dict[Slot, int]:
        """The board's own count of what is left, pieces."""
        with self._lock:
            request = struct.pack(">BBHH", UNIT_ID, 4, InputRegister.STOCK_WATER, len(Slot))
            reply = self.avr.exchange(sealed(request))
            return dict(zip(Slot, struct.unpack(f">{len(Slot)}H", reply[3:-2]), strict=True))

    def set_range_mm(self, distance: int) -> None:
        """Put somebody `distance` mm before the range sensor; 65535 is nobody."""
        with self._lock:
            self._change(f"range {distance}")

    def set_temperature_c(self, temperature: float) -> None:
        """Warm or cool the cabinet."""
        with self._lock:
            self._change(f"temperature {round(temperature * 10)}")

    def _break(self, fault: str) -> None:
        self._change(_FIELDS[fault])
        self._broken = True

    def _repair(self) -> None:
        if not self._broken:
            return  # nobody opens the door under a turning motor
        self._broken = False
        for field in ("jammed", "nothing_falls", "sensor_blocked", "brown_out"):
            self.avr.tell(f"set {field} 0")
        self._change("door_open 1")
        self._change("door_open 0")

    def _change(self, field: str) -> None:
        self.avr.tell(f"set {field}")
        self.avr.tell(f"wait {SETTLE_MS}")

    def _power(self, on: bool) -> None:
        self.avr.tell(f"power {on:d}")

    def _answer(self, frame: bytes) -> bytes:
        return self.avr.exchange(frame)


def simulated_board(link: Path, time_scale: float = 1.0) -> tuple[DispenserLine, str]:
    """The most real board there can be on this machine, and one line that tells which it is."""
    try:
        build()
    except AvrUnavailableError as error:
        board = SimulatedDispenserBoard(link, time_scale=time_scale)
        return board, f"dispenser: a Python model of the firmware ({error})"
    real = AvrDispenserBoard(link, time_scale=time_scale)
    return real, "dispenser: the real firmware, on an ATmega328P under simavr"
