"""Which of the robot's own services is asked for, and the details ("slots") that came with it.

Templates live in data/intents.<locale>.yaml. An utterance belongs to the intent whose sentences it
is most like, so wordings that nobody wrote down are found as well.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast, get_args

from kiosk_robot.understanding import spoken_numbers
from kiosk_robot.understanding.model import Facet, Intent
from kiosk_robot.understanding.ranking import Ranker, Weights
from kiosk_robot.understanding.templates import core, expand, sample
from kiosk_robot.understanding.text import Phrasebook, Reader, Reading, fold, load_data

_STAFF = re.compile(r"\b(?:can bo|nhan vien|staff|officer)(?: so| ma)? ([a-z])\s?(\d{2})\b")
_SAMPLES = 60  # sentences drawn from each template; more changes nothing measurable
_CORES = 100  # templates with more plain sentences than this are only sampled
# Courtesy tells intents apart ("có", "không", "ở đâu"), so it weighs more here than for procedures.
_WEIGHTS = Weights(filler=0.55, coverage=0.1, concept=0.2, unsaid=1.0, unmet=1.0, pair=0.8)


@dataclass(frozen=True)
class IntentHit:
    """The intent an utterance is most like, and how alike it is, [0, 1].

    `ask_procedure` means: words of a service, but no service of the robot.
    """

    intent: Intent
    likeness: float


class Intents:
    """Intents, facets and slots of one language."""

    def __init__(self, data: Mapping[str, Any], reader: Reader):
        rules: dict[str, str] = data["rules"]
        self._ranker = Ranker(
            (
                (reader.read(sentence), intent)
                for intent, templates in data["intents"].items()
                for template in templates
                for sentence in _sentences(template, rules)
            ),
            _WEIGHTS,
        )
        refusals = {"refusal": data["refusals"], "other": data["no_refusals"]}
        self._refusals = _phrases(refusals, rules)
        self._refusable = frozenset(data["refusable"])
        self._facets = _phrases(data["facets"], rules)
        self._follow_up = _phrases({"follow_up": data["follow_up"]}, rules)
        self._ordinals = _phrases(dict(enumerate(data["ordinals"])), rules, single=True)
        self._ratings = Phrasebook({phrase: str(r) for phrase, r in data["ratings"].items()})

    @classmethod
    def load(cls, locale: str, reader: Reader) -> "Intents":
        """Return the shipped intents of a language, "vi" or "en"."""
        data = load_data(f"intents.{locale}.yaml")
        unknown = set(data["intents"]) - set(get_args(Intent))
        if unknown:
            raise ValueError(f"intents.{locale}.yaml: unknown intents {sorted(unknown)}")
        return cls(data, reader)

    @property
    def known(self) -> frozenset[str]:
        """The folded words that occur in the templates."""
        return frozenset(self._ranker.known)

    def match(self, reading: Reading) -> list[IntentHit]:
        """Return the intents the reading is like, best first; a service refused is a "no"."""
        found = [IntentHit(cast(Intent, h.target), h.score) for h in self._ranker.rank(reading, 3)]
        if found and found[0].intent in self._refusable and self._is_refused(reading):
            return [IntentHit("deny", found[0].likeness), *found[1:]]
        return found

    def _is_refused(self, reading: Reading) -> bool:
        found = self._refusals.spans(reading.words, reading.folded, reading.marked)
        return any(value == "refusal" for *_, value in found)

    def facet(self, reading: Reading) -> Facet | None:
        """Return what is asked about the procedure; the first asked when there are several."""
        found = self._facets.spans(reading.words, reading.folded, reading.marked)
        names = [name for *_, name in found]
        # "làm thế nào" and "ở đâu" come along with everything: a sharper question goes first.
        for name in names:
            if name not in ("steps", "where"):
                return cast(Facet, name)
        return cast(Facet, names[0]) if names else None

    def ordinal(self, reading: Reading) -> int | None:
        """Return the place pointed at ("cái thứ hai" is 1), None when no place is."""
        found = self._ordinals.spans(reading.words, reading.folded, reading.marked)
        return int(found[0][2]) if found else None

    def slots(self, intent: Intent, reading: Reading) -> dict[str, str]:
        """Return the details said along with an intent: rating, counter, ticket, locale."""
        words = list(reading.words)
        slots: dict[str, str] = {}
        if intent == "give_feedback" and (rating := self._rating(reading)):
            slots["rating"] = rating
        if (counter := _after(words, ("quầy", "quay", "ô", "cửa số", "counter"))) is not None:
            slots["counter"] = str(counter)
        if intent == "give_feedback" and (staff := _staff(" ".join(reading.folded))):
            slots["staff"] = staff
        if intent in ("ask_wait", "dossier_status") and (ticket := spoken_numbers.ticket(words)):
            slots["ticket"] = ticket
        if intent == "switch_language":
            plain = " ".join(reading.folded)
            slots["locale"] = "vi" if "viet" in plain else "en"
        return slots

    def _rating(self, reading: Reading) -> str | None:
        words = list(reading.words)
        for unit in ("điểm", "diem", "sao", "star", "stars", "point", "points"):
            for at in (i for i, w in enumerate(words) if w == unit and i):
                value = spoken_numbers.digit(words[at - 1])
                if value is not None and 1 <= value <= 5:
                    return str(value)
        found = self._ratings.spans(words, reading.folded, reading.marked)
        return max(found, key=lambda span: span[1] - span[0])[2] if found else None


def _staff(plain: str) -> str | None:
    """The code on a desk sign, "cán bộ H02"; names are not looked for."""
    match = re.search(
        r"\b(?:can bo|nhan vien|staff|officer)(?: so| ma)? ([a-z])\s?(\d{2})\b", plain
    )
    return match[1].upper() + match[2] if match else None


def _sentences(template: str, rules: Mapping[str, str]) -> list[str]:
    plain = core(template, rules)
    return [*(plain if len(plain) <= _CORES else []), *sample(template, rules, _SAMPLES)]


def _phrases(
    table: Mapping[Any, Any], rules: Mapping[str, str], single: bool = False
) -> Phrasebook:
    entries: dict[str, str] = {}
    for name, templates in table.items():
        for template in [templates] if single else templates:
            for phrase in expand(template, rules):
                if phrase:
                    entries.setdefault(phrase, str(name))
    return Phrasebook(entries)


def _after(words: list[str], markers: tuple[str, ...]) -> int | None:
    for at, word in enumerate(words):
        if word in markers:
            rest = words[at + 1 : at + 3]
            if rest and fold(rest[0]) in ("so", "number"):
                rest = rest[1:]
            value = spoken_numbers.digit(rest[0]) if rest else None
            if value is not None and value > 0:
                return value
    return None
