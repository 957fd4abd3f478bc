"""The serial line to a simulated dispenser board: a pseudo-terminal that loses and doubles frames.

It knows nothing of what the board does; see `dispenser_board` and `avr_board`.
"""

import os
import select
import struct
import threading
import time
import tty
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path
from typing import Self

from kiosk_robot.dispensing.registers import Slot

WRITE_MULTIPLE = 16  # function code
LINE_FAULTS = frozenset(
    {"silent", "duplicate", "lose_next_reply", "lose_next_ack", "lose_next_command"}
)
CABINET_FAULTS = frozenset({"jam", "empty", "door_open", "sensor_stuck", "reset"})
_LINE_SILENCE_S = 0.02  # real time after which the rest of a frame will not come


class DispenserLine(ABC):
    """Context manager: `link` becomes a link to the port of a board, which a subclass is.

    Faults, settable while it runs: jam, empty (the magazine holds less than its count), door_open,
    sensor_stuck, reset (one brown-out 0.3 s into the job), silent (hung: hears nothing), duplicate
    (every request arrives twice and is answered twice), lose_next_reply (to any request),
    lose_next_ack (the reply to a write), lose_next_command (a write).
    """

    def __init__(self, link: Path) -> None:
        self._link = link
        self._line_faults: set[str] = set()
        self._lock = threading.Lock()  # round the board and the faults
        self._wired = threading.Event()

    def __enter__(self) -> Self:
        self.plug()
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()

    # --- for subclasses -----------------------------------------------------------------------

    @property
    @abstractmethod
    def drops(self) -> list[Slot]:
        """What really fell so far."""

    @property
    @abstractmethod
    def stock(self) -> dict[Slot, int]:
        """The board's own count of what is left, pieces."""

    @abstractmethod
    def set_range_mm(self, distance: int) -> None:
        """Put somebody `distance` mm before the range sensor; 65535 is nobody."""

    @abstractmethod
    def set_temperature_c(self, temperature: float) -> None:
        """Warm or cool the cabinet."""

    @abstractmethod
    def _answer(self, frame: bytes) -> bytes:
        """What the board answers to a request frame: a reply frame, or nothing."""

    @abstractmethod
    def _break(self, fault: str) -> None:
        """Cause one of CABINET_FAULTS."""

    @abstractmethod
    def _repair(self) -> None:
        """Undo all of them, as staff would: the jam is freed, the door opened and closed."""

    @abstractmethod
    def _power(self, on: bool) -> None:
        """The cable also feeds the board: without it, RAM is lost and EEPROM stays."""

    def _pass_time(self) -> None:  # noqa: B027 - a board with a clock of its own needs none
        """Let the board's time catch up with the clock on the wall."""

    # --- for tests and demonstrations ---------------------------------------------------------

    def set_fault(self, name: str) -> None:
        """Cause a fault of the class docstring; raises ValueError for any other name."""
        with self._lock:
            if name in CABINET_FAULTS:
                self._break(name)
            elif name in LINE_FAULTS:
                self._line_faults.add(name)
            else:
                known = ", ".join(sorted(LINE_FAULTS | CABINET_FAULTS))
                raise ValueError(f"the dispenser board has no fault {name!r}; it has {known}")

    def clear_faults(self) -> None:
        """Repair everything."""
        with self._lock:
            self._repair()
            self._line_faults.clear()

    def plug(self) -> None:
        """Connect the board's cable: the port appears."""
        with self._lock:
            self._power(True)
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self._link.symlink_to(os.ttyname(self._slave))
        self._wired.set()
        self._thread = threading.Thread(target=self._run, name="dispenser line", daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        """Pull the cable: the port vanishes, the board loses its power."""
        if not self._wired.is_set():
            return
        self._wired.clear()
        self._thread.join()
        self._link.unlink(missing_ok=True)
        os.close(self._slave)
        os.close(self._master)
        with self._lock:
            self._power(False)

    # --- the line -----------------------------------------------------------------------------

    def _run(self) -> None:
        """Carry frames until unplugged."""
        buffer = b""
        while self._wired.is_set():
            readable, _, _ = select.select([self._master], [], [], _LINE_SILENCE_S / 4)
            with self._lock:
                self._pass_time()
                if readable:
                    buffer += os.read(self._master, 256)
                    buffer = self._carry(buffer)
                    silent_since = time.monotonic()
                elif buffer and time.monotonic() - silent_since > _LINE_SILENCE_S:
                    buffer = b""

    def _carry(self, buffer: bytes) -> bytes:
        """Have each whole frame in `buffer` answered and return what is left of it."""
        while len(buffer) >= (length := _frame_length(buffer)):
            frame, buffer = buffer[:length], buffer[length:]
            if crc(frame[:-2]) != frame[-2:]:
                return b""
            self._deliver(frame)
        return buffer

    def _deliver(self, frame: bytes) -> None:
        if "silent" in self._line_faults:
            return
        is_write = frame[1] == WRITE_MULTIPLE
        if is_write and self._happens_once("lose_next_command"):
            return
        for _ in range(2 if "duplicate" in self._line_faults else 1):
            reply = self._answer(frame)
            if self._happens_once("lose_next_reply"):
                continue
            if is_write and self._happens_once("lose_next_ack"):
                continue
            with suppress(OSError):  # the other side may have let the line go
                os.write(self._master, reply)

    def _happens_once(self, fault: str) -> bool:
        happens = fault in self._line_faults
        self._line_faults.discard(fault)
        return happens


def _frame_length(buffer: bytes) -> int:
    """Return the length of the first frame in `buffer`, or a lower bound of it."""
    if len(buffer) > 6 and buffer[1] == WRITE_MULTIPLE:
        return 9 + buffer[6]
    return 8


def sealed(data: bytes) -> bytes:
    """Return `data` as a frame: with its check sum."""
    return data + crc(data)


def crc(data: bytes) -> bytes:
    """Return the Modbus CRC-16, low byte first (Modbus over Serial Line V1.02, appendix B)."""
    result = 0xFFFF
    for byte in data:
        result ^= byte
        for _ in range(8):
            result = result >> 1 ^ 0xA001 if result & 1 else result >> 1
    return struct.pack("<H", result)
