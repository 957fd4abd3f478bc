"""Whole numbers in Vietnamese words, the way people in the North say them.

num2words 0.5.14 was weighed for this and is right for 15, 21 and (as a variant) 24 only: it says
"lẻ" for "linh", "một nghìn lẻ một" for 1001, and reads 0.05 as "không phẩy năm".
"""

DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_UNITS_AFTER_TENS = {1: "mốt", 4: "tư", 5: "lăm"}


def cardinal(number: int) -> str:
    """Say a whole number from 0 up: 1005 is "một nghìn không trăm linh năm".

    Raises ValueError when it is negative.
    """
    if number < 0:
        raise ValueError(f"only numbers from 0 up are read out, not {number}")
    return " ".join(_words(number, full=False)) or DIGITS[0]


def by_digit(digits: str) -> str:
    """Say digits one by one: "012" is "không một hai"."""
    return " ".join(DIGITS[int(digit)] for digit in digits)


def _words(number: int, *, full: bool) -> list[str]:
    """Words of a number, nothing for 0. `full` also says the empty hundreds ("không trăm")."""
    for size, name in ((10**9, "tỷ"), (10**6, "triệu"), (10**3, "nghìn")):
        if number >= size:
            head, rest = divmod(number, size)
            return [*_words(head, full=full), name, *_words(rest, full=True)]
    return _below_thousand(number, full=full)


def _below_thousand(number: int, *, full: bool) -> list[str]:
    if number == 0:
        return []
    hundreds, rest = divmod(number, 100)
    words = [DIGITS[hundreds], "trăm"] if hundreds or full else []
    tens, units = divmod(rest, 10)
    if tens == 0:
        if units:
            words += ["linh"] * bool(words) + [DIGITS[units]]
        return words
    words += ["mười"] if tens == 1 else [DIGITS[tens], "mươi"]
    if units and tens == 1:
        words.append("lăm" if units == 5 else DIGITS[units])
    elif units:
        words.append(_UNITS_AFTER_TENS.get(units, DIGITS[units]))
    return words
