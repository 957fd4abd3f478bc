"""What a citizen says to be found in the list of bookings, and how it is kept from being read.

A claim is a booking code, a phone or card number, or a name with the booked time. It is sealed
where it enters the robot (microphone, touch screen, camera): HMAC-SHA256 with the key of the list
that is in force. Only sealed claims travel and are compared (docs/decisions/0015).
"""

import base64
import hmac
import json
import os
import re
from dataclasses import dataclass
from datetime import time
from hashlib import sha256
from pathlib import Path
from typing import Literal, Self, cast, get_args

from kiosk_robot.documents.card import CardError, parse_card
from kiosk_robot.understanding import spoken_numbers
from kiosk_robot.understanding.text import clean, fold, words_of

Kind = Literal["code", "phone", "card", "name"]
CODE_LENGTH = 8
"""Digits of a booking code: fewer than a phone number has, so that digits tell what they are."""
QR_PREFIX = "kiosk-booking"
MAX_NAME_WORDS = 8

_DIGITS_WITH_MARKS = re.compile(r"\+?\d[\d\s.\-]*\d")
_BOOKING_QR = re.compile(
    rf"(?:{QR_PREFIX}:)?(?:(?P<point>\w{{1,40}}):)?(?P<code>\d{{{CODE_LENGTH}}})", re.ASCII
)
_CLOCK = re.compile(r"\b(\d{1,2}):(\d{2})\b")
_HOUR_WORDS, _HALF, _LESS = ("giờ", "gio", "h"), ("rưỡi", "ruoi"), ("kém", "kem")
_MORNING, _AFTERNOON = ("sáng", "sang", "trưa", "am"), ("chiều", "chieu", "tối", "pm")
# Judged with their marks: "đặt" is a word of a request, "Đạt" a name.
_BEFORE_A_NAME = re.compile(
    r"^(?:dạ |vâng )?(?:(?:tôi|toi|cháu|em|anh|chị|bác|cô|chú|ông|bà|mình|con) )?(?:họ )?"
    r"(?:tên (?:(?:tôi|cháu|em|bác) )?)?(?:ten (?:toi )?)?(?:là |la )?"
    r"|^(?:my name is|i am|this is) "
)
_AFTER_A_NAME = re.compile(
    r"(?: có)?(?: đã)?(?: (?:đặt|hẹn|lịch|đặt lịch|lịch hẹn|đặt hẹn|booked))?"
    r"(?: (?:vào lúc|lúc|luc|vào|vao|hồi|khoảng|at|for))?$"
)


@dataclass(frozen=True, repr=False)
class Claim:
    """What identifies a booking. `value` is personal: it is sealed and forgotten."""

    kind: Kind
    value: str
    point: str = ""  # of a QR code: where it was booked

    def __repr__(self) -> str:
        return f"Claim({self.kind})"


@dataclass(frozen=True, slots=True)
class SealedClaim:
    """A claim that nobody can read. `key_id` tells by which list it can be found."""

    key_id: str
    kind: Kind
    mac: str  # hex
    point: str = ""

    def __str__(self) -> str:
        return ":".join((self.key_id, self.kind, self.mac, self.point))

    @classmethod
    def parse(cls, text: str) -> Self:
        """What `str` gave.

        :raises ValueError: anything else; the text is not quoted, it might be an unsealed claim.
        """
        key_id, kind, mac, point = [*text.split(":"), "", "", "", ""][:4]
        if kind not in get_args(Kind) or not re.fullmatch(r"[0-9a-f]{64}", mac):
            raise ValueError("not a sealed claim")
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", key_id):
            raise ValueError("not a sealed claim")
        return cls(key_id, cast(Kind, kind), mac, point)


@dataclass(frozen=True, repr=False)
class SealingKey:
    """The key of one list of bookings: a new one each day, the old one forgotten."""

    id: str  # the day it was given out, YYYY-MM-DD
    secret: bytes

    def seal(self, claim: Claim) -> SealedClaim:
        """The claim as it may travel."""
        return SealedClaim(self.id, claim.kind, self.mac(claim.kind, claim.value), claim.point)

    def mac(self, kind: Kind, value: str) -> str:
        """HMAC-SHA256 of a value, hex."""
        return hmac.new(self.secret, f"{kind}:{value}".encode(), sha256).hexdigest()

    def save(self, path: Path) -> None:
        """Replace the key file, readable by the robot's user alone.

        :raises OSError: it cannot be written.
        """
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        content = {"id": self.id, "secret": base64.b64encode(self.secret).decode()}
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(content, file)
        fresh.replace(path)

    @classmethod
    def load(cls, path: Path) -> Self | None:
        """The key in force; None when there is none yet.

        :raises KeyFileError: others may read the file, or it is damaged.
        """
        try:
            if path.stat().st_mode & 0o077:
                raise KeyFileError(f"{path}: others may read it; chmod 600, or delete it")
            content = json.loads(path.read_text(encoding="ascii"))
            return cls(content["id"], base64.b64decode(content["secret"], validate=True))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            raise KeyFileError(f"{path}: damaged; delete it, a new one comes by itself") from None


class KeyFileError(Exception):
    """The key file cannot be used; the message says what to do."""


def claim_in(text: str) -> Claim | None:
    """The claim in what was said or typed; None when there is none.

    Digits are told apart by their number: 8 a booking code, 10 a phone, 12 a card. A name counts
    only together with a time.
    """
    text = clean(text)
    return _number_in(text) or _name_in(text)


def claim_in_code(payload: str) -> Claim | None:
    """The claim in a QR code: `kiosk-booking:POINT:CODE`, its reference alone, or an ID card."""
    if found := _BOOKING_QR.fullmatch(payload.strip()):
        return Claim("code", found["code"], found["point"] or "")
    try:
        return Claim("card", parse_card(payload).number)
    except CardError:
        return None


def name_and_time(name: str, at: time) -> str:
    """The value of a name claim: plain letters, as recognisers and keyboards lose the marks."""
    return f"{' '.join(fold(word) for word in words_of(name))} {at:%H:%M}"


def _is_code(text: str) -> bool:
    return len(text) == CODE_LENGTH and text.isascii() and text.isdecimal()


def _number_in(text: str) -> Claim | None:
    written = [re.sub(r"[^\d+]", "", run) for run in _DIGITS_WITH_MARKS.findall(text)]
    spoken = "".join(
        str(spoken_numbers.WORDS.get(word, " ")) for word in words_of(text) if word != "mười"
    )
    for run in (*written, *spoken.split()):
        digits = re.sub(r"^(\+84|84(?=\d{9}$))", "0", run)
        if _is_code(digits):
            return Claim("code", digits)
        if re.fullmatch(r"0\d{9}", digits):
            return Claim("phone", digits)
        if re.fullmatch(r"\d{12}", digits):
            return Claim("card", digits)
    return None


def _name_in(text: str) -> Claim | None:
    words = words_of(_CLOCK.sub(r"\1h\2", text.replace("o'clock", "h")))
    found = _time_in(words)
    if found is None:
        return None
    at, begins, ends = found
    said = " ".join(words[:begins]) or " ".join(words[ends:])
    name = _AFTER_A_NAME.sub("", _BEFORE_A_NAME.sub("", said)).split()
    if not 2 <= len(name) <= MAX_NAME_WORDS or not all(map(str.isalpha, name)):
        return None
    return Claim("name", name_and_time(" ".join(name), at))


def _time_in(words: list[str]) -> tuple[time, int, int] | None:
    """The time said, and the words it took: "chín giờ rưỡi", "9h30", "hai giờ chiều"."""
    for index, word in enumerate(words):
        if word in _HOUR_WORDS:
            for begins in range(max(0, index - 3), index):
                hour = _number(words[begins:index])
                if hour is not None and hour < 24:
                    minutes, ends = _minutes(words, index + 1)
                    return _clock(words, 60 * hour + minutes, begins, ends)
        if match := re.fullmatch(r"(\d{1,2})[hg](\d{2})?", word):
            return _clock(words, 60 * int(match[1]) + int(match[2] or 0), index, index + 1)
    return None


def _minutes(words: list[str], at: int) -> tuple[int, int]:
    """Minutes said after the hour, and where they end: "rưỡi", "mười lăm", "kém mười"."""
    if words[at : at + 1] and words[at] in _HALF:
        return 30, at + 1
    less = bool(words[at : at + 1]) and words[at] in _LESS
    begins = at + less
    for ends in range(min(len(words), begins + 3), begins, -1):
        minutes = _number(words[begins:ends])
        if minutes is not None and minutes < 60:
            return (-minutes if less else minutes), ends
    return 0, at


def _number(words: list[str]) -> int | None:
    begins_well = bool(words) and spoken_numbers.digit(words[0]) is not None  # not "Linh mười"
    return spoken_numbers.number(words) if begins_well else None


def _clock(words: list[str], minutes: int, begins: int, ends: int) -> tuple[time, int, int] | None:
    part = words[ends] if ends < len(words) else ""
    minutes += 12 * 60 if part in _AFTERNOON and minutes < 12 * 60 else 0
    if not 0 <= minutes < 24 * 60:
        return None
    return time(*divmod(minutes, 60)), begins, ends + (part in _AFTERNOON + _MORNING)
