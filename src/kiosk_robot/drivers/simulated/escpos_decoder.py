"""ESC/POS bytes read back, one command at a time, independently of the code that writes them.

Source: Epson's ESC/POS command reference; only what receipt printing uses.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

LINE_FEED_DOTS = 30
FEED_TO_KNIFE_DOTS = 120

REALTIME_QUESTION = re.compile(rb"\x10\x04([\x01-\x04])")
_RASTER = re.compile(rb"\x1dv0[\x00\x30](..)(..)", re.DOTALL)
_FEED = re.compile(rb"\x1b([dJ])(.)", re.DOTALL)
_LONGEST_HEADER = 8


@dataclass(frozen=True)
class Raster:
    """GS v 0: `rows` rows of `row_bytes` bytes each, a set bit is black."""

    row_bytes: int
    rows: int
    bits: bytes


@dataclass(frozen=True)
class Feed:
    """Blank paper, in dots."""

    dots: int


@dataclass(frozen=True)
class Letter:
    """A byte that is no command: a printer prints it, a ticket should have none."""

    byte: bytes


class Simple(StrEnum):
    """A command without a value."""

    INITIALISE = "ESC @"
    CUT = "GS V 0"
    FEED_AND_CUT = "GS V 66"
    ASK_WHEN_PRINTED = "GS r 1"
    REALTIME = "DLE EOT"
    NOTHING = "NUL"


Command = Raster | Feed | Letter | Simple

_SIMPLE: tuple[tuple[re.Pattern[bytes], Simple], ...] = (
    (re.compile(rb"\x1b@"), Simple.INITIALISE),
    (re.compile(rb"\x1dV[\x00\x01\x30\x31]"), Simple.CUT),
    (re.compile(rb"\x1dV[\x41\x42].", re.DOTALL), Simple.FEED_AND_CUT),
    (re.compile(rb"\x1dr[\x01\x31]"), Simple.ASK_WHEN_PRINTED),
    (REALTIME_QUESTION, Simple.REALTIME),
    (re.compile(rb"\x00+"), Simple.NOTHING),
)


def next_command(data: bytes | bytearray) -> tuple[Command, int] | None:
    """The first command in `data` and its length in bytes, or None if it has not all arrived."""
    for pattern, command in _SIMPLE:
        if match := pattern.match(data):
            return command, match.end()
    if match := _FEED.match(data):
        unit = LINE_FEED_DOTS if match[1] == b"d" else 1
        return Feed(match[2][0] * unit), match.end()
    if match := _RASTER.match(data):
        row_bytes, rows = (int.from_bytes(size, "little") for size in match.groups())
        end = match.end() + row_bytes * rows
        if len(data) < end:
            return None
        return Raster(row_bytes, rows, bytes(data[match.end() : end])), end
    if data[:1] == b"\n":
        return Feed(LINE_FEED_DOTS), 1
    if not data or (data[:1] in (b"\x1b", b"\x1d", b"\x10") and len(data) < _LONGEST_HEADER):
        return None
    return Letter(bytes(data[:1])), 1
