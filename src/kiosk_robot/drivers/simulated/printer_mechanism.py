"""The inside of a receipt printer: buffer, paper roll, knife, and the usual troubles.

Like a real one it answers DLE EOT the moment it arrives, even inside a picture, goes on receiving
when it cannot print, and finishes a job that the empty roll had stopped once there is paper again,
though whoever sent it has long gone. It knows nothing of wires: bytes in, bytes out.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from PIL import Image, ImageChops

from kiosk_robot.drivers.simulated.escpos_decoder import (
    FEED_TO_KNIFE_DOTS,
    REALTIME_QUESTION,
    Command,
    Feed,
    Letter,
    Raster,
    Simple,
    next_command,
)

DOTS_PER_MM = 8
LOW_PAPER_MM = 2000
SLOW_DOTS_PER_S = 500
CLEAR_BUFFERS = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
CLEARED = b"\x37\x25\x00"
_REALTIME = re.compile(REALTIME_QUESTION.pattern + b"|" + re.escape(CLEAR_BUFFERS))


class Fault(StrEnum):
    """What can be wrong with a printer."""

    NONE = "none"
    OUT = "out"
    COVER = "cover"
    OFFLINE = "offline"
    SILENT = "silent"
    """Takes every byte, says nothing."""
    UNPLUGGED = "unplugged"
    """Without power: refuses connections and forgets what it had not printed."""
    SLOW = "slow"


STOPS_PRINTING = {Fault.OUT, Fault.COVER, Fault.OFFLINE, Fault.UNPLUGGED}


@dataclass(frozen=True)
class PrintedTicket:
    """One cut piece of paper: its picture, the bytes that made it, and stray letters on it."""

    image: Image.Image
    raw: bytes
    letters: bytes


@dataclass
class _Paper:
    """The piece of paper being printed."""

    raw: bytearray = field(default_factory=bytearray)
    letters: bytearray = field(default_factory=bytearray)
    _rows: bytearray = field(default_factory=bytearray)
    _row_bytes: int = 0
    _blank_dots: int = 0

    def put(self, command: Command) -> int:
        """Print one command; returns the paper it used, in dots."""
        match command:
            case Raster():
                self._row_bytes = command.row_bytes
                self._rows += bytes(self._blank_dots * command.row_bytes) + command.bits
                self._blank_dots = 0
                return command.rows
            case Feed():
                self._blank_dots += command.dots
                return command.dots
            case Letter() if command.byte >= b" ":  # control characters print nothing
                self.letters += command.byte
        return FEED_TO_KNIFE_DOTS if command is Simple.FEED_AND_CUT else 0

    def ticket(self) -> PrintedTicket | None:
        """What was cut off, without the feed before the cut; None if nothing is drawn on it."""
        if not self._rows:
            return None
        size = (8 * self._row_bytes, len(self._rows) // self._row_bytes)
        picture = ImageChops.invert(Image.frombytes("1", size, bytes(self._rows)))
        return PrintedTicket(picture, bytes(self.raw), bytes(self.letters))


class PrinterMechanism:
    """`fault` and `paper_mm` (what is left on the roll) may be set at any time.

    A ticket is finished when it is cut: one that paper-out stops is not in `jobs` until the rest
    of it has come out. `answers_when_printed` and `clears` are off for simpler models, which know
    neither GS r 1 nor DLE DC4 8. `clock` is in seconds.
    """

    def __init__(
        self, paper_mm: float = 50_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.fault = Fault.NONE
        self.paper_mm = paper_mm
        self.jobs: list[PrintedTicket] = []
        self.answers_when_printed = True
        self.clears = True
        self._clock = clock
        self._busy_until = 0.0
        self._received = bytearray()
        self._paper = _Paper()
        self._tail = b""

    @property
    def is_printing(self) -> bool:
        """Whether part of a ticket is out, and not cut off yet."""
        return bool(self._paper.raw)

    def receive(self, data: bytes) -> bytes:
        """Take bytes in and do what can be done; returns what the printer answers."""
        answers = b""
        stream = self._tail + data
        begin = len(self._tail)
        for match in _REALTIME.finditer(stream):
            if match[1]:
                answers += self._realtime_reply(match[1][0])
            elif self.clears:
                self._received.clear()
                begin = max(begin, match.end())
                answers += CLEARED
        # A command may be split between two packets; one that was answered may not count twice.
        last = max((match.end() for match in _REALTIME.finditer(stream)), default=0)
        self._tail = stream[max(last, len(stream) - len(CLEAR_BUFFERS) + 1) :]
        self._received += stream[begin:]
        answers += self.advance()
        return b"" if self.fault is Fault.SILENT else answers

    def advance(self) -> bytes:
        """Print as far as possible now; returns answers in print order."""
        answers = b""
        while self._can_print() and (step := next_command(self._received)):
            command, length = step
            if command is Simple.ASK_WHEN_PRINTED:
                if self.answers_when_printed:
                    answers += bytes([0b0011 if self._is_low() else 0])
            elif command is not Simple.REALTIME:
                self._paper.raw += self._received[:length]
                self._use(self._paper.put(command))
                if command in (Simple.CUT, Simple.FEED_AND_CUT):
                    self._cut()
            del self._received[:length]
        return b"" if self.fault is Fault.SILENT else answers

    def lose_power(self) -> None:
        """Forget what has not been printed; what is half out stays where it is."""
        self._received.clear()
        self._tail = b""

    def hang_up(self) -> None:
        """The sender has gone. What was received is printed all the same."""
        self._tail = b""

    def _cut(self) -> None:
        ticket = self._paper.ticket()
        self._paper = _Paper()
        if ticket:
            self.jobs.append(ticket)

    def _use(self, dots: int) -> None:
        self.paper_mm = max(0.0, self.paper_mm - dots / DOTS_PER_MM)
        if self.fault is Fault.SLOW:
            self._busy_until = self._clock() + dots / SLOW_DOTS_PER_S

    def _can_print(self) -> bool:
        ready = self.fault not in STOPS_PRINTING and not self._is_out()
        return ready and self._clock() >= self._busy_until

    def _is_out(self) -> bool:
        return self.fault is Fault.OUT or self.paper_mm <= 0

    def _is_low(self) -> bool:
        return self._is_out() or self.paper_mm < LOW_PAPER_MM

    def _realtime_reply(self, n: int) -> bytes:
        """The byte a printer sends for DLE EOT n (1 printer, 2 offline cause, 3 error, 4 paper)."""
        offline = self._is_out() or self.fault in STOPS_PRINTING
        bits = {
            1: 0b0000_1000 * offline,
            2: 0b0000_0100 * (self.fault is Fault.COVER) | 0b0010_0000 * self._is_out(),
            3: 0,
            4: 0b0000_1100 * self._is_low() | 0b0110_0000 * self._is_out(),
        }
        return bytes([0b0001_0010 | bits[n]])
