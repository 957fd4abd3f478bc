"""Text as people read it aloud: numbers, money, dates, times, codes and abbreviations in words.

Abbreviations and letter names are data (`readings.<locale>.yaml`); numbers are grammar. Vietnamese
numbers are our own (`numerals`), English ones come from num2words.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from importlib.resources import files

import yaml
from num2words import num2words  # type: ignore[import-untyped]

from kiosk_robot.speech import numerals

LOCALES = ("vi", "en")

_LARGEST = 10**12  # longer digit strings are numbers of something, read digit by digit
_GROUPED = r"[1-9][0-9]{0,2}(?:\.[0-9]{3})+|[1-9][0-9]{0,2}(?:,[0-9]{3})+"
_NUMBER = rf"(?:{_GROUPED}|[0-9]+)"
_SPACED = rf"(?:[1-9][0-9]{{0,2}}(?:[ \u00a0\u202f][0-9]{{3}})+|{_NUMBER})"
_DATE = r"[0-9]{1,2}(?P<mark>[/.-])[0-9]{1,2}(?P=mark)[0-9]{4}"
_CLOCK = r"[0-9]{1,2}(?:[:hg][0-5][0-9]|h)"
_START, _END = r"(?<![\w.,/:-])", r"(?![\w/]|[.,:-][0-9])"

_PROCEDURE_CODE = re.compile(  # 1.001193, in full 1.001193.000.00.00.H26
    r"(?<![\w.,])([0-9]\.[0-9]{6}(?:\.[0-9]{2,3})*)(?:\.(?=[^\W\d_])|(?![\w]|[.,][0-9]))"
)
_LAW_NUMBER = re.compile(r"(?<![\w/])([0-9]{1,4})/([0-9]{4})/(?=\s?[^\W\d_])")
_PHONE = re.compile(
    r"(?<![\w.,])(?:\+84|0[1-9][0-9]{0,2}|1[89]00)(?:[ .-]?[0-9]{2,4}){1,4}(?![\w]|[.,-][0-9])"
)
_HOTLINE = re.compile(
    r"\b(gọi|tổng đài|đường dây nóng|điện thoại|call|hotline)( số| at)? "
    r"([0-9]{3,5})(?!\w|[ .,-]?[0-9])",
    re.IGNORECASE,
)
_DASH = re.compile(rf"(?<![\w/:])((?:ngày )?(?:{_DATE}|{_CLOCK}))\s*[-–—]\s*(?=[0-9])")
_RANGE = re.compile(rf"{_START}({_NUMBER})\s*[-–—]\s*({_NUMBER})(?![\w/-]|[.,:][0-9])")
_ISO_DATE = re.compile(rf"{_START}([0-9]{{4}})-([0-9]{{2}})-([0-9]{{2}}){_END}")
_FULL_DATE = re.compile(
    rf"(?<![\w/:-])(ngày\s+)?([0-9]{{1,2}})([/.-])([0-9]{{1,2}})\3([0-9]{{4}}){_END}", re.IGNORECASE
)
_OF_YEAR = re.compile(r"(?<=[^\W\d_])/(?=[12][0-9]{3}(?![\w/]))")  # quý III/2026
_MONTH_YEAR = re.compile(
    rf"(?<![\w.,/:-])(tháng\s+)?([0-9]{{1,2}})/([0-9]{{4}}){_END}", re.IGNORECASE
)
_SHORT_DATE = re.compile(
    rf"(?<![\w.,/:-])(ngày\s+)?([0-9]{{1,2}})/([0-9]{{1,2}}){_END}", re.IGNORECASE
)
_TIME = re.compile(
    r"(?<![\w.,/:-])([0-9]{1,2})(?::([0-5][0-9])|[hg]([0-5][0-9])|h)(?!\w|[:.,][0-9])"
)
_MONEY = re.compile(
    rf"(?<![\w.,])({_SPACED})(?:\s*(?:đồng|VND|VNĐ|vnđ|vnd|dong)|\s*[đ₫])(?!\w)(?:\s*/\s*(?=[^\W\d_]))?"
)
_PERCENT = re.compile(r"(?<=[0-9])\s*%")
_TIMES = re.compile(r"(?<=[0-9])\s*[x×]\s*(?=[0-9])")
_ORDINAL_VI = re.compile(r"\b(tháng|thứ|quý)\s+0?([14])(?!\w|[/.,][0-9])", re.IGNORECASE)
_ORDINAL_EN = re.compile(r"(?<![\w.,])([0-9]{1,4})(?:st|nd|rd|th)\b")
_DECIMAL = re.compile(rf"(?<!\w)({_NUMBER})(?:[.,]([0-9]+))?(?!\w)")
_CODE = re.compile(r"(?<!\w)([A-ZĐ]{1,5})[-.]?([0-9]{1,12})(?!\w)")
_CONSONANTS = re.compile(r"(?<!\w)[BCDĐFGHJKLMNPQRSTVWXZ]{2,6}(?!\w)")
_ROMAN = re.compile(
    r"\b(cấp|mục|phần|chương|quý|phụ lục|loại|hạng|khóa)(\s+)"
    r"(VIII|VII|III|IV|VI|IX|II|I|V|X)(?!\w)",
    re.IGNORECASE,
)
_ROMAN_VALUES = dict(
    zip(("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"), range(1, 11), strict=True)
)
_SLASH = re.compile(r"(?<=[^\W\d_])\s*/\s*(?=[^\W\d_])")
_ANY_DIGITS = re.compile(r"[0-9]+")
_SPACES = re.compile(r"[ \t\u00a0\u202f]+")

_FRACTIONS = {(1, 2), (1, 3), (2, 3), (1, 4), (3, 4)}


def read_aloud(text: str, locale: str = "vi") -> str:
    """Spell out everything a voice would stumble over; ready for the speech engine.

    The result is NFC and has no digit 0-9 left. Any string is accepted. Raises ValueError for a
    locale other than "vi" and "en".
    """
    reader = _reader(locale)
    return _tidy(reader.leftovers(reader.numbers(reader.names(_clean(text)))))


def read_numbers(text: str, locale: str = "vi") -> str:
    """Spell out numbers, money, dates and times only; codes (CT01) and names (VNeID) stay written.

    This is what captions show. Raises ValueError for a locale other than "vi" and "en".
    """
    return _tidy(_reader(locale).numbers(_clean(text)))


def _clean(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _tidy(text: str) -> str:
    return _SPACES.sub(" ", text).strip()


class _Reader:
    """The rules both languages share, in the order they apply; subclasses bring the grammar."""

    locale: str

    def __init__(self) -> None:
        source = files(__package__).joinpath(f"readings.{self.locale}.yaml")
        data = yaml.safe_load(source.read_text(encoding="utf-8"))
        self.letters: dict[str, str] = data["letters"]
        self.abbreviations: dict[str, str] = data["abbreviations"]
        self.words: dict[str, str] = data["words"]
        longest_first = sorted(self.abbreviations, key=len, reverse=True)
        self._abbreviation = re.compile(
            r"(?<![^\W\d_])(?:" + "|".join(map(re.escape, longest_first)) + r")(?!\w)"
        )

    def cardinal(self, number: int) -> str:
        raise NotImplementedError

    def by_digit(self, digits: str) -> str:
        raise NotImplementedError

    def date(self, day: int, month: int, year: int | None) -> str:
        raise NotImplementedError

    def month(self, month: int, year: int) -> str:
        raise NotImplementedError

    def time(self, hour: int, minute: int) -> str:
        raise NotImplementedError

    def fraction(self, part: int, whole: int) -> str:
        raise NotImplementedError

    def ordinals(self, text: str) -> str:
        raise NotImplementedError

    def names(self, text: str) -> str:
        """Abbreviations, Roman numerals and letter codes."""
        text = self._abbreviation.sub(self._abbreviated, text)
        text = _ROMAN.sub(
            lambda m: f"{m[1]}{m[2]}{self.cardinal(_ROMAN_VALUES[m[3].upper()])}", text
        )
        return _CODE.sub(lambda m: f"{self._spell(m[1])} {self.by_digit(m[2])}", text)

    def numbers(self, text: str) -> str:
        """Everything that is written in digits and stands by itself."""
        to, words = f" {self.words['to']} ", self.words
        steps: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
            (_PROCEDURE_CODE, self._procedure_code),
            (_LAW_NUMBER, lambda m: f"{self._whole(m[1])} {words['year']} {self._whole(m[2])} "),
            (_HOTLINE, lambda m: f"{m[1]}{m[2] or ''} {self.by_digit(m[3])}"),
            (_DASH, lambda m: m[1] + to),
            (_OF_YEAR, lambda _: f" {words['year']} "),
            (_ISO_DATE, lambda m: self._date(m, m[3], m[2], m[1])),
            (_FULL_DATE, lambda m: self._date(m, m[2], m[4], m[5])),
            (_PHONE, self._phone),
            (_MONTH_YEAR, self._month),
            (_SHORT_DATE, self._short_date),
            (_TIME, self._time),
            (_RANGE, self._range),
            (_MONEY, self._money),
            (_PERCENT, lambda _: f" {words['percent']}"),
            (_TIMES, lambda _: f" {words['times']} "),
        )
        for pattern, say in steps:
            text = pattern.sub(say, text)
        return _DECIMAL.sub(self._decimal, self.ordinals(text))

    def leftovers(self, text: str) -> str:
        """Unknown abbreviations, digits glued to letters, the slash between words (a pause)."""
        text = _CONSONANTS.sub(lambda m: self._spell(m[0]), text)
        text = _ANY_DIGITS.sub(lambda m: f" {self._whole(m[0])} ", text)
        return _SLASH.sub(", ", text)

    def _abbreviated(self, match: re.Match[str]) -> str:
        before = match.string[max(match.start() - 1, 0) : match.start()]
        return " " * before.isdigit() + self.abbreviations[match[0]]

    def _spell(self, letters: str) -> str:
        return " ".join(self.letters.get(letter, letter) for letter in letters)

    def _whole(self, written: str) -> str:
        digits = re.sub(r"[^0-9]", "", written)
        too_long = len(digits) > len(str(_LARGEST))
        if too_long or (digits[0] == "0" and len(digits) > 2) or digits == "00":
            return self.by_digit(digits)
        return self.cardinal(int(digits))

    def _decimal(self, match: re.Match[str]) -> str:
        whole, fraction = match[1], match[2]
        if fraction is None:
            return self._whole(whole)
        return f"{self._whole(whole)} {self.words['point']} {self._fraction_digits(fraction)}"

    def _fraction_digits(self, digits: str) -> str:
        return self.by_digit(digits)

    def _procedure_code(self, match: re.Match[str]) -> str:
        said = f" {self.words['dot']} ".join(map(self.by_digit, match[1].split(".")))
        return said + (f" {self.words['dot']} " if match[0].endswith(".") else "")

    def _phone(self, match: re.Match[str]) -> str:
        digits = re.sub(r"[^0-9]", "", match[0])
        if not 7 <= len(digits) <= 11:
            return match[0]
        groups = re.findall(r"[0-9]+", match[0])
        if len(groups) == 1:
            groups = [digits[:4], digits[4:7], digits[7:]]
        return ", ".join(self.by_digit(group) for group in groups if group)

    def _money(self, match: re.Match[str]) -> str:
        per = f" {self.words['per']} " if match[0].rstrip().endswith("/") else ""
        return f"{self._whole(match[1])} {self.words['currency']}{per}"

    def _range(self, match: re.Match[str]) -> str:
        low, high = (re.sub(r"[.,]", "", match[group]) for group in (1, 2))
        if len(low) > len(high) or (len(low) == len(high) and low >= high):
            return match[0]
        return f"{match[1]} {self.words['to']} {match[2]}"

    def _date(self, match: re.Match[str], day: str, month: str, year: str) -> str:
        if not (1 <= int(day) <= 31 and 1 <= int(month) <= 12):
            return match[0]
        return self.date(int(day), int(month), int(year))

    def _short_date(self, match: re.Match[str]) -> str:
        first, second = int(match[2]), int(match[3])
        if match[1] is None and (first, second) in _FRACTIONS:
            return self.fraction(first, second)
        if not (1 <= first <= 31 and 1 <= second <= 12):
            return match[0]
        return self.date(first, second, None)

    def _month(self, match: re.Match[str]) -> str:
        month = int(match[2])
        return self.month(month, int(match[3])) if 1 <= month <= 12 else match[0]

    def _time(self, match: re.Match[str]) -> str:
        hour = int(match[1])
        return self.time(hour, int(match[2] or match[3] or 0)) if hour <= 24 else match[0]


class _Vietnamese(_Reader):
    locale = "vi"

    def cardinal(self, number: int) -> str:
        return numerals.cardinal(number)

    def by_digit(self, digits: str) -> str:
        return numerals.by_digit(digits)

    def date(self, day: int, month: int, year: int | None) -> str:
        day_words = f"mùng {self.cardinal(day)}" if day <= 10 else self.cardinal(day)
        end = "" if year is None else f" năm {self.cardinal(year)}"
        return f"ngày {day_words} tháng {self._month_name(month)}{end}"

    def month(self, month: int, year: int) -> str:
        return f"tháng {self._month_name(month)} năm {self.cardinal(year)}"

    def time(self, hour: int, minute: int) -> str:
        if minute == 0:
            return f"{self.cardinal(hour)} giờ"
        unit = " phút" if minute < 10 else ""
        return f"{self.cardinal(hour)} giờ {self.cardinal(minute)}{unit}"

    def fraction(self, part: int, whole: int) -> str:
        return f"{self.cardinal(part)} phần {self.cardinal(whole)}"

    def ordinals(self, text: str) -> str:
        return _ORDINAL_VI.sub(self._ordinal, text)

    def _ordinal(self, match: re.Match[str]) -> str:
        if match[2] == "4":
            return f"{match[1]} tư"
        return f"{match[1]} {'nhất' if match[1].lower() == 'thứ' else 'một'}"

    def _month_name(self, month: int) -> str:
        return "tư" if month == 4 else self.cardinal(month)

    def _fraction_digits(self, digits: str) -> str:
        # "hai phẩy hai mươi lăm", but "không phẩy không năm" and "ba phẩy một bốn một"
        return (
            self._whole(digits) if len(digits) <= 2 and digits[0] != "0" else self.by_digit(digits)
        )


class _English(_Reader):
    locale = "en"
    _MONTHS = (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    )

    def cardinal(self, number: int) -> str:
        return self._say(number, "cardinal")

    def by_digit(self, digits: str) -> str:
        return " ".join(self.cardinal(int(digit)) for digit in digits)

    def date(self, day: int, month: int, year: int | None) -> str:
        end = "" if year is None else f" {self._say(year, 'year')}"
        return f"the {self._say(day, 'ordinal')} of {self._MONTHS[month - 1]}{end}"

    def month(self, month: int, year: int) -> str:
        return f"{self._MONTHS[month - 1]} {self._say(year, 'year')}"

    def time(self, hour: int, minute: int) -> str:
        half = "p.m." if 12 <= hour < 24 else "a.m."
        minutes = "" if minute == 0 else " oh"[: 3 * (minute < 10)] + f" {self.cardinal(minute)}"
        return f"{self.cardinal((hour - 1) % 12 + 1)}{minutes} {half}"

    def fraction(self, part: int, whole: int) -> str:
        return f"{self.cardinal(part)} over {self.cardinal(whole)}"

    def ordinals(self, text: str) -> str:
        return _ORDINAL_EN.sub(lambda m: self._say(int(m[1]), "ordinal"), text)

    @staticmethod
    def _say(number: int, form: str) -> str:
        return str(num2words(number, lang="en", to=form))


@cache
def _reader(locale: str) -> _Reader:
    for kind in (_Vietnamese, _English):
        if kind.locale == locale:
            return kind()
    raise ValueError(f"no reading rules for locale {locale!r}, only for {', '.join(LOCALES)}")
