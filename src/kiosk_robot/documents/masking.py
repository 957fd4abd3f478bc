"""Hiding identity numbers in whatever leaves the robot's memory: topics, logs, transcripts."""

import re

_WORDS = "không|một|mốt|hai|ba|bốn|tư|năm|lăm|sáu|bảy|bẩy|tám|chín"
_DIGIT = rf"(?:\d|\b(?:{_WORDS})\b)"
_RUN = re.compile(rf"{_DIGIT}(?:[\s.]{{0,3}}{_DIGIT}){{8,}}", re.IGNORECASE)


def mask_number(number: str) -> str:
    """The first and last third of a number, stars between: "001098012345" gives "0010****2345"."""
    kept = len(number) // 3
    return number[:kept] + "*" * (len(number) - 2 * kept) + number[len(number) - kept :]


def mask_words(text: str) -> str:
    """The initials of a text, stars for what follows: "Nguyễn Văn An" gives "N*** V*** A***"."""
    return " ".join(f"{word[0]}***" for word in text.split())


def mask_numbers_in(text: str) -> str:
    """Free text with every run of nine digits or more masked.

    Digits may be set apart by spaces or dots, or be words as a recogniser writes them ("không không
    một …"). A run of 9 to 12 figures keeps its ends, to be told apart by staff; any other is stars.
    """
    return _RUN.sub(_masked, text)


def _masked(run: re.Match[str]) -> str:
    digits = re.sub(r"[\s.]", "", run[0])
    return mask_number(digits) if digits.isdecimal() and len(digits) <= 12 else "****"
