"""Finds procedures by what has been typed of their names so far."""

import re
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
from rapidfuzz import fuzz, process

from kiosk_robot.catalogue.model import Procedure
from kiosk_robot.understanding.text import fold, words_of

CLOSE_ENOUGH = 72.0  # of 100: two slips in a short word are too many
FAR_FROM_NAME = 3.0  # an everyday wording counts a little less than the name itself

_HEARD_AS = {"tr": "ch", "s": "x", "gi": "d", "r": "d"}
_HEARD = re.compile(r"\b(?:tr|s|gi(?=[aeou])|r)")


class ProcedureSearch:
    """Names, official names and everyday wordings, compared without marks and with slips.

    `english` has names by code. Scores are of rapidfuzz, 0 to 100.
    """

    def __init__(self, procedures: Iterable[Procedure], english: Mapping[str, str]) -> None:
        entries = [entry for one in procedures for entry in _entries(one, english)]
        self._codes = [code for code, _, _ in entries]
        self._phrases = [_plain(phrase) for _, phrase, _ in entries]
        self._less = np.array([less for _, _, less in entries])

    def find(self, text: str, most: int = 8) -> list[str]:
        """Official codes, best first; none for a text that is like no name."""
        asked = _plain(text)
        if len(asked) < 2:
            return []
        scores = self._scores(asked)
        found: dict[str, None] = {}
        for place in np.argsort(-scores, kind="stable"):
            if scores[place] < CLOSE_ENOUGH or len(found) == most:
                break
            found.setdefault(self._codes[place])
        return list(found)

    def _scores(self, asked: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Mostly how much of what was typed is there, in any order; then how much else is."""
        part, words, whole = (
            process.cdist([asked], self._phrases, scorer=scorer)[0].astype(float)
            for scorer in (fuzz.partial_ratio, fuzz.token_set_ratio, fuzz.ratio)
        )
        there = np.maximum(part, words - FAR_FROM_NAME)
        scores: np.ndarray[tuple[int], np.dtype[np.float64]] = (
            0.9 * there + 0.1 * whole - self._less
        )
        return scores


def _entries(procedure: Procedure, english: Mapping[str, str]) -> Iterator[tuple[str, str, float]]:
    names = {procedure.name, procedure.official_name, english.get(procedure.code, procedure.name)}
    yield from ((procedure.code, name, 0.0) for name in sorted(names))
    yield from ((procedure.code, alias, FAR_FROM_NAME) for alias in procedure.aliases)


def _plain(text: str) -> str:
    """As it is heard in Hà Nội, where tr is ch, s is x, and r and gi are d."""
    return _HEARD.sub(lambda found: _HEARD_AS[found[0]], " ".join(map(fold, words_of(text))))
