"""Which of the robot's own services is asked for, and the details ("slots") that came with it.

Templates live in data/intents.<locale>.yaml. One classifier learns their sentences beside the
wordings of all procedures and of what is out of scope, so that wordings nobody wrote down find the
kind they share most with, and a service is told from a procedure that has its words.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, pairwise
from typing import Any, cast, get_args

from kiosk_robot.understanding import spoken_numbers
from kiosk_robot.understanding.learned import Bag, Classifier
from kiosk_robot.understanding.model import Facet, Intent
from kiosk_robot.understanding.templates import core, expand, sample
from kiosk_robot.understanding.text import Phrasebook, Reader, Reading, fold, load_data

_STAFF = re.compile(r"\b(?:can bo|nhan vien|staff|officer)(?: so| ma)? ([a-z])\s?(\d{2})\b")
_SAMPLES = 30  # sentences drawn from each template; more changes nothing measurable
_CORES = 100  # templates with more plain sentences than this are only sampled
Teach = Callable[[Iterable[tuple[str, Intent]]], Classifier]
_PAIR, _MARKED, _CONCEPT = 0.8, 0.5, 0.7  # beside a plain word; twice or half as much do as well


@dataclass(frozen=True)
class IntentHit:
    """An intent and how likely an utterance has it.

    `ask_procedure` and `out_of_scope` mean: no service of the robot.
    """

    intent: Intent
    likelihood: float  # [0, 1]; below 0.5 the classifier would rather say no


def bag_of(reading: Reading) -> Bag:
    """Return the features that tell intents apart.

    Unlike for procedures, courtesy counts ("có", "không", "đi"), and where a sentence begins and
    ends.
    """
    words = ("^", *reading.folded, "$")
    found = {f"{a} {b}": _PAIR for a, b in pairwise(words)}
    found |= dict.fromkeys(reading.folded, 1.0)
    found |= {f"@{concept}": _CONCEPT for concept in reading.concepts}
    return found | ({f"'{word}": _MARKED for word in reading.words} if reading.marked else {})


class Intents:
    """Intents, facets and slots of one language."""

    def __init__(self, data: Mapping[str, Any], classifier: Classifier):
        rules: dict[str, str] = data["rules"]
        self._classifier = classifier
        refusals = {"refusal": data["refusals"], "other": data["no_refusals"]}
        self._refusals = _phrases(refusals, rules)
        self._refusable = frozenset(data["refusable"])
        self._seats = _phrases({"seat": data["seats"]}, rules)
        self._facets = _phrases(data["facets"], rules)
        self._follow_up = _phrases({"follow_up": data["follow_up"]}, rules)
        self._ordinals = _phrases(dict(enumerate(data["ordinals"])), rules, single=True)
        self._ratings = Phrasebook({phrase: str(r) for phrase, r in data["ratings"].items()})

    @classmethod
    def load(
        cls, locale: str, others: Sequence[tuple[str, Intent]], reader: Reader, teach: Teach
    ) -> "Intents":
        """Return the shipped intents of a language, "vi" or "en".

        `others` are the wordings of what is no service; `teach` makes a classifier of sentences
        with their intents.
        """
        data = load_data(f"intents.{locale}.yaml")
        unknown = set(data["intents"]) - set(get_args(Intent))
        if unknown:
            raise ValueError(f"intents.{locale}.yaml: unknown intents {sorted(unknown)}")
        said = [*_sentences(data), *_asked(others, data)]
        typed = [(reader.typed(text, n), intent) for n, (text, intent) in enumerate(said)]
        return cls(data, teach([*said, *typed]))

    @property
    def known(self) -> frozenset[str]:
        """The folded words that occur in the sentences."""
        features = self._classifier.features
        return frozenset(f for f in features if " " not in f and f[0] not in "'@")

    def match(self, reading: Reading) -> list[IntentHit]:
        """Return every intent, the likeliest first; a service refused is a "no"."""
        verdicts = self._classifier.verdicts(bag_of(reading))
        found = [
            IntentHit(cast(Intent, intent), min(max((verdict + 1) / 2, 0.0), 1.0))
            for intent, verdict in sorted(verdicts.items(), key=lambda item: -item[1])
        ]
        if found[0].intent in self._refusable and self._is_refused(reading):
            return [IntentHit("deny", found[0].likelihood), *found[1:]]
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
        """Return the details said along with an intent: rating, counter, ticket, locale, place."""
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
        if intent == "request_drink" and self._seats.spans(words, reading.folded, reading.marked):
            slots["place"] = "seat"
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


def _sentences(data: Mapping[str, Any]) -> Iterator[tuple[str, Intent]]:
    rules: dict[str, str] = data["rules"]
    for intent, templates in data["intents"].items():
        for template in templates:
            plain = core(template, rules)
            for sentence in [*plain[:_CORES], *sample(template, rules, _SAMPLES)]:
                yield sentence, intent


def _asked(
    wordings: Sequence[tuple[str, Intent]], data: Mapping[str, Any]
) -> Iterator[tuple[str, Intent]]:
    """Yield the wordings, procedures also with something asked about them, each in its turn."""
    questions = [
        question
        for templates in data["facets"].values()
        for template in templates
        for question in expand(template, data["rules"])
    ]
    yield from wordings
    for (wording, intent), question in zip(wordings, cycle(questions), strict=False):
        if intent == "ask_procedure":
            yield f"{wording} {question}", intent


def _staff(plain: str) -> str | None:
    """The code on a desk sign, "cán bộ H02"; names are not looked for."""
    match = _STAFF.search(plain)
    return match[1].upper() + match[2] if match else None


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
