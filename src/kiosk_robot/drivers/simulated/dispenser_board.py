"""A dispenser board on a pseudo-terminal, speaking the real Modbus RTU bytes."""

import os
import select
import struct
import threading
import time
import tty
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from kiosk_robot.dispensing.registers import UNIT_ID, Slot
from kiosk_robot.drivers.simulated.dispenser_firmware import (
    Cabinet,
    DispenserFirmware,
    RequestRefusedError,
)

READ_INPUT = 4
WRITE_MULTIPLE = 16
_ILLEGAL_FUNCTION = 1
_LINE_SILENCE_S = 0.02  # real time after which the rest of a frame will not come
_BOOT_MS = 500

LINE_FAULTS = frozenset(
    {"silent", "duplicate", "lose_next_reply", "lose_next_ack", "lose_next_command"}
)
CABINET_FAULTS = {  # name of the fault -> field of the cabinet
    "jam": "jammed",
    "empty": "nothing_falls",
    "door_open": "door_open",
    "sensor_stuck": "sensor_blocked",
    "reset": "brown_out",
}


class SimulatedDispenserBoard:
    """Context manager: a board that runs in a thread; `link` becomes a link to its serial port.

    `time_scale` is the number of simulated seconds in a real one (the motor runs 0.8 simulated
    seconds a piece).

    Faults, settable while it runs: jam, empty (the magazine holds less than its count), door_open,
    sensor_stuck, reset (one brown-out 0.3 s into the job), silent (hung: hears nothing), duplicate
    (every request arrives twice and is answered twice), lose_next_reply (to any request),
    lose_next_ack (the reply to a write), lose_next_command (a write).
    """

    def __init__(
        self, link: Path, stock: dict[Slot, int] | None = None, time_scale: float = 1.0
    ) -> None:
        self._link = link
        self._scale = time_scale
        self._firmware = DispenserFirmware(stock or {Slot.WATER: 20, Slot.CANDY: 50})
        self._line_faults: set[str] = set()
        self._lock = threading.Lock()  # round the firmware and the faults
        self._wired = threading.Event()
        self._deaf_until_ms = 0

    def __enter__(self) -> Self:
        self.plug()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.unplug()

    @property
    def drops(self) -> list[tuple[Slot, int]]:
        """What really fell so far: slot and job id."""
        with self._lock:
            return list(self._firmware.cabinet.drops)

    @property
    def stock(self) -> dict[Slot, int]:
        """The board's own count of what is left, pieces."""
        with self._lock:
            return dict(self._firmware.stock)

    def set_fault(self, name: str) -> None:
        """Cause a fault of the class docstring; raises ValueError for any other name."""
        with self._lock:
            if name in CABINET_FAULTS:
                setattr(self._firmware.cabinet, CABINET_FAULTS[name], True)
            elif name in LINE_FAULTS:
                self._line_faults.add(name)
            else:
                known = ", ".join(sorted(LINE_FAULTS | CABINET_FAULTS.keys()))
                raise ValueError(f"the dispenser board has no fault {name!r}; it has {known}")

    def clear_faults(self) -> None:
        """Repair everything, as staff would: the jam is freed, and the door opened and closed."""
        with self._lock:
            old = self._firmware.cabinet
            self._firmware.cabinet = Cabinet(
                temperature_c=old.temperature_c, range_mm=old.range_mm, drops=old.drops
            )
            self._firmware.jam = False
            self._line_faults.clear()

    def set_range_mm(self, distance: int) -> None:
        """Put somebody `distance` mm before the range sensor; 65535 is nobody."""
        with self._lock:
            self._firmware.cabinet.range_mm = distance

    def set_temperature_c(self, temperature: float) -> None:
        """Warm or cool the cabinet."""
        with self._lock:
            self._firmware.cabinet.temperature_c = temperature

    def plug(self) -> None:
        """Connect the board's cable, which also feeds it: the port appears."""
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self._link.symlink_to(os.ttyname(self._slave))
        self._wired.set()
        self._thread = threading.Thread(target=self._run, name="dispenser board", daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        """Pull the cable: the port vanishes, the board loses its power and its RAM."""
        if not self._wired.is_set():
            return
        self._wired.clear()
        self._thread.join()
        self._link.unlink(missing_ok=True)
        os.close(self._slave)
        os.close(self._master)
        with self._lock:
            self._firmware.reset()
            self._deaf_until_ms = self._firmware.now_ms + _BOOT_MS

    def _run(self) -> None:
        """Serve the line and let the firmware's time pass until unplugged."""
        offset_ms = self._firmware.now_ms - self._clock_ms()
        buffer = b""
        while self._wired.is_set():
            readable, _, _ = select.select([self._master], [], [], _LINE_SILENCE_S / 4)
            with self._lock:
                self._pass_time(self._clock_ms() + offset_ms)
                if readable:
                    buffer += os.read(self._master, 256)
                    buffer = self._serve(buffer)
                    silent_since = time.monotonic()
                elif buffer and time.monotonic() - silent_since > _LINE_SILENCE_S:
                    buffer = b""

    def _clock_ms(self) -> int:
        return int(time.monotonic() * 1000 * self._scale)

    def _pass_time(self, now_ms: int) -> None:
        restarts = self._firmware.restarts
        self._firmware.advance(now_ms)
        if self._firmware.restarts != restarts:
            self._deaf_until_ms = now_ms + _BOOT_MS

    def _serve(self, buffer: bytes) -> bytes:
        """Answer each whole frame in `buffer` and return what is left of it."""
        while len(buffer) >= (length := _frame_length(buffer)):
            frame, buffer = buffer[:length], buffer[length:]
            if _crc(frame[:-2]) != frame[-2:]:
                return b""
            if frame[0] == UNIT_ID and self._firmware.now_ms >= self._deaf_until_ms:
                self._answer(frame[1:-2])
        return buffer

    def _answer(self, request: bytes) -> None:
        if "silent" in self._line_faults:
            return
        is_write = request[0] == WRITE_MULTIPLE
        if is_write and self._happens_once("lose_next_command"):
            return
        for _ in range(2 if "duplicate" in self._line_faults else 1):
            reply = bytes([UNIT_ID]) + _execute(self._firmware, request)
            if self._happens_once("lose_next_reply"):
                continue
            if is_write and self._happens_once("lose_next_ack"):
                continue
            with suppress(OSError):  # the other side may have let the line go
                os.write(self._master, reply + _crc(reply))

    def _happens_once(self, fault: str) -> bool:
        happens = fault in self._line_faults
        self._line_faults.discard(fault)
        return happens


def _frame_length(buffer: bytes) -> int:
    """Return the length of the first frame in `buffer`, or a lower bound of it."""
    if len(buffer) > 6 and buffer[1] == WRITE_MULTIPLE:
        return 9 + buffer[6]
    return 8


def _execute(firmware: DispenserFirmware, request: bytes) -> bytes:
    """Carry out one request (function code and data) and return the reply to it."""
    function = request[0]
    try:
        if function == READ_INPUT:
            values = firmware.read_input(*struct.unpack(">HH", request[1:]))
            return struct.pack(f">BB{len(values)}H", function, 2 * len(values), *values)
        if function == WRITE_MULTIPLE:
            address, count, size = struct.unpack(">HHB", request[1:6])
            if size != 2 * count:
                return bytes([function | 0x80, 3])
            firmware.write(address, struct.unpack(f">{count}H", request[6:]))
            return request[:5]
    except RequestRefusedError as refusal:
        return bytes([function | 0x80, refusal.code])
    return bytes([function | 0x80, _ILLEGAL_FUNCTION])


def _crc(data: bytes) -> bytes:
    """Return the Modbus CRC-16, low byte first (Modbus over Serial Line V1.02, appendix B)."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return struct.pack("<H", crc)
