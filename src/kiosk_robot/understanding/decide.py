"""Answer, ask one short question, or hand over to a member of staff: never guess.

Which of the three is right is judged from figures of the ranking (`evidence`) by a logistic
regression, whose weights are in data/judgement.yaml. They were fitted by fit.py on questions that
neither the phrases nor the classifier have seen, a best procedure that is wrong counting as one to
ask about.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kiosk_robot.catalogue.catalogue import Catalogue
from kiosk_robot.understanding.model import Behaviour, RankedProcedure
from kiosk_robot.understanding.ranking import Hit
from kiosk_robot.understanding.text import Reading

GROUP, OUTSIDE = "?", "!"  # first letter of the targets that are no procedure code
MAX_OPTIONS = 3
MAX_RANKED = 10  # procedures in an answer
UNDECIDED = "phân_vân"  # the concept of who does not know which of several it is
_NAME_WORDS = 12  # of a procedure's name in a question
_RIVALS = 8  # procedures after the best that are compared with it
_MOST_WORDS = 12  # more of them tell nothing more
_NONE = Hit("", 0.0, 0.0, 0.0, -1.2)  # nothing of a kind was found


@dataclass(frozen=True)
class Limits:
    """Limits on the figures of a ranking."""

    known: float = 0.20  # score below: nothing in the catalogue fits
    clear: float = 0.80  # likelihood of "answer" beside "clarify" from which it is answered
    open: float = 0.66  # likelihood of "clarify" from which even a known wording is asked about
    outside: float = 0.30  # likelihood of "handoff" from which it is handed over
    exact: float = 0.90  # likeness: a phrase met this well was said
    surely: float = 0.50  # verdict: with it, covering all that was said is as good as a phrase
    margin: float = 0.06  # closer in score than this: two procedures fit
    rival: float = 0.50  # of the best procedure's score: worth offering in a question


@dataclass(frozen=True)
class Judgement:
    """How likely each behaviour is the right one: weights by behaviour and figure."""

    weights: Mapping[str, Mapping[str, float]]

    def of(self, figures: Mapping[str, float]) -> dict[str, float]:
        """Return the likelihood of each behaviour, [0, 1]; together they are 1."""
        sums = {
            behaviour: sum(weight * figures[name] for name, weight in weights.items())
            for behaviour, weights in self.weights.items()
        }
        most = max(sums.values())
        powers = {behaviour: math.exp(value - most) for behaviour, value in sums.items()}
        whole = sum(powers.values())
        return {behaviour: power / whole for behaviour, power in powers.items()}


@dataclass(frozen=True)
class Wording:
    """How a language puts a question between options."""

    names: Mapping[str, str]  # code -> the procedure's name
    lead: str
    last: str  # between the last two options
    end: str
    reasons: bool  # whether the catalogue's reasons to tell procedures apart are in this language

    def question(self, options: Sequence[str], lead: str | None = None) -> str:
        """Return one speakable question between the options."""
        return f"{lead or self.lead} {', '.join(options[:-1])}{self.last}{options[-1]}{self.end}"

    def name(self, code: str) -> str:
        """Return the name of a procedure, short enough for a question."""
        return " ".join(self.names[code].split()[:_NAME_WORDS])


@dataclass(frozen=True)
class Group:
    """Procedures that one open request fits, each with the few words naming it in the question."""

    options: Mapping[str, str]
    lead: str | None = None  # what the question starts with, when not as usual


@dataclass(frozen=True)
class Choices:
    """What a decision chooses from, and how it is put into words."""

    catalogue: Catalogue
    groups: Mapping[str, Group]  # target -> group
    wording: Wording
    judgement: Judgement


@dataclass(frozen=True)
class Decision:
    """What to do about a request for a procedure, and why."""

    behaviour: Behaviour
    procedures: tuple[RankedProcedure, ...] = ()
    question: str | None = None
    reason: str = ""


@dataclass(frozen=True)
class Found:
    """The ranked targets of one request by kind, each best first."""

    codes: Sequence[Hit]
    groups: Sequence[Hit]
    outside: Sequence[Hit]

    @classmethod
    def of(cls, hits: Sequence[Hit], catalogue: Catalogue) -> "Found":
        """Sort hits by kind."""
        return cls(
            [h for h in hits if h.target in catalogue][:MAX_RANKED],
            [h for h in hits if h.target.startswith(GROUP)],
            [h for h in hits if h.target.startswith(OUTSIDE)],
        )

    @property
    def best(self) -> Hit:
        """The best procedure."""
        return self.codes[0] if self.codes else _NONE

    @property
    def open(self) -> Hit:
        """The open request most alike."""
        return max(self.groups, key=lambda h: h.likeness, default=_NONE)

    def evidence(
        self, reading: Reading, groups: Mapping[str, Group], outside_intent: float
    ) -> dict[str, float]:
        """Return the figures that a request is judged by.

        `outside_intent`: how much likelier it is out of scope than about a procedure, [-1, 1].
        """
        best, open_ = self.best, self.open
        rivals = self.codes[1 : 1 + _RIVALS] or [_NONE]
        outside = self.outside or [_NONE]
        covered, score = max(best.coverage, 0.05), max(best.score, 0.05)
        return {
            "always": 1.0,
            "likeness": best.likeness,
            "coverage": best.coverage,
            "verdict": best.verdict,
            "rival_verdict": max(h.verdict for h in rivals) - best.verdict,
            "rival_score": max(h.score for h in rivals) / score,
            "rival_coverage": max(h.coverage for h in rivals) / covered,
            "outside_intent": outside_intent,
            "outside_verdict": outside[0].verdict,
            "outside_likeness": max(h.likeness for h in outside),
            "outside_coverage": max(h.coverage for h in outside),
            "outside_place": outside[0].place - best.place,
            "open_place": open_.place - max(best.place, outside[0].place),
            "open_likeness": open_.likeness - best.likeness,
            "open_verdict": max((h.verdict for h in self.groups), default=_NONE.verdict),
            "open_coverage": open_.coverage / covered,
            "offered": float(self._is_offered(groups)),
            "undecided": float(UNDECIDED in reading.concepts),
            "words": float(min(len(reading.content), _MOST_WORDS)),
        }

    def is_said(self, limits: Limits) -> bool:
        """Whether a wording of the best procedure was said, and of no other just as well."""
        rival = max((h.likeness for h in self.codes[1:]), default=0.0)
        best = self.best
        alike = best.likeness if best.verdict < limits.surely else max(best.likeness, best.score)
        return alike >= limits.exact > rival

    def is_outside(self, limits: Limits) -> bool:
        """Whether something out of scope was said in known words, and no procedure fits better."""
        said = [h.place for h in self.outside if h.likeness >= limits.exact]
        return max(said, default=-1.0) >= max(self.best.place, self.open.place)

    def _is_offered(self, groups: Mapping[str, Group]) -> bool:
        return bool(self.groups) and self.best.target in groups[self.open.target].options


def decide(
    hits: Sequence[Hit],
    reading: Reading,
    choices: Choices,
    limits: Limits,
    outside_intent: float,
) -> Decision:
    """Return what to do with the ranked targets of a request; `outside_intent`: see evidence."""
    found = Found.of(hits, choices.catalogue)
    ranked = tuple(RankedProcedure(h.target, h.confidence) for h in found.codes)
    if max((h.score for h in hits), default=0.0) < limits.known:
        return Decision("handoff", ranked, reason="nothing known is close enough")
    likely = choices.judgement.of(found.evidence(reading, choices.groups, outside_intent))
    reason = ", ".join(f"{behaviour} {share:.2f}" for behaviour, share in likely.items())
    best, open_ = found.best, found.open
    if found.is_outside(limits) or (
        max(best.likeness, open_.likeness) < limits.exact and likely["handoff"] >= limits.outside
    ):
        topic = found.outside[0].target[1:] if found.outside else "unknown"
        return Decision("handoff", ranked, reason=f"out of scope, nearest {topic}: {reason}")
    if open_.likeness >= max(limits.exact, best.likeness):
        return _ask_open(choices.groups[open_.target], ranked, choices.wording, "an open request")
    if found.is_said(limits) and likely["clarify"] < limits.open:
        return Decision("answer", ranked, reason="a known wording was said")
    if likely["answer"] >= limits.clear * (likely["answer"] + likely["clarify"]):
        return Decision("answer", ranked, reason=reason)
    return _ask(found, ranked, choices, limits, reason)


def _ask(
    found: Found,
    ranked: Sequence[RankedProcedure],
    choices: Choices,
    limits: Limits,
    reason: str,
) -> Decision:
    """Ask which of the procedures that fit is meant, as an open request asks if one fits."""
    open_, best = found.open, found.best
    group = choices.groups.get(open_.target)
    if group and (open_.score > best.score or best.target in group.options):
        return _ask_open(group, ranked, choices.wording, reason)
    near = limits.rival * best.score
    offered = [r for h, r in zip(found.codes, ranked, strict=True) if h.score >= near][:MAX_OPTIONS]
    if len(offered) < 2:
        return Decision("answer", tuple(ranked), reason=f"nothing else comes near, {reason}")
    question = question_for([r.code for r in offered], choices.catalogue, choices.wording)
    return Decision("clarify", tuple(offered), question, reason)


def question_for(codes: Sequence[str], catalogue: Catalogue, wording: Wording) -> str:
    """Return one speakable question that offers the procedures `codes`, in their order."""
    confused = catalogue[codes[0]].confused_with if wording.reasons else ()
    told_apart = {c.code: c.because for c in confused}
    names = [told_apart.get(code) or wording.name(code) for code in codes[1:]]
    return wording.question([wording.name(codes[0]), *names])


def _ask_open(
    group: Group, ranked: Sequence[RankedProcedure], wording: Wording, reason: str
) -> Decision:
    """Ask which of a group is meant; a procedure that fits better than all is offered too."""
    scores = {r.code: r.score for r in ranked}
    labels = dict(group.options)
    if ranked and ranked[0].score > max(scores.get(code, 0.0) for code in labels):
        labels[ranked[0].code] = wording.name(ranked[0].code)
    offered = sorted((RankedProcedure(c, scores.get(c, 0.0)) for c in labels), key=_falling)
    offered = offered[:MAX_OPTIONS]
    question = wording.question([labels[r.code] for r in offered], group.lead)
    return Decision("clarify", tuple(offered), question, reason)


def _falling(ranked: RankedProcedure) -> float:
    return -ranked.score
