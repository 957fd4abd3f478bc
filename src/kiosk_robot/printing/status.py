"""What a receipt printer says of itself: the replies to DLE EOT n, one byte each.

Source: Epson's ESC/POS command reference, DLE EOT (real-time status), GS r (status in print order).
"""

from enum import StrEnum

PRINTER, OFFLINE_CAUSE, PAPER_ROLL = 1, 2, 4
"""The values of n that are asked."""


class PaperStatus(StrEnum):
    """The paper roll alone."""

    OK = "ok"
    LOW = "low"
    OUT = "out"
    UNKNOWN = "unknown"


class PrinterStatus(StrEnum):
    """The printer as a whole. Unknown (silence, garbage) is never taken for ok."""

    OK = "ok"
    LOW = "low"
    OUT = "out"
    COVER = "cover"
    ERROR = "error"
    OFFLINE = "offline"
    UNKNOWN = "unknown"

    @property
    def can_print(self) -> bool:
        """Whether a ticket may be sent now."""
        return self in (PrinterStatus.OK, PrinterStatus.LOW)


class PrinterError(Exception):
    """No ticket came out, or nobody knows. `status` says why; the text says what to do.

    `may_be_out`: part of the job had been sent, so that there may be a paper, now or later.
    """

    def __init__(self, status: PrinterStatus, message: str, *, may_be_out: bool) -> None:
        super().__init__(message)
        self.status = status
        self.may_be_out = may_be_out


def is_realtime_reply(reply: bytes) -> bool:
    """Whether this is one byte with the fixed bits of a DLE EOT reply: 0xx1xx10."""
    return len(reply) == 1 and reply[0] & 0b1001_0011 == 0b0001_0010


def is_printed_reply(reply: bytes) -> bool:
    """Whether this is one byte with the fixed bits of a GS r reply: 0xx0xxxx.

    The printer sends it once everything before the question has been printed.
    """
    return len(reply) == 1 and reply[0] & 0b1001_0000 == 0


def decode_paper(reply: bytes) -> PaperStatus:
    """The reply to DLE EOT 4: bits 5, 6 paper end, bits 2, 3 near end (either bit counts)."""
    if not is_realtime_reply(reply):
        return PaperStatus.UNKNOWN
    if reply[0] & 0b0110_0000:
        return PaperStatus.OUT
    if reply[0] & 0b0000_1100:
        return PaperStatus.LOW
    return PaperStatus.OK


def decode_status(printer: bytes, offline_cause: bytes, paper: bytes) -> PrinterStatus:
    """The replies to DLE EOT 1, 2 and 4 as one status, the most useful fault first.

    A reply that is missing (b"") or malformed makes it unknown, unless another reply names a fault.
    """
    cause = offline_cause[0] if is_realtime_reply(offline_cause) else 0
    roll = decode_paper(paper)
    if cause & 0b0000_0100:
        return PrinterStatus.COVER
    if cause & 0b0010_0000 or roll is PaperStatus.OUT:
        return PrinterStatus.OUT
    if cause & 0b0100_0000:
        return PrinterStatus.ERROR
    if is_realtime_reply(printer) and printer[0] & 0b0000_1000:
        return PrinterStatus.OFFLINE
    if not all(map(is_realtime_reply, (printer, offline_cause, paper))):
        return PrinterStatus.UNKNOWN
    return PrinterStatus.LOW if roll is PaperStatus.LOW else PrinterStatus.OK
