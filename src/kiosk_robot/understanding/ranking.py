"""Likeness of an utterance to known phrases, each phrase standing for a target.

A phrase is a bag of weighted features: words and word pairs folded, the same with their marks, and
concepts. (Letters by sound, for s/x or tr/ch, and character n-grams changed nothing measurable:
the word tables and the correction of slips already catch those. Nor did a linear classifier.)
The score of a target is the cosine with its nearest phrase plus a share of what its phrases
together cover of the utterance. Exact, and about half a millisecond for eight thousand phrases.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import count
from sys import intern

import numpy as np
from numpy.typing import NDArray

from kiosk_robot.understanding.text import Reading

_ONSET = r"(?:b|ch?|d|gh?|gi|h|kh?|l|m|ngh?|nh?|ph?|qu|r|s|th?|tr|v|x)?"
_RIME = (
    r"(?:uye|oai|oay|oeo|uay|uoi|uou|ieu|yeu|uya|uyu|oa|oe|uo|ua|ue|uy|ui|uu|ie|ye|ia|iu|eo|eu"
    r"|ai|ao|au|ay|oi|oo|uoa|[aeiouy])(?:ch|c|m|ng|nh|n|p|t)?"
)
_SYLLABLE = re.compile(_ONSET + _RIME)


@dataclass(frozen=True)
class Weights:
    """How much each kind of feature counts; chosen by measurement (kiosk bench understanding)."""

    word: float = 1.0
    pair: float = 0.6
    marked_word: float = 0.7
    marked_pair: float = 0.7
    concept: float = 2.0
    unsaid: float = 0.8  # factor for each qualifier of the phrase that was not said
    unmet: float = 0.85  # factor for each qualifier said that the phrase lacks
    filler: float = 0.15
    coverage: float = 1.5  # of how much of what was said the target covers, against likeness
    background: float = 0.6  # of a word that only the background of a target has


def features(reading: Reading, weights: Weights) -> dict[str, float]:
    """Return the features of a reading with their weights, before rarity is applied."""
    found: dict[str, float] = {}
    marked = reading.marked
    previous: tuple[str, str] | None = None  # the last word that was no filler
    before: str | None = None
    for word, plain, filler in zip(reading.words, reading.folded, reading.filler, strict=True):
        if filler:
            found.setdefault(plain, weights.word * weights.filler)
            if marked:
                found.setdefault(f"'{word}", weights.marked_word * weights.filler)
            if before:
                found.setdefault(f"{before} {plain}", weights.pair * weights.filler)
        else:
            found[plain] = weights.word
            if marked:
                found[f"'{word}"] = weights.marked_word
            if previous:
                found[f"{previous[1]} {plain}"] = weights.pair
                if marked:
                    found[f"'{previous[0]} {word}"] = weights.marked_pair
            previous = (word, plain)
        before = plain
    for concept in reading.concepts:
        found[f"@{concept}"] = weights.concept
    return found


_VERDICT_SHARE = 0.3  # beside the score; 0.2 to 0.4 do as well


@dataclass(frozen=True)
class Hit:
    """One target found: how alike its nearest phrase is, how much of what was said it covers."""

    target: str
    score: float  # likeness and coverage together, [0, 1]
    likeness: float  # cosine with the nearest phrase, [0, 1]
    coverage: float  # share of what was said that occurs in its phrases, [0, 1]
    verdict: float = 0.0  # of a classifier (learned.py), about [-1.5, 1.5]

    @property
    def place(self) -> float:
        """What hits are ordered by, about [-0.45, 1.3]."""
        return self.score + _VERDICT_SHARE * self.verdict

    @property
    def confidence(self) -> float:
        """`place` brought into [0, 1]; comparable only within one ranking."""
        return round(min(max((self.place + 0.45) / 1.75, 0.0), 1.0), 4)


class _Bags:
    """The bags of features of phrases, read one at a time, so that no reading is kept."""

    def __init__(self, phrases: Iterable[tuple[Reading, str]], weights: Weights) -> None:
        self.targets: list[str] = []
        self.qualified: defaultdict[str, list[int]] = defaultdict(list)  # phrases, by qualifier
        numbers: defaultdict[str, int] = defaultdict(count().__next__)  # by feature
        self._columns: list[int] = []
        self._values: list[float] = []
        self._sizes: list[int] = []
        for n, (reading, target) in enumerate(phrases):
            found = features(reading, weights)
            self._columns += map(numbers.__getitem__, map(intern, found))
            self._values += found.values()
            self._sizes.append(len(found))
            self.targets.append(target)
            for qualifier in reading.qualifiers:
                self.qualified[qualifier].append(n)
        self.numbers = dict(numbers)

    def arrays(
        self, place: NDArray[np.intp]
    ) -> tuple[NDArray[np.intp], NDArray[np.int32], NDArray[np.float32]]:
        """Return row, column and value of every feature, the n-th phrase put in row place[n]."""
        rows = np.repeat(place, self._sizes)
        columns = np.array(self._columns, dtype=np.int32)
        return rows, columns, np.array(self._values, dtype=np.float32)


class Ranker:
    """Ranks targets by likeness of an utterance to their phrases."""

    def __init__(
        self,
        phrases: Iterable[tuple[Reading, str]],
        weights: Weights | None = None,
        background: Iterable[tuple[Reading, str]] = (),
    ) -> None:
        """Index `phrases`, each with its target.

        `background` is text about a target that nobody would say as such, but that explains words
        said.
        """
        self.weights = weights or Weights()
        bags = _Bags(phrases, self.weights)
        self._vocabulary = bags.numbers
        self.targets = sorted(set(bags.targets))
        number = {t: n for n, t in enumerate(self.targets)}
        owner = np.array([number[t] for t in bags.targets], dtype=np.int32)
        # Phrases are kept together by target; `place` is where the phrase given as the n-th went.
        self.sources = np.argsort(owner, kind="stable")
        place = np.empty_like(self.sources)
        place[self.sources] = np.arange(len(owner))
        owner = owner[self.sources]
        self._size = len(owner)
        self._starts = np.searchsorted(owner, np.arange(len(self.targets)))
        rows, columns, values = bags.arrays(place)
        total = len(self.targets)
        pairs = np.unique(columns.astype(np.int64) * total + owner[rows])
        spread = np.bincount(pairs // total, minlength=len(self._vocabulary))
        self._rarity = np.log1p((total - spread + 0.5) / (spread + 0.5)).astype(np.float32)
        values = values * self._rarity[columns]
        self._is_marked = np.array([f.startswith("'") for f in self._vocabulary], dtype=bool)
        self._norm_all, self._norm_plain = self._norms(rows, columns, values)
        order = np.argsort(columns, kind="stable")
        self._rows, self._values = rows[order], values[order]
        self._offsets = np.searchsorted(columns[order], np.arange(len(self._vocabulary) + 1))
        behind = [
            self._vocabulary[feature] * total + number[target]
            for reading, target in background
            if target in number
            for feature in features(reading, self.weights)
            if feature in self._vocabulary
        ]
        behind_pairs = np.setdiff1d(np.array(behind, dtype=np.int64), pairs)
        every = np.concatenate([pairs, behind_pairs])
        shares = np.repeat([1.0, self.weights.background], [len(pairs), len(behind_pairs)])
        order = np.argsort(every)
        self._owners = every[order] % total
        self._owner_shares = shares[order].astype(np.float32)
        self._owner_offsets = np.searchsorted(
            every[order], np.arange(len(self._vocabulary) + 1, dtype=np.int64) * total
        )
        self._qualified = {
            q: np.bincount(place[given], minlength=self._size)
            for q, given in bags.qualified.items()
        }
        self._qualifier_count = sum(self._qualified.values(), np.zeros(self._size, dtype=np.intp))
        steps = np.arange(20, dtype=np.float32)
        self._unsaid, self._unmet = self.weights.unsaid**steps, self.weights.unmet**steps
        self.known = {f for f in self._vocabulary if f[0] not in "'@" and " " not in f}
        self._deletes = _deletion_table(self.known)

    def _norms(
        self,
        rows: NDArray[np.intp],
        columns: NDArray[np.int32],
        values: NDArray[np.float32],
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        squares = values**2
        everything = np.bincount(rows, squares, minlength=self._size)
        plain = np.bincount(rows, squares * ~self._is_marked[columns], minlength=self._size)
        return np.sqrt(everything + 1e-9).astype(np.float32), np.sqrt(plain + 1e-9).astype(
            np.float32
        )

    def rank(self, reading: Reading, most: int = 40) -> list[Hit]:
        """Return the best `most` targets, best first; empty when nothing at all is shared."""
        likeness, coverage = self._compare(self.query(reading), reading)
        nearest = np.maximum.reduceat(likeness, self._starts)
        combined = (nearest + self.weights.coverage * coverage) / (1 + self.weights.coverage)
        best = np.argsort(-combined, kind="stable")[:most]
        return [
            Hit(self.targets[n], float(combined[n]), float(nearest[n]), float(coverage[n]))
            for n in best
            if nearest[n]
        ]

    def nearest(self, reading: Reading, target: str) -> int:
        """Return the number of the phrase of `target` that is most like the reading."""
        likeness, _ = self._compare(self.query(reading), reading)
        n = self.targets.index(target)
        end = self._starts[n + 1] if n + 1 < len(self._starts) else self._size
        return int(self.sources[self._starts[n] + np.argmax(likeness[self._starts[n] : end])])

    def _compare(
        self, query: Mapping[str, float], reading: Reading
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the likeness of every phrase and the coverage of every target."""
        scores = np.zeros(self._size, dtype=np.float32)
        covered = np.zeros(len(self.targets), dtype=np.float32)
        total = 1e-9
        for feature, weight in query.items():
            column = self._vocabulary.get(feature)
            if column is None:
                total += (weight * float(np.log1p(2 * len(self.targets)))) ** 2 * 0.25
                continue
            value = weight * float(self._rarity[column])
            total += value * value
            at, end = self._offsets[column], self._offsets[column + 1]
            scores[self._rows[at:end]] += self._values[at:end] * value
            at, end = self._owner_offsets[column], self._owner_offsets[column + 1]
            covered[self._owners[at:end]] += value * value * self._owner_shares[at:end]
        norms = self._norm_all if reading.marked else self._norm_plain
        factor = self._qualifier_factor(reading)
        likeness = scores / (norms * np.sqrt(total)) * factor
        return likeness, covered / np.float32(total) * np.maximum.reduceat(factor, self._starts)

    def _qualifier_factor(self, reading: Reading) -> NDArray[np.float32]:
        met = np.zeros(self._size, dtype=np.intp)
        for qualifier in reading.qualifiers:
            met += self._qualified.get(qualifier, 0)
        factor: NDArray[np.float32] = self._unsaid[self._qualifier_count - met]
        return factor * self._unmet[len(reading.qualifiers) - met]

    def query(self, reading: Reading) -> dict[str, float]:
        """Return the features of a reading with their weights, slips of spelling corrected."""
        corrected = [self._correct(w) for w in reading.folded]
        if corrected == list(reading.folded):
            return features(reading, self.weights)
        return features(replace(reading, folded=tuple(corrected)), self.weights)

    def _correct(self, word: str) -> str:
        """Return the one known word a single slip away from `word` when `word` is no syllable."""
        if word in self.known or len(word) < 3 or _SYLLABLE.fullmatch(word) or word.isdecimal():
            return word
        candidates = Counter(
            known for cut in (word, *_cuts(word)) for known in self._deletes.get(cut, ())
        )
        return max(candidates, key=lambda w: (candidates[w], w[0] == word[0], w), default=word)


def _cuts(word: str) -> list[str]:
    return [word[:i] + word[i + 1 :] for i in range(len(word))]


def _deletion_table(words: Iterable[str]) -> dict[str, list[str]]:
    table: dict[str, list[str]] = {}
    for word in sorted(words):
        if len(word) > 2:
            for cut in {word, *_cuts(word)}:
                table.setdefault(cut, []).append(word)
    return table
