"""A receipt printer made of software: TCP port 9100 manners, a paper roll, and the usual troubles.

Like a real one it answers DLE EOT the moment it arrives, even inside a picture, takes one
connection at a time, and goes on receiving when it cannot print. What it has been sent it draws
back into pictures, so that a test sees what the paper would show.
"""

import socket
import threading
import time
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

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
POLL_S = 0.02


class Fault(StrEnum):
    """What can be wrong with a printer."""

    NONE = "none"
    OUT = "out"
    COVER = "cover"
    OFFLINE = "offline"
    SILENT = "silent"
    """Takes every byte, says nothing."""
    UNPLUGGED = "unplugged"
    """Breaks the connection and refuses new ones."""
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
            case Letter():
                self.letters += command.byte
        return FEED_TO_KNIFE_DOTS if command is Simple.FEED_AND_CUT else 0

    def ticket(self) -> PrintedTicket | None:
        """What was cut off, without the feed before the cut; None if nothing is drawn on it."""
        if not self._rows:
            return None
        size = (8 * self._row_bytes, len(self._rows) // self._row_bytes)
        picture = ImageChops.invert(Image.frombytes("1", size, bytes(self._rows)))
        return PrintedTicket(picture, bytes(self.raw), bytes(self.letters))


class SimulatedPrinter:
    """Context manager: a printer that listens on 127.0.0.1 while it is entered.

    `port` 0 takes a free one. `fault` and `paper_mm` (what is left on the roll) may be set at any
    time, from any thread. `directory`, if given, receives each finished ticket as NNN.png and
    NNN.escpos. A ticket is finished when it is cut: one that paper-out stops is not in `jobs`.
    """

    def __init__(
        self, port: int = 0, directory: Path | None = None, paper_mm: float = 50_000
    ) -> None:
        self.fault = Fault.NONE
        self.paper_mm = paper_mm
        self.jobs: list[PrintedTicket] = []
        self._directory = directory
        self._port = port
        self._busy_until = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="simulated-printer", daemon=True)

    @property
    def url(self) -> str:
        """The address for `EscposPrinter`, known once entered."""
        return f"tcp://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self._listener = self._listen()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()
        self._listener.close()

    def _listen(self) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", self._port))
        listener.settimeout(POLL_S)
        self._port = listener.getsockname()[1]
        return listener

    def _run(self) -> None:
        while not self._stop.is_set():
            if self.fault is Fault.UNPLUGGED:
                self._listener.close()
                self._wait_plugged_in()
                self._listener = self._listen()
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            with connection:
                connection.settimeout(POLL_S)
                try:
                    self._serve(connection)
                except OSError:
                    continue  # the other side has gone: a printer waits for the next one

    def _wait_plugged_in(self) -> None:
        while self.fault is Fault.UNPLUGGED and not self._stop.is_set():
            time.sleep(POLL_S)

    def _serve(self, connection: socket.socket) -> None:
        """One connection. Whatever of a job cannot be printed before it ends is forgotten."""
        paper = _Paper()
        received = bytearray()
        tail = b""
        while not self._stop.is_set() and self.fault is not Fault.UNPLUGGED:
            try:
                data = connection.recv(65536)
                if not data:
                    return
            except TimeoutError:
                data = b""
            for question in REALTIME_QUESTION.findall(tail + data):
                self._answer(connection, self._realtime_reply(question[0]))
            tail = (tail + data)[-2:]
            received += data
            paper = self._print(received, paper, connection)

    def _print(self, received: bytearray, paper: _Paper, connection: socket.socket) -> _Paper:
        """Carry out what has arrived, as far as the printer can; returns the paper it is on."""
        while self._can_print() and (step := next_command(received)):
            command, length = step
            if command is Simple.ASK_WHEN_PRINTED:
                self._answer(connection, 0b0011 if self._is_low() else 0)
            elif command is not Simple.REALTIME:
                paper.raw += received[:length]
                self._use(paper.put(command))
                if command in (Simple.CUT, Simple.FEED_AND_CUT):
                    self._finish(paper)
                    paper = _Paper()
            del received[:length]
        return paper

    def _finish(self, paper: _Paper) -> None:
        ticket = paper.ticket()
        if ticket is None:
            return
        if self._directory:
            stem = self._directory / f"{len(self.jobs) + 1:03}"
            ticket.image.save(stem.with_suffix(".png"))
            stem.with_suffix(".escpos").write_bytes(ticket.raw)
        self.jobs.append(ticket)

    def _use(self, dots: int) -> None:
        self.paper_mm = max(0.0, self.paper_mm - dots / DOTS_PER_MM)
        if self.fault is Fault.SLOW:
            self._busy_until = time.monotonic() + dots / SLOW_DOTS_PER_S

    def _can_print(self) -> bool:
        ready = self.fault not in STOPS_PRINTING and not self._is_out()
        return ready and time.monotonic() >= self._busy_until

    def _is_out(self) -> bool:
        return self.fault is Fault.OUT or self.paper_mm <= 0

    def _is_low(self) -> bool:
        return self._is_out() or self.paper_mm < LOW_PAPER_MM

    def _answer(self, connection: socket.socket, reply: int) -> None:
        if self.fault is not Fault.SILENT:
            connection.sendall(bytes([reply]))

    def _realtime_reply(self, n: int) -> int:
        """The byte a printer sends for DLE EOT n (1 printer, 2 offline cause, 3 error, 4 paper)."""
        offline = self._is_out() or self.fault in STOPS_PRINTING
        bits = {
            1: 0b0000_1000 * offline,
            2: 0b0000_0100 * (self.fault is Fault.COVER) | 0b0010_0000 * self._is_out(),
            3: 0,
            4: 0b0000_1100 * self._is_low() | 0b0110_0000 * self._is_out(),
        }
        return 0b0001_0010 | bits[n]
