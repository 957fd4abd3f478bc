"""A dispenser board whose firmware is the model in Python, speaking the real Modbus RTU bytes."""

import struct
import time
from pathlib import Path

from kiosk_robot.dispensing.registers import UNIT_ID, Slot
from kiosk_robot.drivers.simulated.dispenser_firmware import (
    Cabinet,
    DispenserFirmware,
    RequestRefusedError,
)
from kiosk_robot.drivers.simulated.dispenser_line import WRITE_MULTIPLE, DispenserLine, sealed

FIRST_STOCK = {Slot.WATER: 20, Slot.CANDY: 50}
_READ_INPUT = 4
_ILLEGAL_FUNCTION = 1
_BOOT_MS = 500
_FIELDS = {  # name of the fault -> field of the cabinet
    "jam": "jammed",
    "empty": "nothing_falls",
    "door_open": "door_open",
    "sensor_stuck": "sensor_blocked",
    "reset": "brown_out",
}


class SimulatedDispenserBoard(DispenserLine):
    """The firmware as a model, its time passing with the line.

    `time_scale` is the number of simulated seconds in a real one (the motor runs 0.8 simulated
    seconds a piece).
    """

    def __init__(
        self, link: Path, stock: dict[Slot, int] | None = None, time_scale: float = 1.0
    ) -> None:
        super().__init__(link)
        self._scale = time_scale
        self._firmware = DispenserFirmware(stock or FIRST_STOCK)
        self._offset_ms = 0  # from the clock on the wall to the board's
        self._deaf_until_ms = 0

    @property
    def drops(self) -> list[Slot]:
        """What really fell so far."""
        with self._lock:
            return [slot for slot, _ in self._firmware.cabinet.drops]

    @property
    def stock(self) -> dict[Slot, int]:
        """The board's own count of what is left, pieces."""
        with self._lock:
            return dict(self._firmware.stock)

    def set_range_mm(self, distance: int) -> None:
        """Put somebody `distance` mm before the range sensor; 65535 is nobody."""
        with self._lock:
            self._firmware.cabinet.range_mm = distance

    def set_temperature_c(self, temperature: float) -> None:
        """Warm or cool the cabinet."""
        with self._lock:
            self._firmware.cabinet.temperature_c = temperature

    def _break(self, fault: str) -> None:
        setattr(self._firmware.cabinet, _FIELDS[fault], True)

    def _repair(self) -> None:
        old = self._firmware.cabinet
        self._firmware.cabinet = Cabinet(
            temperature_c=old.temperature_c, range_mm=old.range_mm, drops=old.drops
        )
        self._firmware.jam = False

    def _power(self, on: bool) -> None:
        if on:
            self._offset_ms = self._firmware.now_ms - self._clock_ms()
        else:
            self._firmware.reset()
            self._deaf_until_ms = self._firmware.now_ms + _BOOT_MS

    def _clock_ms(self) -> int:
        return int(time.monotonic() * 1000 * self._scale)

    def _pass_time(self) -> None:
        restarts = self._firmware.restarts
        self._firmware.advance(self._clock_ms() + self._offset_ms)
        if self._firmware.restarts != restarts:
            self._deaf_until_ms = self._firmware.now_ms + _BOOT_MS

    def _answer(self, frame: bytes) -> bytes:
        if self._firmware.now_ms < self._deaf_until_ms:
            return b""
        return answer(self._firmware, frame)


def answer(firmware: DispenserFirmware, frame: bytes) -> bytes:
    """Carry out one sound request frame and return the reply frame; nothing to another's frame."""
    if frame[0] != UNIT_ID:
        return b""
    return sealed(bytes([UNIT_ID]) + _execute(firmware, frame[1:-2]))


def _execute(firmware: DispenserFirmware, request: bytes) -> bytes:
    """Carry out one request (function code and data) and return the reply to it."""
    function = request[0]
    try:
        if function == _READ_INPUT:
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
