"""A receipt printer made of software, with the manners of TCP port 9100.

It takes one connection at a time. What it has been sent it draws back into pictures, so that a test
sees what the paper would show.
"""

import socket
import threading
import time
from pathlib import Path
from typing import Self

from kiosk_robot.drivers.simulated.printer_mechanism import (
    LOW_PAPER_MM,
    Fault,
    PrintedTicket,
    PrinterMechanism,
)

__all__ = ["LOW_PAPER_MM", "Fault", "PrintedTicket", "SimulatedPrinter"]

POLL_S = 0.02


class SimulatedPrinter(PrinterMechanism):
    """Context manager: a printer that listens on 127.0.0.1 while it is entered.

    `port` 0 takes a free one. `fault` and `paper_mm` may be set at any time, from any thread.
    `directory`, if given, receives each finished ticket as NNN.png and NNN.escpos.
    """

    def __init__(
        self, port: int = 0, directory: Path | None = None, paper_mm: float = 50_000
    ) -> None:
        super().__init__(paper_mm)
        self._directory = directory
        self._kept = 0
        self._port = port
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

    def __exit__(self, *_: object) -> None:
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
                self.lose_power()
                self._wait_plugged_in()
                self._listener = self._listen()
            self._go_on()
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
                finally:
                    self.hang_up()

    def _wait_plugged_in(self) -> None:
        while self.fault is Fault.UNPLUGGED and not self._stop.is_set():
            time.sleep(POLL_S)

    def _serve(self, connection: socket.socket) -> None:
        while not self._stop.is_set() and self.fault is not Fault.UNPLUGGED:
            try:
                data = connection.recv(65536)
                if not data:
                    return
                answers = self.receive(data)
            except TimeoutError:
                answers = self.advance()
            self._keep()
            if answers:
                connection.sendall(answers)

    def _go_on(self) -> None:
        """Print what is left, though nobody listens."""
        self.advance()
        self._keep()

    def _keep(self) -> None:
        if self._directory is None:
            return
        for ticket in self.jobs[self._kept :]:
            self._kept += 1
            stem = self._directory / f"{self._kept:03}"
            ticket.image.save(stem.with_suffix(".png"))
            stem.with_suffix(".escpos").write_bytes(ticket.raw)
