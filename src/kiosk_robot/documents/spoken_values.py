"""What a citizen says or types for a field of a form, as the form writes it; or why it is not one.

Nothing is guessed: what can be read in two ways is asked for again.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from enum import StrEnum

from kiosk_robot.documents.form import Field
from kiosk_robot.understanding import spoken_numbers
from kiosk_robot.understanding.text import clean, fold, words_of

OLDEST = 105
"""Years: a date of two digits lies within so many before today, where only one century does."""
LAST_PROVINCE_CODE = 96
LARGEST = 10**12

_COURTESY = frozenset(
    {"dạ", "vâng", "thưa", "ạ", "à", "ừ", "ờ", "nhé", "nhá", "nha", "là", "thì", "của", "tôi",
     "mình", "cháu", "em", "số"}
)  # fmt: skip
_LEAD_IN = re.compile(
    r"^(?:(?:dạ|vâng|thưa|à|ừ|ờ)[\s,]+)*"
    r"(?:(?:(?:họ )?tên\s+)?(?:của )?(?:tôi|mình|bác|cháu|em|con|bé|cháu bé|bố|mẹ|chồng|vợ|nó)?\s*"
    r"(?:họ )?(?:tên\s+)?(?:là|tên)\s+)?",
    re.IGNORECASE,
)
_TAIL = re.compile(r"[\s,.]*(?:\b(?:ạ|nhé|nhá|nha)\b[\s,.]*)*$", re.IGNORECASE)
_NUMERIC_DATE = re.compile(
    r"(?<!\d)(\d{1,2})\s*[/.\- ]\s*(\d{1,2})\s*[/.\- ]\s*(\d{2}|\d{4})(?!\d)"
)
_DAY_WORDS = frozenset({"ngày", "mùng", "mồng", "hôm", "sinh", "ngay", "mung", "mong"})
_SHORT_UNITS = frozenset({"mốt", "tư", "lăm", "nhăm"})
_MONTHS = {"giêng": 1, "chạp": 12}
_MONTH_YEAR_WORDS = ("tháng", "thang"), ("năm", "nam")
_SCALES = (("tỷ", 10**9), ("tỉ", 10**9), ("triệu", 10**6), ("nghìn", 1000), ("ngàn", 1000))
_PHONE = re.compile(r"0(?:[35789]\d{8}|2\d{9})")
_IDENTITY = re.compile(r"\d{12}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[a-z]{2,}", re.IGNORECASE)
_NAME_MARKS = frozenset("'’-")
_NUMBERED = ("số", "ngõ", "ngách", "hẻm", "tổ", "nhà", "tầng", "phòng", "căn", "lô")
_COMMON_NOUNS = frozenset(
    {"số", "ngõ", "ngách", "hẻm", "tổ", "nhà", "tầng", "phòng", "căn", "lô", "phố", "đường",
     "phường", "quận", "thôn", "xã", "huyện", "thành", "tỉnh", "khu", "tập", "thể", "chung", "cư",
     "ngày", "tháng", "năm"}
)  # fmt: skip


class Problem(StrEnum):
    """Why an answer is not written down."""

    UNCLEAR = "unclear"
    FUTURE = "future"
    TOO_LONG = "long"


class AnswerError(ValueError):
    """The answer does not fit the field. It never quotes the answer."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.value)
        self.problem = problem


def written(field: Field, heard: str, today: date) -> str:
    """The value of `field` in what was said or typed, NFC.

    Dates are dd/mm/yyyy, money has a dot between thousands, names are in capitals as the official
    forms ask, a choice is the option's printed value. Raises AnswerError.
    """
    heard = clean(heard)
    value = _PARSERS[field.kind](heard, field, today)
    if not value or not all(map(_can_be_set, value)):
        raise AnswerError(Problem.UNCLEAR)
    if len(value) > field.max_length:
        raise AnswerError(Problem.TOO_LONG)
    return value


def _can_be_set(letter: str) -> bool:
    """Vietnamese and the minority languages are written in Latin letters; so is the form's font."""
    return letter.isascii() or letter in "–²°’" or unicodedata.name(letter, "").startswith("LATIN ")


# --- dates ------------------------------------------------------------------------------------


def _date(heard: str, field: Field, today: date) -> str:
    found = set(_dates(heard, today))
    if len(found) != 1:
        raise AnswerError(Problem.UNCLEAR)
    [day] = found
    if day > today and not field.future:
        raise AnswerError(Problem.FUTURE)
    return f"{day:%d/%m/}{day.year:04d}"


def _dates(heard: str, today: date) -> Iterator[date]:
    """Every date the words can mean."""
    if match := _NUMERIC_DATE.search(heard):
        day, month, year = match.groups()
        yield from _real(int(day), int(month), _years([year], today))
        return
    words = [word for word in words_of(heard) if word not in _COURTESY | _DAY_WORDS]
    if len(words) == 1 and re.fullmatch(r"\d{8}", words[0]):
        yield from _real(int(words[0][:2]), int(words[0][2:4]), [int(words[0][4:])])
        return
    months, _ = _MONTH_YEAR_WORDS
    for at in (i for i, word in enumerate(words) if word in months):
        day_spoken = _day(words[:at])
        if day_spoken is not None:
            for month, years in _months_and_years(words[at + 1 :], today):
                yield from _real(day_spoken, month, years)


def _months_and_years(words: Sequence[str], today: date) -> Iterator[tuple[int, list[int]]]:
    """Every month and years in "hai năm chín mươi"; "năm" is both the number five and the year."""
    _, year_words = _MONTH_YEAR_WORDS
    for at in range(1, len(words)):
        head, tail = list(words[:at]), list(words[at:])
        month = _MONTHS.get(head[0]) if len(head) == 1 else None
        month = month or spoken_numbers.number(head)
        if month is None:
            continue
        if tail[0] in year_words and len(tail) > 1:
            yield month, _years(tail[1:], today)
        elif len(tail) == 1 and len(tail[0]) == 4:
            yield month, _years(tail, today)


def _day(words: Sequence[str]) -> int | None:
    """Also as it is said in short: "hai mốt" is 21."""
    if len(words) == 2 and words[1] in _SHORT_UNITS and words[0] != "mười":
        words = [words[0], "mươi", words[1]]
    return spoken_numbers.number(list(words))


def _real(day: int, month: int, years: Sequence[int]) -> Iterator[date]:
    if len(years) != 1:
        return
    try:
        yield date(years[0], month, day)
    except ValueError:
        return


def _year(heard: str, field: Field, today: date) -> str:
    words = [word for word in words_of(heard) if word not in _COURTESY | {"sinh"}]
    _, year_words = _MONTH_YEAR_WORDS
    if len(words) > 1 and words[0] in year_words:
        words = words[1:]
    years = _years(words, today)
    if len(years) != 1:
        raise AnswerError(Problem.UNCLEAR)
    if years[0] > today.year:
        raise AnswerError(Problem.FUTURE)
    return str(years[0])


def _years(words: Sequence[str], today: date) -> list[int]:
    """The years that words such as "1990", "chín mươi" or "hai nghìn không trăm linh năm" mean."""
    value = _year_number(words)
    if value is None:
        return []
    if value >= 100:
        return [value] if today.year - OLDEST <= value <= today.year + 100 else []
    century = today.year // 100 * 100
    near = (century - 100 + value, century + value)
    return [year for year in near if today.year - OLDEST <= year <= today.year]


def _year_number(words: Sequence[str]) -> int | None:
    if len(words) == 1 and re.fullmatch(r"\d{2}|\d{4}", words[0]):
        return int(words[0])
    digits = [spoken_numbers.digit(word) for word in words]
    if len(words) in (2, 4) and all(digit is not None and digit < 10 for digit in digits):
        return int("".join(map(str, digits)))  # "chín hai", "một chín chín không"
    if digits[:2] in ([1, 9], [2, 0]) and len(words) > 2:
        rest = spoken_numbers.number(list(words[2:]))  # "một chín | chín mươi"
        return None if rest is None or not 10 <= rest < 100 else 100 * _pair(digits) + rest
    value = amount(words)
    return value if value is not None and (value >= 1000 or 10 <= value < 100) else None


def _pair(digits: Sequence[int | None]) -> int:
    return 10 * (digits[0] or 0) + (digits[1] or 0)


# --- numbers ----------------------------------------------------------------------------------


def amount(words: Sequence[str]) -> int | None:
    """The whole number in words or numerals, up to a trillion; None when it is none or ambiguous.

    >>> amount(["năm", "mươi", "triệu"]), amount(["hai", "nghìn", "năm"])
    (50000000, None)
    """
    total, rest, last_scale = 0, list(words), LARGEST
    for name, scale in _SCALES:
        if name not in rest or scale >= last_scale:
            continue
        at = rest.index(name)
        head = _below_thousand(rest[:at])
        if head is None:
            return None
        total, rest, last_scale = total + head * scale, rest[at + 1 :], scale
    if rest == ["rưỡi"] and last_scale < LARGEST:
        return total + last_scale // 2
    if not rest:
        return total if total else None
    # "hai nghìn năm" is 2005 to some and 2500 to others.
    if total and len(rest) == 1:
        return None
    tail = _below_thousand(rest)
    return None if tail is None else total + tail


def _below_thousand(words: Sequence[str]) -> int | None:
    if len(words) == 1 and words[0].isdecimal():
        return int(words[0]) if len(words[0]) <= 12 else None
    return spoken_numbers.number(list(words))


def _whole(heard: str, units: Sequence[str]) -> int:
    plain = re.sub(r"(?<=\d)[.,](?=\d{3}(?:\D|$))", "", heard)
    words = [word for word in words_of(plain) if word not in _COURTESY]
    while words and words[-1] in units:
        words.pop()
    value = amount(words)
    if not value:  # "không" is rather a no than a nought
        raise AnswerError(Problem.UNCLEAR)
    return value


def _money(heard: str, field: Field, today: date) -> str:
    return f"{_whole(heard, ('đồng', 'vnđ', 'vnd', 'việt', 'nam')):,} đồng".replace(",", ".")


def _number(heard: str, field: Field, today: date) -> str:
    units = tuple(words_of(field.unit)) if field.unit else ()
    decimal = re.fullmatch(r"\s*(\d{1,6})[.,](\d{1,2})\s*(?:m2|m²|mét vuông)?\W*", heard)
    if decimal:
        return f"{decimal[1]},{decimal[2]}"
    return str(_whole(heard, ("cái", "bản", "người", "lần", "mét", "vuông", "m2", *units)))


def _digits(heard: str) -> str:
    """Digits spoken one by one or typed, with or without marks between; "" for anything else."""
    digits = ""
    for word in words_of(re.sub(r"[.\-+()]", " ", heard)):
        if word in _COURTESY | {"điện", "thoại"}:
            continue
        if word.isdecimal():
            digits += word
        elif (value := spoken_numbers.digit(word)) is not None and value < 10:
            digits += str(value)
        else:
            return ""
    return digits


def _phone(heard: str, field: Field, today: date) -> str:
    digits = _digits(heard)
    digits = "0" + digits[2:] if digits.startswith("84") else digits
    return digits if _PHONE.fullmatch(digits) else ""


def _identity(heard: str, field: Field, today: date) -> str:
    digits = _digits(heard)
    real = _IDENTITY.fullmatch(digits) and 1 <= int(digits[:3]) <= LAST_PROVINCE_CODE
    return digits if real else ""


# --- words ------------------------------------------------------------------------------------


def _without_courtesy(heard: str) -> str:
    return _TAIL.sub("", _LEAD_IN.sub("", heard, count=1)).strip(" ,.")


def _name(heard: str, field: Field, today: date) -> str:
    words = _without_courtesy(heard).split()
    letters = all(c.isalpha() or c in _NAME_MARKS for word in words for c in word)
    return " ".join(words).upper() if letters and 2 <= len(words) <= 8 else ""


def _email(heard: str, field: Field, today: date) -> str:
    joined = re.sub(r"\s*(?:a còng|a móc|@)\s*", "@", heard.lower())
    joined = re.sub(r"\s*\bchấm\b\s*", ".", joined).replace(" ", "")
    return joined if _EMAIL.fullmatch(joined) else ""


def _text(heard: str, field: Field, today: date) -> str:
    text = _without_courtesy(heard)
    return text[:1].upper() + text[1:] if any(map(str.isalnum, text)) else ""


def _address(heard: str, field: Field, today: date) -> str:
    """Recognisers write all in small letters and words: "số năm phố huế" is "Số 5 phố Huế"."""
    text = _without_courtesy(heard)
    if text == text.lower():
        words = text.split()
        text = " ".join(
            word if word.strip(",.") in _COMMON_NOUNS else word[:1].upper() + word[1:]
            for word in _with_house_numbers(words)
        )
    return _text(text, field, today)


def _with_house_numbers(words: Sequence[str]) -> Iterator[str]:
    at = 0
    while at < len(words):
        word = words[at]
        yield word
        at += 1
        if word not in _NUMBERED:
            continue
        for end in range(len(words), at, -1):
            value = spoken_numbers.number(list(words[at:end]))
            if value is not None and not words[at].isdecimal():
                yield str(value)
                at = end
                break


def _choice(heard: str, field: Field, today: date) -> str:
    """The one option that was said; "không có" is not "có"."""
    spoken = _folded(heard)
    found = {
        plain: option.value
        for option in field.options
        for phrase in option.phrases
        if (plain := _folded(phrase)) in spoken
    }
    outermost = {
        value for plain, value in found.items() if not any(plain in p for p in found if p != plain)
    }
    return outermost.pop() if len(outermost) == 1 else ""


def _folded(text: str) -> str:
    return f" {' '.join(map(fold, words_of(text)))} "


_PARSERS: dict[str, Callable[[str, Field, date], str]] = {
    "name": _name,
    "date": _date,
    "year": _year,
    "phone": _phone,
    "email": _email,
    "identity": _identity,
    "text": _text,
    "address": _address,
    "number": _number,
    "money": _money,
    "choice": _choice,
}
