"""A receipt printer that speaks ESC/POS over the network, a serial line or USB.

python-escpos makes the connection and knows the models; the questions are ours, because its
`paper_status()` calls a silent printer well supplied (python-escpos 3.1).
"""

import difflib
import errno
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from PIL import Image

from kiosk_robot.printing.escpos_bytes import BAND_DOTS, INITIALISE, Ending, encode
from kiosk_robot.printing.layout import DOTS_PER_MM, WIDTH_58MM, WIDTH_80MM
from kiosk_robot.printing.status import (
    OFFLINE_CAUSE,
    PAPER_ROLL,
    PRINTER,
    PrinterError,
    PrinterStatus,
    decode_status,
    is_printed_reply,
    is_realtime_reply,
)

DLE_EOT = b"\x10\x04"
ASK_WHEN_PRINTED = b"\x1dr\x01"
"""GS r 1: answered only after everything sent before it has been printed and cut."""
CLEAR_BUFFERS = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
"""DLE DC4 8: forget at once what is not printed yet. A printer that does not know it ignores it."""
REST_OF_A_PICTURE = bytes(BAND_DOTS * WIDTH_80MM // 8)
"""White: the printer may still wait for the rest of a picture, and takes what comes for it. Where
it does not, NUL is nothing."""

SLOWEST_PRINTER = 30 * DOTS_PER_MM
"""Dots a second; a printer slower than this is taken for stuck."""
CHUNK = 1024
"""Bytes sent within one timeout: half a second of a 19200 baud line."""
MOST_REPLIES = 64
"""Stray replies skipped before an answer: an endless babbler is not listened to for ever."""
LONGEST_LEFTOVER_DOTS = 2000
"""What an earlier ticket may still have to print before its leftovers are gone: 250 mm."""

USB_LEFTOVER_MS = 10
PRINTER_CLASS = 7
"""Of USB interfaces."""

Confirmation = Literal["printed", "status"]
Link = Any
"""An unopened python-escpos printer: open, close, _raw, _read."""

_ADVICE = {
    PrinterStatus.OUT: "the paper has run out: put in a new roll",
    PrinterStatus.COVER: "the cover is open: press it shut until it clicks",
    PrinterStatus.ERROR: "it reports a fault: free the paper and the cutter, switch it off and on",
    PrinterStatus.OFFLINE: "it is offline: press its FEED button, then switch it off and on",
    PrinterStatus.UNKNOWN: "it does not answer: check its power, its cable and its address",
}


@dataclass(frozen=True)
class PrinterModel:
    """What matters of a model: how wide it prints, in dots, and how it ends a ticket."""

    width_dots: int
    ending: Ending


def printer_model(profile: str, paper_width_mm: Literal[58, 80]) -> PrinterModel:
    """Look a model up among the profiles of python-escpos; "default" goes by the paper alone.

    Raises ValueError for a profile that does not exist, or that prints no pictures.
    """
    from escpos.capabilities import CAPABILITIES  # type: ignore[import-untyped]

    profiles = CAPABILITIES["profiles"]
    if profile not in profiles:
        close = difflib.get_close_matches(profile, profiles, n=3) or sorted(profiles)
        raise ValueError(f"no printer profile {profile!r}; there are: {', '.join(close)}")
    features, media = profiles[profile]["features"], profiles[profile]["media"]
    if not features["bitImageRaster"]:
        raise ValueError(f"a {profile} prints no pictures (GS v 0), and tickets are pictures")
    by_paper = WIDTH_58MM if paper_width_mm == 58 else WIDTH_80MM
    known = media["width"].get("pixels")
    # A profile is of the model with its widest paper; narrower paper in it is narrower still.
    width = min(by_paper, known) if isinstance(known, int) else by_paper
    if features["paperPartCut"]:
        return PrinterModel(width, Ending.PARTIAL_CUT)
    return PrinterModel(width, Ending.FULL_CUT if features["paperFullCut"] else Ending.TEAR_OFF)


class EscposPrinter:
    """One printer; each call makes its own connection, so that a replugged printer just works.

    `url` is "tcp://host:port", "serial:///dev/…?baudrate=19200" or "usb://vendor:product" (hex);
    ValueError if it is none of these. `timeout_s` bounds connecting, sending and each answer.

    `confirmation` is how the printer tells that a ticket is out: "printed", it answers GS r 1 in
    print order; "status", for a printer proven at installation that knows DLE EOT only: after the
    time that the slowest printer takes, it has paper and no fault (paper that runs out on the way
    stays reported until somebody acts).

    `link` and `clock` replace the connection and `time` in simulations that run on their own time.
    """

    def __init__(
        self,
        url: str,
        timeout_s: float = 2.0,
        *,
        ending: Ending = Ending.PARTIAL_CUT,
        confirmation: Confirmation = "printed",
        link: Callable[[], Link] | None = None,
        clock: Any = time,
    ) -> None:
        self._url = url
        self._timeout_s = timeout_s
        self._ending = ending
        self._confirmation = confirmation
        self._clock = clock
        self._make_link = link or _link_maker(url, timeout_s)

    def status(self) -> PrinterStatus:
        """Ask the printer how it is. Silence, garbage and a refused connection are UNKNOWN."""
        try:
            with self._connection() as connection:
                return connection.status()
        except OSError:
            return PrinterStatus.UNKNOWN

    def print_ticket(self, ticket: Image.Image, *, discard_first: bool = False) -> bytes:
        """Print and cut a mode "1" picture, and return the bytes of the job once it is out.

        `discard_first`: an earlier job ended in doubt; have the printer forget it, and cut off what
        is out of it, so that it comes out neither later nor on this ticket.

        Raises PrinterError when the printer cannot print, stops on the way, or does not confirm:
        the ticket must then count as not issued. ValueError for a picture of another mode.
        """
        job = encode(ticket, self._ending)
        may_be_out = False
        try:
            with self._connection() as connection:
                self._require_ready(connection.status(), may_be_out)
                if discard_first:
                    self._discard(connection)
                may_be_out = True
                connection.send_job(job)
                if not self._is_out(connection, ticket.height):
                    self._require_ready(connection.status(), may_be_out)
                    raise self._error(PrinterStatus.UNKNOWN, may_be_out)
        except OSError as error:
            status = self.status()
            raise self._error(
                PrinterStatus.UNKNOWN if status.can_print else status, may_be_out, error
            ) from error
        return job

    def _is_out(self, connection: "_Connection", dots: int) -> bool:
        """Wait until the printer tells that what was sent is printed, `dots` long."""
        if self._confirmation == "printed":
            connection.send(ASK_WHEN_PRINTED)
            return connection.wait_printed(self._timeout_s + dots / SLOWEST_PRINTER)
        self._clock.sleep(dots / SLOWEST_PRINTER)
        return connection.status().can_print

    def _discard(self, connection: "_Connection") -> None:
        connection.send_job(CLEAR_BUFFERS + REST_OF_A_PICTURE + INITIALISE + self._ending.value)
        if not self._is_out(connection, LONGEST_LEFTOVER_DOTS):
            self._require_ready(connection.status(), may_be_out=False)
            raise self._error(PrinterStatus.UNKNOWN, may_be_out=False)
        connection.listen_until_quiet()  # a late answer for the earlier job is none for this one

    def _require_ready(self, status: PrinterStatus, may_be_out: bool) -> None:
        if not status.can_print:
            raise self._error(status, may_be_out)

    def _error(
        self, status: PrinterStatus, may_be_out: bool, cause: OSError | None = None
    ) -> PrinterError:
        because = f" ({cause})" if cause else ""
        text = f"printer {self._url}: {_ADVICE[status]}{because}"
        return PrinterError(status, text, may_be_out=may_be_out)

    @contextmanager
    def _connection(self) -> Iterator["_Connection"]:
        """An open connection. OSError if there is none to be had, or it breaks."""
        from escpos.exceptions import DeviceNotFoundError  # type: ignore[import-untyped]
        from usb.core import NoBackendError  # type: ignore[import-untyped]

        link = self._make_link()
        try:
            link.open()
            try:
                yield _Connection(link, self._clock)
            finally:
                link.close()
        except NoBackendError as error:
            raise ConnectionError("no USB library; install libusb-1.0-0") from error
        except (DeviceNotFoundError, termios.error) as error:
            raise ConnectionError(" ".join(str(error).split())) from error


class _Connection:
    """Questions and answers over an open python-escpos printer."""

    def __init__(self, link: Link, clock: Any) -> None:
        self._link = link
        self._clock = clock
        self._unread = bytearray()
        self._printed = False

    def send(self, data: bytes) -> None:
        for start in range(0, len(data), CHUNK):
            self._link._raw(data[start : start + CHUNK])

    def send_job(self, data: bytes) -> None:
        """Send what is to be confirmed; a confirmation heard before was for something else."""
        self._printed = False
        self.send(data)

    def status(self) -> PrinterStatus:
        printer = self._ask(PRINTER)
        if not printer:
            return PrinterStatus.UNKNOWN
        return decode_status(printer, self._ask(OFFLINE_CAUSE), self._ask(PAPER_ROLL))

    def wait_printed(self, patience_s: float) -> bool:
        """Whether the printer confirmed the job; False as soon as it reports a fault instead.

        Some printers answer nothing at all while they print: silence is waited out. Replies to
        DLE EOT are skipped: a ticket's pixels can look like that question.
        """
        deadline = self._clock.monotonic() + patience_s
        while not self._printed and self._clock.monotonic() < deadline:
            if not self._receive():
                status = self.status()
                if not status.can_print and status is not PrinterStatus.UNKNOWN:
                    break
        return self._printed

    def listen_until_quiet(self) -> None:
        """Take in whatever the printer still has to say, and forget it."""
        for _ in range(MOST_REPLIES):
            if not self._receive():
                break

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


def _link_maker(url: str, timeout_s: float) -> Callable[[], Link]:
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
    import usb.core  # type: ignore[import-untyped]
    import usb.util  # type: ignore[import-untyped]
    from escpos.printer import Usb

    class WholeUsb(Usb):  # type: ignore[misc]  # python-escpos has no types
        """Any printer's endpoints, no reset at each opening, and no byte lost in a short write."""

        def _configure_usb(self) -> None:
            # python-escpos resets the device here, which would lose a ticket being printed.
            interface = usb.util.find_descriptor(self.device[0], bInterfaceClass=PRINTER_CLASS)
            if interface is None:
                raise OSError(errno.ENODEV, f"{vendor:04x}:{product:04x} is not a printer")
            for endpoint in interface:
                if usb.util.endpoint_type(endpoint.bmAttributes) == usb.util.ENDPOINT_TYPE_BULK:
                    address = endpoint.bEndpointAddress
                    if usb.util.endpoint_direction(address) == usb.util.ENDPOINT_IN:
                        self.in_ep, self._packet = address, endpoint.wMaxPacketSize
                    else:
                        self.out_ep = address

        def open(self, raise_not_found: bool = True) -> None:
            super().open(raise_not_found)
            with suppress(usb.core.USBTimeoutError):
                while True:  # what was not read in time is no answer to what is asked now
                    self.device.read(self.in_ep, self._packet, USB_LEFTOVER_MS)

        def _raw(self, msg: bytes) -> None:
            while msg:
                written = self.device.write(self.out_ep, msg, self.timeout)
                msg = msg[written:]

        def _read(self) -> bytes:
            return bytes(self.device.read(self.in_ep, self._packet, self.timeout))

    return WholeUsb(vendor, product, timeout=round(1000 * timeout_s))


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
