"""Answer, ask one short question, or hand over to a member of staff: never guess.

The limits were chosen on the tuning half of the question sets, weighing a wrong answer three times
an unneeded question; docs of the measurement: benchmarks/understanding.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kiosk_robot.catalogue.catalogue import Catalogue
from kiosk_robot.understanding.model import Behaviour, RankedProcedure
from kiosk_robot.understanding.ranking import Hit

GROUP, OUTSIDE = "?", "!"  # first letter of the targets that are no procedure code
MAX_OPTIONS = 3
MAX_RANKED = 10  # procedures in an answer
_NAME_WORDS = 12  # of a procedure's name in a question


@dataclass(frozen=True)
class Limits:
    """Limits on the scores of a ranking, all in [0, 1]."""

    known: float = 0.20  # below: nothing in the catalogue fits
    known_per_word: float = 0.03  # more is asked of a short request, for each word under `long`
    long: int = 8  # words that carry meaning
    open_likeness: float = 1.0  # an open request counts as meant when it reaches these shares
    open_score: float = 0.70  # of the best procedure's likeness and score
    outside: float = 0.90  # of the best procedure's likeness: so alike is what is out of scope
    exact: float = 0.90  # a phrase met this well needs no comparison
    margin: float = 0.06  # closer in score than this: two procedures fit
    rival_coverage: float = 0.80  # a rival reaching these shares of the best one's coverage …
    rival_score: float = 0.70  # … score …
    rival_likeness: float = 0.75  # … and likeness fits as well


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
    most_asked: frozenset[str]  # codes; a rarer procedure rivals one of them only when very close
    wording: Wording


@dataclass(frozen=True)
class Decision:
    """What to do about a request for a procedure, and why."""

    behaviour: Behaviour
    procedures: tuple[RankedProcedure, ...] = ()
    question: str | None = None
    reason: str = ""


def decide(hits: Sequence[Hit], words: int, choices: Choices, limits: Limits) -> Decision:
    """Return what to do with the ranked targets of a request of `words` words with a meaning."""
    codes = [h for h in hits if h.target in choices.catalogue][:MAX_RANKED]
    ranked = tuple(RankedProcedure(h.target, round(min(h.score, 1.0), 4)) for h in codes)
    groups = [h for h in hits if h.target.startswith(GROUP)]
    outside = next((h for h in hits if h.target.startswith(OUTSIDE)), None)
    best = max((h.score for h in (*codes[:1], *groups[:1])), default=0.0)
    least = limits.known + limits.known_per_word * max(0, limits.long - words)
    if outside and outside.score >= max(best, least) and _is_alike(outside, codes, limits):
        return Decision("handoff", ranked, reason=f"out of scope: {outside.target[1:]}")
    if best < least:
        return Decision("handoff", ranked, reason="nothing in the catalogue is close enough")
    if (open_ := _open_request(codes, groups, limits)) is not None:
        return _ask_open(choices.groups[open_.target], ranked, choices.wording)
    rivals = [
        r for h, r in zip(codes, ranked, strict=True) if _rivals(codes[0], h, choices, limits)
    ]
    if rivals:
        offered = (ranked[0], *rivals[: MAX_OPTIONS - 1])
        question = question_for([r.code for r in offered], choices.catalogue, choices.wording)
        return Decision("clarify", offered, question, "several fit what was said")
    return Decision("answer", ranked, reason="one procedure fits clearly")


def _is_alike(outside: Hit, codes: Sequence[Hit], limits: Limits) -> bool:
    return not codes or outside.likeness >= limits.outside * codes[0].likeness


def _open_request(codes: Sequence[Hit], groups: Sequence[Hit], limits: Limits) -> Hit | None:
    """Return the group whose open request was said rather than any one procedure."""
    open_ = max(groups, key=lambda h: h.likeness, default=None)
    if open_ is None or not codes:
        return open_
    said = (
        open_.likeness >= limits.open_likeness * codes[0].likeness
        and open_.score >= limits.open_score * codes[0].score
    )
    return open_ if said else None


def question_for(codes: Sequence[str], catalogue: Catalogue, wording: Wording) -> str:
    """Return one speakable question that offers the procedures `codes`, in their order."""
    confused = catalogue[codes[0]].confused_with if wording.reasons else ()
    told_apart = {c.code: c.because for c in confused}
    names = [told_apart.get(code) or wording.name(code) for code in codes[1:]]
    return wording.question([wording.name(codes[0]), *names])


def _ask_open(group: Group, ranked: Sequence[RankedProcedure], wording: Wording) -> Decision:
    """Ask which of a group is meant; a procedure that fits better than all is offered too."""
    scores = {r.code: r.score for r in ranked}
    labels = dict(group.options)
    if ranked and ranked[0].score > max(scores.get(code, 0.0) for code in labels):
        labels[ranked[0].code] = wording.name(ranked[0].code)
    offered = sorted((RankedProcedure(c, scores.get(c, 0.0)) for c in labels), key=_falling)
    offered = offered[:MAX_OPTIONS]
    question = wording.question([labels[r.code] for r in offered], group.lead)
    return Decision("clarify", tuple(offered), question, "the request is open to several")


def _rivals(best: Hit, other: Hit, choices: Choices, limits: Limits) -> bool:
    if other is best or best.likeness >= limits.exact:
        return False
    if best.score - other.score < limits.margin:
        return True
    if best.target in choices.most_asked and other.target not in choices.most_asked:
        return False
    return (
        other.coverage >= limits.rival_coverage * best.coverage
        and other.score >= limits.rival_score * best.score
        and other.likeness >= limits.rival_likeness * best.likeness
    )


def _falling(ranked: RankedProcedure) -> float:
    return -ranked.score
