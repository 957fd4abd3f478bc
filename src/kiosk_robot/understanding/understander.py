"""Text in, requests out: reads an utterance, splits it, ranks, decides and keeps the thread."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from kiosk_robot.catalogue.catalogue import Catalogue
from kiosk_robot.understanding.decide import (
    GROUP,
    OUTSIDE,
    Decision,
    Group,
    Limits,
    decide,
)
from kiosk_robot.understanding.intents import IntentHit, Intents
from kiosk_robot.understanding.model import Context, RankedProcedure, Understanding
from kiosk_robot.understanding.ranking import Hit, Ranker
from kiosk_robot.understanding.templates import expand, sample
from kiosk_robot.understanding.text import Reader, Reading, clean, fold, load_data, words_of

_COMMAND = 0.60  # an utterance this like an intent's sentences is that intent
_CLAUSE = 0.72  # a part of an utterance must be this sure to stand as a request of its own
_BREAK = re.compile(r"[,.;:!?…\n]+|\s(?:rồi|xong|với lại|sau đó|tiện thể|nhân tiện|à mà|và|roi|va)\s")
_MEMORY = 64  # texts; one utterance and its parts
_COURTESIES = ("greet", "goodbye")
_ASK_WHICH = "Bác hỏi về thủ tục nào ạ?"


@dataclass(frozen=True)
class _Weighed:
    """One text with the intents and the procedures it is like."""

    reading: Reading
    intents: list[IntentHit]
    hits: list[Hit]


class Understander:
    """Understands what citizens say to the robot; deterministic, without a network."""

    def __init__(self, catalogue: Catalogue, extra: Iterable[tuple[str, str]] = ()):
        self._catalogue = catalogue
        self._reader = Reader.load()
        self._intents = Intents.load("vi", self._reader)
        self._groups = {
            f"{GROUP}{n}": Group(g["options"], g.get("lead", "Bác cần"))
            for n, g in enumerate(load_data("clarify.yaml")["vi"])
            if all(code in catalogue for code in g["options"])
        }
        self._phrases = [
            *_phrases(catalogue),
            *_wordings(catalogue),
            *self._open_phrases(),
            *_outside(),
            *extra,
        ]
        self._ranker = Ranker((self._reader.read(text), target) for text, target in self._phrases)
        self.limits = Limits()
        self._vocabulary = self._ranker.known | self._intents.known
        self._memory: dict[str, _Weighed] = {}

    @classmethod
    def load(cls, catalogue: Catalogue) -> "Understander":
        """Return an understander of the procedures of `catalogue`."""
        return cls(catalogue)

    def understand(self, text: str, context: Context | None = None) -> list[Understanding]:
        """Return the requests in `text`, in order; at least one, and never an exception."""
        context = context or Context()
        heard = clean(text)
        reading = self._weigh(heard).reading
        if not self._is_language(reading):
            return [Understanding(heard, "not_understood", "handoff", confidence=0.0)]
        parts = self._split(heard) if len(reading.words) > 3 else [heard]
        return [self._one(part, context) for part in parts]

    def explain(self, text: str) -> str:
        """Return, for people, how `text` was read and why it was decided so."""
        reading = self._reader.read(text)
        lines = [
            f"đọc là: {' '.join(reading.words)}",
            f"từ mang nghĩa: {' '.join(reading.content)}",
            f"khái niệm: {', '.join(sorted(reading.concepts)) or '-'}",
        ]
        lines += [f"ý định {h.intent}: {h.likeness:.2f}" for h in self._intents.match(reading)]
        for hit in self._ranker.rank(reading, 6):
            name = self._name(hit.target)
            near = self._phrases[self._ranker.nearest(reading, hit.target)][0]
            lines.append(f"{hit.score:.2f} {hit.target} {name} (gần nhất: {near!r})")
        for found in self.understand(text):
            codes = ", ".join(r.code for r in found.procedures[:3])
            lines.append(f"=> {found.intent} {found.behaviour} {codes} {found.question or ''}".rstrip())
        return "\n".join(lines)

    def _name(self, target: str) -> str:
        if target in self._groups:
            return " / ".join(self._groups[target].options.values())
        procedure = self._catalogue.get(target)
        return procedure.name if procedure else "ngoài phạm vi"

    def _open_phrases(self) -> Iterator[tuple[str, str]]:
        for n, group in enumerate(load_data("clarify.yaml")["vi"]):
            if f"{GROUP}{n}" in self._groups:
                for template in group["phrases"]:
                    for phrase in expand(template, {}):
                        yield phrase, f"{GROUP}{n}"

    def _is_language(self, reading: Reading) -> bool:
        letters = [w for w in reading.folded if not w.isdecimal()]
        return bool(letters) and 2 * sum(w in self._vocabulary for w in letters) >= len(letters)

    def _split(self, heard: str) -> list[str]:
        """Return the parts of an utterance that are requests of their own, else all of it."""
        parts = [p.strip() for p in _BREAK.split(heard) if p.strip()]
        if len(parts) < 2 or self._is_command(heard, _CLAUSE):
            return [heard]
        requests: list[str] = []
        rest: list[str] = []
        for part in parts:
            if self._is_command(part, _CLAUSE):
                if rest:
                    requests.append(", ".join(rest))
                    rest = []
                requests.append(part)
            else:
                rest.append(part)
        if rest:
            requests.append(", ".join(rest))
        return self._without_empty(requests) or [heard]

    def _without_empty(self, requests: list[str]) -> list[str]:
        """Drop greetings before a request and remainders that say nothing."""
        kept = [r for r in requests if self._says_something(r)]
        matters = [r for r in kept if self._intent(r) not in _COURTESIES]
        if matters and self._intent(kept[-1]) == "goodbye":
            return kept[-1:] if len(matters) == 0 else [*matters, kept[-1]]
        return matters or kept[-1:]

    def _says_something(self, text: str) -> bool:
        hits = self._weigh(text).hits
        likely = hits[0].score if hits else 0.0
        return self._is_command(text, _CLAUSE) or likely >= self.limits.known

    def _intent(self, text: str) -> str:
        return self._weigh(text).intents[0].intent if self._is_command(text, _CLAUSE) else ""

    def _is_command(self, text: str, least: float) -> bool:
        weighed = self._weigh(text)
        return _prefers_intent(weighed.intents, weighed.hits, least)

    def _weigh(self, text: str) -> "_Weighed":
        """Return what `text` is like; remembered, since parts and wholes are weighed repeatedly."""
        if (known := self._memory.get(text)) is None:
            reading = self._reader.read(text)
            known = _Weighed(reading, self._intents.match(reading), self._ranker.rank(reading))
            if len(self._memory) >= _MEMORY:
                self._memory.clear()
            self._memory[text] = known
        return known

    def _one(self, text: str, context: Context) -> Understanding:
        weighed = self._weigh(text)
        reading, intents, hits = weighed.reading, weighed.intents, weighed.hits
        if context.offered and (chosen := self._choice(reading, context.offered)):
            return self._answer(text, reading, chosen)
        if _prefers_intent(intents, hits, _COMMAND):
            return self._command(text, reading, intents[0])
        if self._is_follow_up(reading, hits, context):
            return self._follow_up(text, reading, context)
        decision = decide(
            hits, len(reading.content), self._catalogue, self._groups, self.limits
        )
        return self._procedure(text, reading, decision)

    def _command(self, text: str, reading: Reading, hit: IntentHit) -> Understanding:
        return Understanding(
            text,
            hit.intent,
            "command",
            slots=self._intents.slots(hit.intent, reading),
            confidence=round(min(hit.likeness, 1.0), 4),
        )

    def _procedure(self, text: str, reading: Reading, decision: Decision) -> Understanding:
        best = decision.procedures[0] if decision.procedures else None
        found = Understanding(
            text,
            "out_of_scope" if decision.behaviour == "handoff" else "ask_procedure",
            decision.behaviour,
            decision.procedures,
            self._intents.facet(reading),
            question=decision.question,
            confidence=best.score if best else 0.0,
        )
        if best and decision.behaviour == "answer":
            return replace(found, case_id=self._case(best.code, reading))
        return found

    def _answer(self, text: str, reading: Reading, code: str) -> Understanding:
        return Understanding(
            text,
            "ask_procedure",
            "answer",
            (RankedProcedure(code, 1.0),),
            self._intents.facet(reading),
            self._case(code, reading),
        )

    def _choice(self, reading: Reading, offered: tuple[str, ...]) -> str | None:
        """Return the offered procedure that is pointed at or named, None when none is."""
        place = self._intents.ordinal(reading)
        if place is not None and place < len(offered):
            return offered[place]
        scores = {h.target: h.score for h in self._ranker.rank(reading, 10_000)}
        ranked = sorted(offered, key=lambda code: -scores.get(code, 0.0))
        if not ranked or scores.get(ranked[0], 0.0) < self.limits.known / 2:
            return None
        if len(ranked) > 1 and scores[ranked[0]] - scores.get(ranked[1], 0.0) < self.limits.margin:
            return None
        return ranked[0]

    def _is_follow_up(self, reading: Reading, hits: list[Hit], context: Context) -> bool:
        facet = self._intents.facet(reading)
        if not reading.content and facet:
            return True
        if context.procedure is None:
            return False
        best = hits[0].score if hits else 0.0
        return best < self.limits.known or (
            best < self.limits.exact and self._case(context.procedure, reading) is not None
        )

    def _follow_up(self, text: str, reading: Reading, context: Context) -> Understanding:
        if context.procedure is None or context.procedure not in self._catalogue:
            return Understanding(
                text,
                "ask_procedure",
                "clarify",
                facet=self._intents.facet(reading),
                question=_ASK_WHICH,
                confidence=0.5,
            )
        found = self._answer(text, reading, context.procedure)
        return replace(found, case_id=found.case_id or context.case_id)

    def _case(self, code: str, reading: Reading) -> str | None:
        """Return the paper case whose cues were said, the longest cue deciding."""
        said = f" {' '.join(reading.folded)} "
        best: tuple[int, str] | None = None
        for case in self._catalogue[code].cases:
            for cue in case.cues:
                plain = " ".join(fold(w) for w in words_of(cue))
                if f" {plain} " in said and (best is None or len(plain) > best[0]):
                    best = (len(plain), case.id)
        return best[1] if best else None


def _prefers_intent(intents: list[IntentHit], hits: list[Hit], least: float) -> bool:
    if not intents or intents[0].likeness < least:
        return False
    return not hits or intents[0].likeness >= hits[0].score


def _phrases(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """Yield everything the catalogue calls a procedure, with its code."""
    for procedure in catalogue:
        yield procedure.name, procedure.code
        for part in _official(procedure.official_name):
            yield part, procedure.code
        for alias in procedure.aliases:
            yield alias, procedure.code


def _wordings(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    for code, wordings in load_data("phrases.vi.yaml").items():
        if code in catalogue:
            for wording in wordings:
                yield wording, code


def _official(name: str) -> list[str]:
    bare = re.sub(r"\((?:cấp|thực hiện|thuộc)[^)]*\)", " ", name, flags=re.IGNORECASE)
    bare = re.sub(r"^\s*thủ tục\s+", "", bare, flags=re.IGNORECASE).strip(" .")
    parts = [p.strip() for p in bare.split(";") if len(p.split()) > 3]
    return [bare, *parts] if len(parts) > 1 else [bare]


def _outside() -> Iterator[tuple[str, str]]:
    data = load_data("out_of_scope.yaml")
    for topic, templates in data["vi"].items():
        for template in templates:
            for phrase in sample(template, data["rules"], 80):
                yield phrase, f"{OUTSIDE}{topic}"
