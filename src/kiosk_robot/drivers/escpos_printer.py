"""A receipt printer that speaks ESC/POS over the network, a serial line or USB.

python-escpos makes the connection; the questions are ours, because its `paper_status()` calls a
silent printer well supplied (python-escpos 3.1).
"""

import errno
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from PIL import Image

from kiosk_robot.printing.escpos_bytes import encode
from kiosk_robot.printing.layout import DOTS_PER_MM
from kiosk_robot.printing.status import (
    OFFLINE_CAUSE,
    PAPER_ROLL,
    PRINTER,
    PrinterStatus,
    decode_status,
    is_printed_reply,
    is_realtime_reply,
)

DLE_EOT = b"\x10\x04"
ASK_WHEN_PRINTED = b"\x1dr\x01"
"""GS r 1: answered only after everything sent before it has been printed and cut."""

SLOWEST_PRINTER = 30 * DOTS_PER_MM
"""Dots a second; a printer slower than this is taken for stuck."""
CHUNK = 1024
"""Bytes sent within one timeout: half a second of a 19200 baud line."""
MOST_REPLIES = 64
"""Stray replies skipped before an answer: an endless babbler is not listened to for ever."""

_ADVICE = {
    PrinterStatus.OUT: "the paper has run out: put in a new roll",
    PrinterStatus.COVER: "the cover is open: press it shut until it clicks",
    PrinterStatus.ERROR: "it reports a fault: free the paper and the cutter, switch it off and on",
    PrinterStatus.OFFLINE: "it is offline: press its FEED button, then switch it off and on",
    PrinterStatus.UNKNOWN: "it does not answer: check its power, its cable and its address",
}


class PrinterError(Exception):
    """No ticket came out, or nobody knows. `status` says why; the text says what to do."""

    def __init__(self, status: PrinterStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


class EscposPrinter:
    """One printer; each call makes its own connection, so that a replugged printer just works.

    `url` is "tcp://host:port", "serial:///dev/…?baudrate=19200" or "usb://vendor:product" (hex);
    ValueError if it is none of these. `timeout_s` bounds connecting, sending and each answer.
    """

    def __init__(self, url: str, timeout_s: float = 2.0) -> None:
        self._url = url
        self._timeout_s = timeout_s
        self._make_link = _link_maker(url, timeout_s)

    def status(self) -> PrinterStatus:
        """Ask the printer how it is. Silence, garbage and a refused connection are UNKNOWN."""
        try:
            with self._connection() as connection:
                return connection.status()
        except OSError:
            return PrinterStatus.UNKNOWN

    def print_ticket(self, ticket: Image.Image) -> bytes:
        """Print and cut a mode "1" picture, and return the bytes of the job once it is out.

        Raises PrinterError when the printer cannot print, stops on the way, or does not confirm:
        the ticket must then count as not issued. ValueError for a picture of another mode.
        """
        job = encode(ticket)
        try:
            with self._connection() as connection:
                self._require_ready(connection.status())
                connection.send(job + ASK_WHEN_PRINTED)
                patience_s = self._timeout_s + ticket.height / SLOWEST_PRINTER
                if not connection.wait_printed(patience_s):
                    self._require_ready(connection.status())
                    raise self._error(PrinterStatus.UNKNOWN)
        except OSError as error:
            status = self.status()
            raise self._error(
                PrinterStatus.UNKNOWN if status.can_print else status, error
            ) from error
        return job

    def _require_ready(self, status: PrinterStatus) -> None:
        if not status.can_print:
            raise self._error(status)

    def _error(self, status: PrinterStatus, cause: OSError | None = None) -> PrinterError:
        because = f" ({cause})" if cause else ""
        return PrinterError(status, f"printer {self._url}: {_ADVICE[status]}{because}")

    @contextmanager
    def _connection(self) -> Iterator["_Connection"]:
        """An open connection. OSError if there is none to be had, or it breaks."""
        from escpos.exceptions import DeviceNotFoundError  # type: ignore[import-untyped]
        from usb.core import NoBackendError  # type: ignore[import-untyped]

        link = self._make_link()
        try:
            link.open()
            try:
                yield _Connection(link)
            finally:
                link.close()
        except NoBackendError as error:
            raise ConnectionError("no USB library; install libusb-1.0-0") from error
        except (DeviceNotFoundError, termios.error) as error:
            raise ConnectionError(" ".join(str(error).split())) from error


class _Connection:
    """Questions and answers over an open python-escpos printer."""

    def __init__(self, link: Any) -> None:
        self._link = link
        self._unread = bytearray()
        self._printed = False

    def send(self, data: bytes) -> None:
        for start in range(0, len(data), CHUNK):
            self._link._raw(data[start : start + CHUNK])

    def status(self) -> PrinterStatus:
        printer = self._ask(PRINTER)
        if not printer:
            return PrinterStatus.UNKNOWN
        return decode_status(printer, self._ask(OFFLINE_CAUSE), self._ask(PAPER_ROLL))

    def wait_printed(self, patience_s: float) -> bool:
        """Whether the printer confirmed the job; False as soon as it reports a fault instead.

        Replies to DLE EOT are skipped: a ticket's pixels can look like that question.
        """
        deadline = time.monotonic() + patience_s
        while not self._printed and time.monotonic() < deadline:
            if not self._receive() and not self.status().can_print:
                break
        return self._printed

    def _ask(self, n: int) -> bytes:
        """The reply to DLE EOT n, or b"" if none comes."""
        self.send(DLE_EOT + bytes([n]))
        replies = (self._receive() for _ in range(MOST_REPLIES))
        return next((reply for reply in replies if not reply or is_realtime_reply(reply)), b"")

    def _receive(self) -> bytes:
        """The next byte, or b"" after a silence. OSError if the connection is broken."""
        if not self._unread:
            try:
                self._unread += self._link._read()
            except OSError as error:
                # pyusb's timeout is an OSError of its own that only the number tells apart
                if not isinstance(error, TimeoutError) and error.errno != errno.ETIMEDOUT:
                    raise
        reply = bytes(self._unread[:1])
        del self._unread[:1]
        self._printed = self._printed or is_printed_reply(reply)
        return reply


def _link_maker(url: str, timeout_s: float) -> Callable[[], Any]:
    parts = urlsplit(url)
    try:
        if parts.scheme == "tcp" and parts.hostname and parts.port:
            host, port = parts.hostname, parts.port
            return lambda: _tcp(host, port, timeout_s)
        if parts.scheme == "serial" and parts.path:
            baudrate = int(parse_qs(parts.query).get("baudrate", ["19200"])[0])
            return lambda: _serial(parts.path, baudrate, timeout_s)
        if parts.scheme == "usb":
            vendor, product = (int(text, 16) for text in parts.netloc.split(":"))
            return lambda: _usb(vendor, product, timeout_s)
    except ValueError:
        pass  # the one message below is clearer than int()'s
    raise ValueError(f"not a printer address: {url!r} (tcp://host:port, serial:///dev/…, usb://…)")


def _tcp(host: str, port: int, timeout_s: float) -> Any:
    from escpos.printer import Network  # type: ignore[import-untyped]

    return Network(host, port, timeout=timeout_s)


def _usb(vendor: int, product: int, timeout_s: float) -> Any:
    from escpos.printer import Usb

    return Usb(vendor, product, timeout=round(1000 * timeout_s))


def _serial(path: str, baudrate: int, timeout_s: float) -> Any:
    from escpos.printer import Serial

    class PromptSerial(Serial):  # type: ignore[misc]  # python-escpos has no types
        """Never waits for more than one byte, nor for a stuck printer to take the rest."""

        def open(self, raise_not_found: bool = True) -> None:
            super().open(raise_not_found)
            self.device.write_timeout = timeout_s

        def _read(self) -> bytes:
            received: bytes = self.device.read(1)
            return received

        def close(self) -> None:
            if self._device:
                self._device.reset_output_buffer()
            super().close()

    return PromptSerial(path, baudrate, timeout=timeout_s)
