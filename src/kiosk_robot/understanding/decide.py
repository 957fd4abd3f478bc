"""Answer, ask one short question, or hand over to a member of staff: never guess.

The thresholds were chosen on the tuning half of the question sets (kiosk bench understanding).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kiosk_robot.catalogue.catalogue import Catalogue
from kiosk_robot.understanding.model import Behaviour, RankedProcedure
from kiosk_robot.understanding.ranking import Hit

GROUP, OUTSIDE = "?", "!"  # first letter of the targets that are no procedure code
MAX_OPTIONS = 3


@dataclass(frozen=True)
class Thresholds:
    """Limits on the scores of a ranking, all in [0, 1]."""

    known: float = 0.30  # below: nothing in the catalogue fits
    margin: float = 0.02  # closer than this: two procedures fit
    sure: float = 0.80  # a phrase met this well needs no margin


@dataclass(frozen=True)
class Group:
    """Procedures that one open request fits, with the question that tells them apart."""

    options: Mapping[str, str]  # code -> the few words naming it
    lead: str  # what the question starts with


@dataclass(frozen=True)
class Decision:
    """What to do about a request for a procedure, and why."""

    behaviour: Behaviour
    procedures: tuple[RankedProcedure, ...] = ()
    question: str | None = None
    reason: str = ""


def decide(
    hits: Sequence[Hit],
    catalogue: Catalogue,
    groups: Mapping[str, Group],
    limits: Thresholds,
) -> Decision:
    """Return what to do with the ranked targets of a request, best first."""
    ranked = tuple(
        RankedProcedure(h.target, round(min(h.score, 1.0), 4)) for h in hits if h.target in catalogue
    )
    if not hits or hits[0].score < limits.known:
        return Decision("handoff", ranked, reason="nothing in the catalogue is close enough")
    best = hits[0]
    if best.target.startswith(OUTSIDE):
        return Decision("handoff", ranked, reason=f"out of scope: {best.target[1:]}")
    if best.target.startswith(GROUP):
        group = groups[best.target]
        scores = {r.code: r.score for r in ranked}
        offered = tuple(
            sorted((RankedProcedure(c, scores.get(c, 0.0)) for c in group.options), key=_falling)
        )[:MAX_OPTIONS]
        question = _question(group.lead, [group.options[r.code] for r in offered])
        return Decision("clarify", offered, question, "open to several procedures")
    rivals = [r for r in ranked[1:MAX_OPTIONS] if ranked[0].score - r.score < limits.margin]
    if rivals and best.likeness < limits.sure:
        offered = (ranked[0], *rivals)
        return Decision(
            "clarify", offered, question_for([r.code for r in offered], catalogue), "too close"
        )
    return Decision("answer", ranked, reason="one procedure fits clearly")


def question_for(codes: Sequence[str], catalogue: Catalogue) -> str:
    """Return one speakable question that offers the procedures `codes`, in their order."""
    first = catalogue[codes[0]]
    told_apart = {c.code: c.because for c in first.confused_with}
    words = [_spoken(first.name), *(told_apart.get(c) or _spoken(catalogue[c].name) for c in codes[1:])]
    return _question("Bác cần", words)


def _question(lead: str, options: Sequence[str]) -> str:
    return f"{lead} {', '.join(options[:-1])}, hay {options[-1]} ạ?"


def _falling(ranked: RankedProcedure) -> float:
    return -ranked.score


def _spoken(name: str) -> str:
    words = name.removeprefix("Thủ tục ").split()
    return " ".join([words[0].lower(), *words[1:9]]) if words else name
