"""Numbers as they are spoken: "mười lăm" is 15, "không một hai" on a ticket is 012."""

import re

_DIGITS = {
    "không": 0, "một": 1, "mốt": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5, "lăm": 5,
    "nhăm": 5, "sáu": 6, "bảy": 7, "bẩy": 7, "tám": 8, "chín": 9,
}  # fmt: skip
_FOLDED = {
    "khong": 0, "mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "lam": 5, "sau": 6,
    "bay": 7, "tam": 8, "chin": 9,
}  # fmt: skip
_ENGLISH = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10,
}  # fmt: skip
_TENS = {"mươi", "mười", "muoi"}
_ZERO_TENS = {"linh", "lẻ", "le"}
_HUNDREDS = {"trăm", "tram"}
WORDS = _DIGITS | _FOLDED | _ENGLISH


def digit(word: str) -> int | None:
    """Return the value of one number word or numeral below 11, None when it is neither."""
    if word.isdecimal() and len(word) < 4:
        return int(word)
    return 10 if word in _TENS else WORDS.get(word)


def number(words: list[str]) -> int | None:
    """Return the value of a spoken number below 1000, None when the words are no number.

    >>> number(["mười", "lăm"]), number(["một", "trăm", "linh", "ba"])
    (15, 103)
    """
    total, pending = 0, None
    for word in words:
        if word in _HUNDREDS:
            total, pending = total + 100 * (1 if pending is None else pending), None
        elif word in _TENS:
            total, pending = total + 10 * (1 if pending is None else pending), None
        elif word in _ZERO_TENS:
            continue
        elif (value := digit(word)) is not None and pending is None:
            pending = value
        else:
            return None
    return None if not words else total + (pending or 0)


_TICKET = re.compile(r"\b([a-hđ])\s?(\d{1,3})\b")


def ticket(words: list[str]) -> str | None:
    """Return the ticket number in the words, such as A012 for "a không một hai"."""
    if match := _TICKET.search(" ".join(words)):
        return match[1].upper() + match[2].zfill(3)
    for at, word in enumerate(words[:-1]):
        if len(word) != 1 or word not in "abcdefgh":
            continue
        end = at + 1
        while end < len(words) and _is_number_word(words[end]):
            end += 1
        spoken = words[at + 1 : end]
        if not spoken:
            continue
        if len(spoken) == 3 and all(w in WORDS for w in spoken):
            return word.upper() + "".join(str(WORDS[w]) for w in spoken)
        if (value := number(spoken)) is not None and value < 1000:
            return f"{word.upper()}{value:03d}"
    return None


def _is_number_word(word: str) -> bool:
    return digit(word) is not None or word in _HUNDREDS | _ZERO_TENS | _TENS
