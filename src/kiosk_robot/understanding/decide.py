"""Answer, ask one short question, or hand over to a member of staff: never guess.

Whether one procedure fits clearly is a logistic regression on five figures of the ranking. Which
figures was chosen by leaving one of the three question sets in tests/data (civic, people, economy)
out in turn; the weights are fitted on all three together, so figures on those sets flatter it.
"""

import math
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
    outside: float = 0.90  # of the best procedure's likeness: so alike is what is out of scope
    clear: float = 0.80  # likelihood that the best procedure is what was meant
    exact: float = 0.90  # a phrase met this well was said
    margin: float = 0.06  # closer in score than this: two procedures fit
    rival: float = 0.50  # of the best procedure's score: worth offering in a question


@dataclass(frozen=True)
class Clearness:
    """Weights of what makes it likely that the best procedure, and it alone, is meant."""

    bias: float = 2.58
    likeness: float = 3.62
    rival_score: float = -3.65  # the highest among the next, as a share of the best one's
    rival_coverage: float = -1.27  # the highest among the next, as a share of the best one's
    open_coverage: float = -3.00  # of the open request most alike, as a share of the best one's
    words: float = 0.261  # for each that carries meaning, up to `most_words`
    most_words: int = 12
    rivals: int = 8  # procedures after the best that are compared
    rare: float = 0.70  # factor for a rare procedure beside one that is asked for every day

    def of(
        self, codes: Sequence[Hit], open_: Hit | None, words: int, most_asked: frozenset[str]
    ) -> float:
        """Return the likelihood, [0, 1], that codes[0] is meant by a request of `words` words."""
        best = codes[0]
        common = best.target in most_asked
        rivals = [
            (self.rare if common and h.target not in most_asked else 1.0, h)
            for h in codes[1 : 1 + self.rivals]
        ]
        covered = max(best.coverage, 0.01)
        found = (
            self.bias
            + self.likeness * best.likeness
            + self.rival_score * max((f * h.score for f, h in rivals), default=0.0) / best.score
            + self.rival_coverage * max((f * h.coverage for f, h in rivals), default=0.0) / covered
            + self.open_coverage * (open_.coverage if open_ else 0.0) / covered
            + self.words * min(words, self.most_words)
        )
        return 1 / (1 + math.exp(-found))


CLEARNESS = Clearness()


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
    most_asked: frozenset[str]  # codes; a rarer procedure hardly rivals one of them
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
    open_ = max(groups, key=lambda h: h.likeness, default=None)
    if open_ and (not codes or _was_said(open_, codes[0], limits)):
        return _ask_open(choices.groups[open_.target], ranked, choices.wording, "an open request")
    if max(codes[0].likeness, codes[0].score) >= limits.exact:
        return Decision("answer", ranked, reason="a known wording was said")
    clear = CLEARNESS.of(codes, open_, words, choices.most_asked)
    if clear >= limits.clear:
        return Decision("answer", ranked, reason=f"one procedure fits, clear by {clear:.2f}")
    reason = f"several fit, clear by {clear:.2f} of {limits.clear}"
    if open_ and (
        open_.score > codes[0].score or codes[0].target in choices.groups[open_.target].options
    ):
        return _ask_open(choices.groups[open_.target], ranked, choices.wording, reason)
    least_score = limits.rival * codes[0].score
    rivals = [r for h, r in zip(codes, ranked, strict=True) if h.score >= least_score]
    offered = tuple(rivals[:MAX_OPTIONS])
    if len(offered) < 2:
        return Decision("answer", ranked, reason=f"nothing else comes near, clear by {clear:.2f}")
    question = question_for([r.code for r in offered], choices.catalogue, choices.wording)
    return Decision("clarify", offered, question, reason)


def _is_alike(outside: Hit, codes: Sequence[Hit], limits: Limits) -> bool:
    return not codes or outside.likeness >= limits.outside * codes[0].likeness


def _was_said(open_: Hit, best: Hit, limits: Limits) -> bool:
    return open_.likeness >= max(limits.exact, best.likeness)


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
