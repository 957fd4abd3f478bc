"""Vietnamese text as citizens say, type or mistype it, read into tokens that can be compared.

Order of work: NFC and lower case, old tone placement (hoà -> hòa), abbreviations, dialect and
chat spelling replaced by the standard words (data/words.<locale>.yaml), then two views of every
token: with its marks and folded to plain letters. Text typed without marks is compared by the
folded view only.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import lru_cache
from importlib.resources import files
from sys import intern
from typing import Any

from kiosk_robot.understanding.templates import expand
from kiosk_robot.yaml_text import parse_yaml

MAX_LENGTH = 600  # characters; nobody says more in one breath
_WORD = re.compile(r"[^\W_]+(?:/[^\W_]+)*")
_TONE_PLACES = (
    (re.compile(r"o([àáảãạ])(?!\w)"), "òóỏõọ", "àáảãạ", "a"),
    (re.compile(r"o([èéẻẽẹ])(?!\w)"), "òóỏõọ", "èéẻẽẹ", "e"),
    (re.compile(r"(?<!q)u([ỳýỷỹỵ])(?!\w)"), "ùúủũụ", "ỳýỷỹỵ", "y"),
)
_NEW_PLACE = re.compile(r"(?:o[àáảãạèéẻẽẹ]|u[ỳýỷỹỵ])(?!\w)")
_MARKS_SHARE = 0.3  # of words; written Vietnamese carries marks on about three words in four


def load_data(name: str) -> Any:
    """Return the parsed YAML file `data/<name>` of this package."""
    source = files("kiosk_robot.understanding").joinpath("data", name).read_text(encoding="utf-8")
    return parse_yaml(source)


def data_names(pattern: str) -> list[str]:
    """Return the names of the data files of this package that match `pattern`, sorted."""
    folder = files("kiosk_robot.understanding").joinpath("data")
    return sorted(entry.name for entry in folder.iterdir() if fnmatch(entry.name, pattern))


def clean(text: str) -> str:
    """Return `text` in NFC without control characters, cut to MAX_LENGTH."""
    text = unicodedata.normalize("NFC", text[: 4 * MAX_LENGTH])
    if not text.isprintable():
        text = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in text)
    return " ".join(text.split())[:MAX_LENGTH]


def place_tones(text: str) -> str:
    """Return lower-case `text` with the tone mark in its old place: hoà -> hòa, thuý -> thúy."""
    for pattern, placed, marked, bare in _TONE_PLACES if _NEW_PLACE.search(text) else ():
        text = pattern.sub(lambda m, p=placed, k=marked, b=bare: p[k.index(m[1])] + b, text)  # type: ignore[misc]
    return text


@lru_cache(maxsize=20_000)
def fold(word: str) -> str:
    """Return `word` in plain letters; i and y, which are often mixed up, become one."""
    plain = unicodedata.normalize("NFD", word.replace("đ", "d").replace("Đ", "D"))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return re.sub(r"(?<=[bcdghklmnpqrstvx])y\b|(?<=qu)y", "i", plain)


def words_of(text: str) -> list[str]:
    """Return the lower-case words of `text` with the tone marks in their old place."""
    return _WORD.findall(place_tones(text.lower()))


@dataclass(frozen=True, slots=True)
class Reading:
    """One utterance, read: parallel tuples with and without marks."""

    words: tuple[str, ...]  # standard words with the marks they came with
    folded: tuple[str, ...]  # the same in plain letters
    filler: tuple[bool, ...]  # courtesy and pronouns: said by everyone, telling nothing
    concepts: frozenset[str]  # everyday wordings recognised, by the name of the concept
    qualifiers: frozenset[str]  # the concepts among them that set sister procedures apart
    marked: bool  # whether it was written with diacritics

    @property
    def content(self) -> tuple[str, ...]:
        """The folded words that are not filler."""
        return tuple(w for w, f in zip(self.folded, self.filler, strict=True) if not f)


class Phrasebook:
    """Phrases to look up in a run of words, with and without marks, longest first."""

    def __init__(self, entries: Mapping[str, str], marked_only: frozenset[str] = frozenset()):
        self._marked: dict[str, str] = {}
        self._plain: dict[str, str | None] = {}  # None: recognised with its marks only
        self._reach: dict[str, int] = {}  # words in the longest phrase beginning with a plain word
        for phrase, value in entries.items():
            words = words_of(phrase)
            plain = [fold(word) for word in words]
            self._marked[intern(" ".join(words))] = value
            key = intern(" ".join(plain))
            self._plain[key] = self._plain.get(key) or (None if phrase in marked_only else value)
            first = intern(plain[0])
            self._reach[first] = max(self._reach.get(first, 0), len(plain))

    def spans(
        self, words: Sequence[str], plain: Sequence[str], marked: bool
    ) -> list[tuple[int, int, str]]:
        """Return (start, end, value) of the phrases found, left to right, without overlap.

        `plain` are the words folded; with `marked` the words are compared with their marks first.
        """
        return self._scan(words, plain, marked, skip_ahead=True)

    def all_spans(
        self, words: Sequence[str], plain: Sequence[str], marked: bool
    ) -> list[tuple[int, int, str]]:
        """Return (start, end, value) of every phrase found, overlapping or not."""
        return self._scan(words, plain, marked, skip_ahead=False)

    def _scan(
        self, words: Sequence[str], plain: Sequence[str], marked: bool, skip_ahead: bool
    ) -> list[tuple[int, int, str]]:
        found: list[tuple[int, int, str]] = []
        free = 0  # where the last phrase found ends
        for at in range(len(words)):
            longest = None
            reach = self._reach.get(plain[at], 0) if at >= free else 0
            for end in range(at + 1, min(at + reach, len(words)) + 1):
                key = " ".join(plain[at:end])
                if key not in self._plain:
                    continue
                value = self._marked.get(" ".join(words[at:end])) if marked else self._plain[key]
                if value is None and end > at + 1:  # or a slip in one of its marks
                    value = self._plain[key]
                if value is not None:
                    longest = (at, end, value)
                    if not skip_ahead:
                        found.append(longest)
            if skip_ahead and longest:
                found.append(longest)
                free = longest[1]
        return found


class Reader:
    """Reads text with the word tables of one language, data/words.<locale>.yaml."""

    def __init__(self, tables: Mapping[str, Any]):
        rules: dict[str, str] = tables["rules"]
        marked_only = frozenset(tables["marked_only"])
        self._letters: dict[str, str] = tables["letters"]
        self._replace = Phrasebook(tables["replace"], marked_only)
        self._regional: dict[str, list[str]] = {}  # by standard word
        for said, standard in tables["replace"].items():
            if said in marked_only and " " not in said:
                self._regional.setdefault(standard, []).append(said)
        self._filler = Phrasebook(
            {p: "filler" for t in tables["filler"] for p in expand(t, rules)}, marked_only
        )
        self.qualifiers = frozenset(tables["qualifiers"])
        named: dict[str, list[str]] = {}
        for name, templates in tables["concepts"].items():
            for template in templates:
                for phrase in expand(template, rules):
                    named.setdefault(intern(phrase), []).append(name)
        alike: dict[tuple[str, ...], tuple[str, ...]] = {}  # thousands of phrases, few concepts
        self._named = {  # phrase -> the concepts it stands for
            phrase: alike.setdefault(names, names)
            for phrase, names in ((p, tuple(dict.fromkeys(n))) for p, n in named.items())
        }
        self._concepts = Phrasebook({phrase: phrase for phrase in self._named}, marked_only)
        self._matters: dict[str, bool] = {}

    @classmethod
    def load(cls, locale: str) -> "Reader":
        """Return a reader with the shipped word tables of a language, "vi" or "en"."""
        return cls(load_data(f"words.{locale}.yaml"))

    def read(self, text: str) -> Reading:
        """Return `text` as tokens; any string is accepted."""
        raw = words_of(clean(text))
        with_marks = [w.isascii() for w in raw].count(False)
        written = [w.isalpha() for w in raw].count(True)
        marked = with_marks >= _MARKS_SHARE * written and with_marks > 0
        words = self._standard(raw, marked)
        plain = [fold(word) for word in words]
        filler = [False] * len(words)
        for start, end, _ in self._filler.spans(words, plain, marked):
            filler[start:end] = [True] * (end - start)
        meant = self._concepts.all_spans(words, plain, marked)
        for start, end, phrase in () if marked else meant:
            if self._is_no_filler(phrase):
                filler[start:end] = [False] * (end - start)
        concepts = {name for *_, phrase in meant for name in self._named[phrase]}
        return Reading(
            tuple(words),
            tuple(plain),
            tuple(filler),
            frozenset(concepts),
            self.qualifiers & concepts,
            marked,
        )

    def typed(self, text: str, nth: int) -> str:
        """Return `text` as it is typed without marks; every other one in a regional spelling.

        Without their marks regional words are not told from others ("hông", no, and "hỏng",
        broken), so they are not read as standard words: examples must hold them.
        """
        words = words_of(text)
        if nth % 2:
            spellings = ([*self._regional.get(word, ()), word] for word in words)
            words = [spelt[nth // 2 % len(spelt)] for spelt in spellings]
        return " ".join(map(fold, words))

    def _is_no_filler(self, phrase: str) -> bool:
        """Whether a concept's phrase has no filler: without marks "can cuoc" looks like "cần"."""
        if phrase not in self._matters:
            words = words_of(phrase)
            found = self._filler.spans(words, [fold(word) for word in words], marked=True)
            self._matters[phrase] = len(words) > 1 and not found
        return self._matters[phrase]

    def _standard(self, raw: list[str], marked: bool) -> list[str]:
        words: list[str] = []
        at = 0
        for start, end, value in self._replace.spans(raw, [fold(word) for word in raw], marked):
            words += self._spelt(raw[at:start]) + value.split()
            at = end
        return words + self._spelt(raw[at:])

    def _spelt(self, words: list[str]) -> list[str]:
        """Return `words` with the letters chat spelling puts for others: fép -> phép."""
        if self._letters.keys().isdisjoint("".join(words)):
            return words
        spelt = []
        for word in words:
            for letter, standard in self._letters.items() if len(word) > 1 else ():
                word = word.replace(letter, standard)
            spelt.append(word)
        return spelt
