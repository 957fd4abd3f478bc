"""The QR code of a CCCD / Căn cước card: plain, unsigned text that anyone can print.

It saves typing; it never proves who somebody is. It is hostile until parsed, and personal data
afterwards: a Card shows no name in a log, and no number leaves without `masking.mask_numbers_in`.

Fields, separated by "|": number, old 9-digit number (may be empty, or left out), name, birth date,
sex, address, date of issue; cards issued since 1 July 2024 add four, kept raw because their order
is not published. Source: the cards of 2021 and 2024 (Thông tư 16/2024/TT-BCA) as seen in the field.
"""

import re
import unicodedata
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal

from kiosk_robot.documents.masking import mask_number, mask_words

MAX_PAYLOAD_BYTES = 1024
"""A real payload has 100 to 400 bytes."""
MAX_NAME_LENGTH = 80
MAX_ADDRESS_LENGTH = 300
LAST_PROVINCE_CODE = 96

Sex = Literal["male", "female"]
_SEXES: dict[str, Sex] = {"nam": "male", "nữ": "female"}

_NUMBER = re.compile(r"[0-9]{12}")
_OLD_NUMBER = re.compile(r"([0-9]{9}|[0-9]{12})?")
_DATE = re.compile(r"[0-9]{8}")
_NAME_MARKS = frozenset(" '’.-")
_ADDRESS_MARKS = frozenset(" '’.-,/()&+:")
_LINK_OR_COMMENT = re.compile(r"//|--|www\.", re.IGNORECASE)


class CardProblem(StrEnum):
    """Why a payload is not taken for a card."""

    TOO_LONG = "too_long"
    NOT_TEXT = "not_text"
    CONTROL_CHARACTERS = "control_characters"
    NOT_A_CARD = "not_a_card"
    BAD_NUMBER = "bad_number"
    BAD_NAME = "bad_name"
    BAD_DATE = "bad_date"
    BAD_SEX = "bad_sex"
    BAD_ADDRESS = "bad_address"
    MISMATCH = "mismatch"


_NOT_A_CARD = "Dạ, mã này không phải mã trên thẻ căn cước ạ. Bác cho cháu xem mã QR trên thẻ nhé."
_UNREADABLE = (
    "Dạ, cháu chưa đọc được thẻ này. Bác đưa lại giúp cháu, hoặc bác gặp cán bộ tại quầy ạ."
)
_MISMATCH = "Dạ, thông tin trên mã QR chưa khớp nhau. Bác vui lòng gặp cán bộ tại quầy giúp cháu ạ."

_MESSAGES = {
    CardProblem.TOO_LONG: _NOT_A_CARD,
    CardProblem.NOT_TEXT: _NOT_A_CARD,
    CardProblem.CONTROL_CHARACTERS: _NOT_A_CARD,
    CardProblem.NOT_A_CARD: _NOT_A_CARD,
    CardProblem.MISMATCH: _MISMATCH,
}


class CardError(ValueError):
    """The payload is not that of a card. It never quotes the payload."""

    def __init__(self, reason: CardProblem) -> None:
        super().__init__(reason.value)
        self.reason = reason

    @property
    def message(self) -> str:
        """What the robot says to the citizen."""
        return _MESSAGES.get(self.reason, _UNREADABLE)


@dataclass(frozen=True, repr=False)
class Card:
    """What the card says of its holder. Kept in memory until the form is printed, no longer."""

    number: str
    old_number: str
    """The 9-digit number of the former card, or ""."""
    name: str
    birth_date: date
    sex: Sex
    address: str
    issued: date
    extra: tuple[str, ...] = ()
    """The four further fields of the card of 2024, as they are."""

    def __repr__(self) -> str:
        return f"Card({mask_number(self.number)})"

    def in_full(self) -> dict[str, Any]:
        """Every field, dates as ISO 8601. Personal data."""
        return {
            **asdict(self),
            "birth_date": self.birth_date.isoformat(),
            "issued": self.issued.isoformat(),
        }

    def masked(self) -> dict[str, Any]:
        """The fields of `in_full`, such that nobody can be told by them."""
        return {
            "number": mask_number(self.number),
            "old_number": mask_number(self.old_number),
            "name": mask_words(self.name),
            "birth_date": f"{self.birth_date.year}",
            "sex": self.sex,
            "address": mask_words(self.address),
            "issued": f"{self.issued.year}",
            "extra": [mask_words(field) for field in self.extra],
        }


def parse_card(payload: bytes | str) -> Card:
    """The card in a QR payload. CardError, with one reason, for anything else."""
    fields = _text(payload).split("|")
    if len(fields) == 6:
        fields.insert(1, "")
    if len(fields) not in (7, 11):
        raise CardError(CardProblem.NOT_A_CARD)
    number, old_number, name, born, sex, address, issued, *extra = map(str.strip, fields)
    card = Card(
        number=_number(number),
        old_number=_matching(_OLD_NUMBER, old_number),
        name=_name(name),
        birth_date=_date(born),
        sex=_sex(sex),
        address=_address(address),
        issued=_date(issued),
        extra=tuple(_address(field) if field else "" for field in extra),
    )
    _cross_check(card)
    return card


def spoken_name(card: Card) -> str:
    """What the holder is called: the given name, the last word of the name."""
    return card.name.split()[-1].capitalize()


def _text(payload: bytes | str) -> str:
    try:
        data = payload.encode() if isinstance(payload, str) else payload
        if len(data) > MAX_PAYLOAD_BYTES:
            raise CardError(CardProblem.TOO_LONG)
        text = unicodedata.normalize("NFC", data.decode("utf-8"))
    except UnicodeError:
        # "from None": the decoder's error carries the payload
        raise CardError(CardProblem.NOT_TEXT) from None
    if any(unicodedata.category(letter).startswith(("C", "Zl", "Zp")) for letter in text):
        raise CardError(CardProblem.CONTROL_CHARACTERS)
    return text


def _number(text: str) -> str:
    """Twelve digits that begin with a province of birth registration (001 to 096)."""
    if not _NUMBER.fullmatch(text) or not 1 <= int(text[:3]) <= LAST_PROVINCE_CODE:
        raise CardError(CardProblem.BAD_NUMBER)
    return text


def _matching(pattern: re.Pattern[str], text: str) -> str:
    if not pattern.fullmatch(text):
        raise CardError(CardProblem.BAD_NUMBER)
    return text


def _name(text: str) -> str:
    allowed = all(_is_latin(letter) or letter in _NAME_MARKS for letter in text)
    spelt = allowed and any(map(str.isalpha, text)) and not _LINK_OR_COMMENT.search(text)
    if not spelt or len(text) > MAX_NAME_LENGTH:
        raise CardError(CardProblem.BAD_NAME)
    return " ".join(text.split())


def _address(text: str) -> str:
    allowed = all(
        _is_latin(letter) or letter in _ADDRESS_MARKS or letter in "0123456789" for letter in text
    )
    if not text or not allowed or len(text) > MAX_ADDRESS_LENGTH or _LINK_OR_COMMENT.search(text):
        raise CardError(CardProblem.BAD_ADDRESS)
    return " ".join(text.split())


def _is_latin(letter: str) -> bool:
    """Vietnamese and the minority languages of Việt Nam are all written in Latin letters."""
    return letter.isalpha() and unicodedata.name(letter, "").startswith("LATIN ")


def _date(text: str) -> date:
    try:
        if not _DATE.fullmatch(text):
            raise ValueError
        return datetime.strptime(text, "%d%m%Y").date()
    except ValueError:
        raise CardError(CardProblem.BAD_DATE) from None


def _sex(text: str) -> Sex:
    try:
        return _SEXES[text.lower()]
    except KeyError:
        raise CardError(CardProblem.BAD_SEX) from None


def _cross_check(card: Card) -> None:
    """The number repeats sex and century in its 4th digit, the year in its 5th and 6th.

    0 is a man and 1 a woman born in the 1900s, 2 and 3 in the 2000s (Nghị định 137/2015/NĐ-CP).
    """
    code, year = int(card.number[3]), int(card.number[4:6])
    sex: Sex = "female" if code % 2 else "male"
    born = 1900 + 100 * (code // 2) + year
    if (sex, born) != (card.sex, card.birth_date.year) or card.issued < card.birth_date:
        raise CardError(CardProblem.MISMATCH)
