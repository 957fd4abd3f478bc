"""All that is needed to understand one language: its word tables, intents, phrases and rankings."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TypeVar, cast

from kiosk_robot.catalogue.catalogue import Catalogue
from kiosk_robot.paths import prepared_dir
from kiosk_robot.understanding.decide import GROUP, OUTSIDE, Choices, Group, Judgement, Wording
from kiosk_robot.understanding.intents import IntentHit, Intents, bag_of
from kiosk_robot.understanding.learned import Bag, Classifier
from kiosk_robot.understanding.model import Intent
from kiosk_robot.understanding.prepared import prepared, texts_of
from kiosk_robot.understanding.ranking import Hit, Ranker
from kiosk_robot.understanding.templates import sample
from kiosk_robot.understanding.text import Reader, Reading, data_names, load_data

_MEMORY = 200  # findings; a few utterances and their parts
_OPEN_SAMPLES = 40  # sentences of each template of an open request
_OUTSIDE_SAMPLES = 50  # sentences of each template out of scope
_T = TypeVar("_T")


class Language:
    """One language's view of an utterance: how it reads, and which intents and targets it is like.

    A target is the official code of a procedure, a group of procedures that an open request leaves
    to choose from, or a topic out of scope.
    """

    def __init__(
        self,
        locale: str,
        phrases: Iterable[tuple[str, str]],
        groups: Mapping[str, Group],
        wording: Wording,
        catalogue: Catalogue,
        background: Iterable[tuple[str, str]] = (),
    ):
        self.locale = locale
        judgement = Judgement(load_data("judgement.yaml"))
        self.choices = Choices(catalogue, groups, wording, judgement)
        self._reader = Reader.load(locale)
        self._phrases = list(phrases)
        self._ranker = Ranker(
            ((self._reader.read(text), target) for text, target in self._phrases),
            background=((self._reader.read(text), target) for text, target in background),
        )
        self._classifier = _taught(
            ((text, _class_of(target)) for text, target in self._phrases),
            lambda text: self._ranker.query(self._reader.read(text)),
        )
        others = [(text, _intent_of(target)) for text, target in self._phrases]
        self.intents = Intents.load(locale, others, self._reader, self._teach_intents)
        self.known = self._ranker.known | self.intents.known
        self._memory: dict[tuple[str, str], object] = {}

    @classmethod
    def vietnamese(cls, catalogue: Catalogue) -> "Language":
        """Return Vietnamese: every procedure of the catalogue can be asked for."""
        groups, open_requests = _open_requests(catalogue)
        names = {p.code: p.name for p in catalogue}
        wording = Wording(names, "Bác cần", ", hay ", " ạ?", reasons=True)
        phrases = [*_called(catalogue), *_wordings(catalogue), *open_requests, *_outside("vi")]
        return cls("vi", phrases, groups, wording, catalogue, _background(catalogue))

    @classmethod
    def english(cls, catalogue: Catalogue) -> "Language":
        """Return English: the procedures of data/procedures.en.yaml can be asked for."""
        data = {c: e for c, e in load_data("procedures.en.yaml").items() if c in catalogue}
        phrases = [(text, c) for c, e in data.items() for text in (e["name"], *e["phrases"])]
        names = {code: entry["name"] for code, entry in data.items()}
        wording = Wording(names, "Do you need", ", or ", "?", reasons=False)
        return cls("en", [*phrases, *_outside("en")], {}, wording, catalogue)

    def _teach_intents(self, sentences: Iterable[tuple[str, Intent]]) -> Classifier:
        return _taught(sentences, lambda text: bag_of(self._reader.read(text)))

    def reading(self, text: str) -> Reading:
        """Return `text` as tokens."""
        return self._remember("reading", text, self._reader.read)

    def likely_intents(self, text: str) -> list[IntentHit]:
        """Return the intents `text` is like, best first."""
        return self._remember("intents", text, lambda t: self.intents.match(self.reading(t)))

    def outside_intent(self, text: str) -> float:
        """Return how much likelier `text` is out of scope than about a procedure, [-1, 1]."""
        likely = {hit.intent: hit.likelihood for hit in self.likely_intents(text)}
        return likely.get("out_of_scope", 0.0) - likely.get("ask_procedure", 0.0)

    def likely_targets(self, text: str) -> list[Hit]:
        """Return the targets `text` is like, best first."""
        return self._remember("targets", text, self._find_targets)

    def _find_targets(self, text: str) -> list[Hit]:
        reading = self.reading(text)
        verdicts = self._classifier.verdicts(self._ranker.query(reading))
        hits = [
            replace(hit, verdict=verdicts[_class_of(hit.target)])
            for hit in self._ranker.rank(reading)
        ]
        return sorted(hits, key=lambda hit: -hit.place)

    def scores(self, text: str, codes: Iterable[str]) -> dict[str, float]:
        """Return the score of each of the procedures `codes`."""
        found = {h.target: h.score for h in self._ranker.rank(self.reading(text), 1_000_000)}
        return {code: found.get(code, 0.0) for code in codes}

    def nearest_phrase(self, text: str, target: str) -> str:
        """Return the known phrase of `target` that `text` is most like."""
        return self._phrases[self._ranker.nearest(self.reading(text), target)][0]

    def _remember(self, what: str, text: str, find: Callable[[str], _T]) -> _T:
        """Return find(text), found once: an utterance and its parts are weighed repeatedly."""
        if (what, text) not in self._memory:
            if len(self._memory) >= _MEMORY:
                self._memory.clear()
            found = find(text)
            self._memory[what, text] = found
            return found
        return cast(_T, self._memory[what, text])


def _taught(wordings: Iterable[tuple[str, str]], bag: Callable[[str], Bag]) -> Classifier:
    """Return a classifier that has learnt the classes of `wordings`."""
    known = list(wordings)
    code = texts_of("text.py", "templates.py", "ranking.py", "learned.py", "intents.py")
    made_from = [*code, *texts_of("data/words.*.yaml"), *(f"{kind} {text}" for text, kind in known)]

    def teach() -> Classifier:
        return Classifier((bag(text), kind) for text, kind in known)

    return prepared(Classifier, made_from, teach, prepared_dir())


def _intent_of(target: str) -> Intent:
    return "out_of_scope" if target.startswith(OUTSIDE) else "ask_procedure"


def _class_of(target: str) -> str:
    """Return what the classifier calls a target: to it, all topics out of scope are one."""
    return OUTSIDE if target.startswith(OUTSIDE) else target


def _called(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """Yield everything the catalogue calls a procedure, with its code."""
    for procedure in catalogue:
        yield procedure.name, procedure.code
        for part in _official(procedure.official_name):
            yield part, procedure.code
        for alias in procedure.aliases:
            yield alias, procedure.code


def _background(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """Yield what belongs to a procedure without naming it: its cases, its result, its field."""
    for procedure in catalogue:
        yield f"{procedure.result} {procedure.field}", procedure.code
        for case in procedure.cases:
            yield " ".join((case.label, *case.cues)), procedure.code


def _open_requests(catalogue: Catalogue) -> tuple[dict[str, Group], list[tuple[str, str]]]:
    """Return the groups by target, and the requests that leave open which of a group is meant.

    Groups of the same procedures are one. A group's `thing` is what people call all of it; said in
    one of the `frames`, which name nothing that tells the procedures apart, it leaves them open.
    """
    data = load_data("clarify.yaml")
    groups: dict[str, Group] = {}
    requests: list[tuple[str, str]] = []
    for entry in data["vi"]:
        if all(code in catalogue for code in entry["options"]):
            target = GROUP + " ".join(sorted(entry["options"]))
            groups.setdefault(target, Group(entry["options"], entry.get("lead")))
            rules = {"thing": entry.get("thing", "")}
            framed = [t for name in entry.get("frames", ()) for t in data["frames"][name]]
            for template in (*entry.get("phrases", ()), *framed):
                requests += [(text, target) for text in sample(template, rules, _OPEN_SAMPLES)]
    return groups, requests


def _official(name: str) -> list[str]:
    bare = re.sub(r"\((?:cấp|thực hiện|thuộc)[^)]*\)", " ", name, flags=re.IGNORECASE)
    bare = re.sub(r"^\s*thủ tục\s+", "", bare, flags=re.IGNORECASE).strip(" .")
    parts = [p.strip() for p in bare.split(";") if len(p.split()) > 3]
    return [bare, *parts] if len(parts) > 1 else [bare]


def _wordings(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    for name in data_names("phrases*.vi.yaml"):
        for code, wordings in load_data(name).items():
            if code in catalogue:
                for wording in wordings:
                    yield wording, code


def _outside(locale: str) -> Iterator[tuple[str, str]]:
    data = load_data("out_of_scope.yaml")
    for topic, templates in data[locale].items():
        for template in templates:
            for phrase in sample(template, data["rules"], _OUTSIDE_SAMPLES):
                yield phrase, f"{OUTSIDE}{topic}"
