"""The machine-readable zone on the back of a card: three lines of thirty letters (ICAO 9303, TD1).

It holds no accents, so names from it are shown to nobody; it serves where the code is unreadable.
As on the cards of Việt Nam, line 1 carries the last nine digits of the number, then all twelve.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from kiosk_robot.documents.card import Sex

_LINES = (
    re.compile(r"IDVNM(\d{9})(\d)(\d{12})<<(\d)"),
    re.compile(r"(\d{6})(\d)([MF])(\d{6})(\d)VNM<{11}(\d)"),
    re.compile(r"([A-Z]+(?:<[A-Z]+)*)<<([A-Z]+(?:<[A-Z]+)*)?<*"),
)
_LENGTH = 30
_WEIGHTS = (7, 3, 1)
_SEXES: dict[str, Sex] = {"M": "male", "F": "female"}

Part = Literal["lines", "number", "birth date", "expiry", "whole", "dates", "numbers"]


class MrzError(ValueError):
    """The text is no zone of such a card; it names the part that is wrong and quotes nothing."""

    def __init__(self, part: Part) -> None:
        super().__init__(f"machine-readable zone: {part} wrong")
        self.part = part


@dataclass(frozen=True, slots=True)
class Mrz:
    """What the zone says. Personal data."""

    number: str = field(repr=False)
    name: str = field(repr=False)
    """Family name first, capitals without accents."""
    birth_date: date = field(repr=False)
    sex: Sex = field(repr=False)
    expires: date | None = field(repr=False)
    """None: never; assumed to be written as 31 December 2099."""


def check_digit(text: str) -> int:
    """ICAO 9303 part 3: digits as they are, A is 10, `<` is 0, weights 7, 3, 1, modulo 10."""
    values = (int(letter, 36) if letter != "<" else 0 for letter in text)
    return sum(value * _WEIGHTS[at % 3] for at, value in enumerate(values)) % 10


def parse_mrz(text: str) -> Mrz:
    """The zone in a text of three lines, blanks and empty lines aside.

    :raises MrzError: it is none, or one of its four check digits is wrong.
    """
    lines = ["".join(line.split()) for line in text.splitlines() if line.strip()]
    if len(lines) != len(_LINES) or any(len(line) != _LENGTH for line in lines):
        raise MrzError("lines")
    found = [pattern.fullmatch(line) for pattern, line in zip(_LINES, lines, strict=True)]
    first, second, third = found
    if not (first and second and third and text.isascii()):
        raise MrzError("lines")
    tail, tail_check, number, number_check = first.groups()
    born, born_check, sex, expires, expires_check, whole_check = second.groups()
    checks: tuple[tuple[Part, str, str], ...] = (
        ("number", tail, tail_check),
        ("number", number, number_check),
        ("birth date", born, born_check),
        ("expiry", expires, expires_check),
        ("whole", lines[0][5:] + lines[1][:7] + lines[1][8:15] + lines[1][18:29], whole_check),
    )
    for part, digits, digit in checks:
        if check_digit(digits) != int(digit):
            raise MrzError(part)
    repeated = (number[3:], int(number[3]) % 2, number[4:6])
    if repeated != (tail, sex == "F", born[:2]):
        raise MrzError("numbers")
    century = 1900 + 100 * (int(number[3]) // 2)
    return Mrz(
        number=number,
        name=" ".join(part.replace("<", " ") for part in third.groups() if part),
        birth_date=_date(born, century),
        sex=_SEXES[sex],
        expires=None if expires == "991231" else _date(expires, 2000),
    )


def _date(text: str, century: int) -> date:
    try:
        return date(century + int(text[:2]), int(text[2:4]), int(text[4:]))
    except ValueError:
        raise MrzError("dates") from None
