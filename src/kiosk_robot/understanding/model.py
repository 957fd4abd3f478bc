"""The result of understanding one utterance: what is wanted, about what, and how sure that is."""

from dataclasses import dataclass, field
from typing import Literal

Intent = Literal[
    "greet",
    "goodbye",
    "affirm",
    "deny",
    "cancel",
    "repeat",
    "slower",
    "louder",
    "switch_language",
    "ask_procedure",
    "tell_more",
    "take_ticket",
    "ask_wait",
    "check_in_booking",
    "request_drink",
    "request_snack",
    "give_feedback",
    "call_staff",
    "ask_directions",
    "ask_opening_hours",
    "dossier_status",
    "fill_form",
    "scan_card",
    "out_of_scope",
    "not_understood",
]
Facet = Literal["papers", "fee", "time", "where", "steps", "form", "online"]
Behaviour = Literal["answer", "clarify", "handoff", "command"]


@dataclass(frozen=True, slots=True)
class RankedProcedure:
    """A procedure that fits, with a score in [0, 1]; comparable only within one result."""

    code: str
    score: float


@dataclass(frozen=True, slots=True)
class Context:
    """What earlier turns of the visit established; the empty context is a fresh session."""

    procedure: str | None = None  # code under discussion
    case_id: str | None = None  # paper case under discussion
    offered: tuple[str, ...] = ()  # codes of the clarifying question just asked, in its order
    commenting: bool = False  # a comment was asked for: whatever is said is one, but for an answer


@dataclass(frozen=True, slots=True)
class Understanding:
    """One request found in an utterance.

    `behaviour` is what the robot should do: `answer` about `procedures[0]`, `clarify` with
    `question`, `handoff` to a member of staff, or carry out the `command` that `intent` names.
    """

    text: str  # as heard, NFC
    intent: Intent
    behaviour: Behaviour
    procedures: tuple[RankedProcedure, ...] = ()  # best first
    facet: Facet | None = None
    case_id: str | None = None
    question: str | None = None  # the one clarifying question, ready to be spoken
    slots: dict[str, str] = field(default_factory=dict)  # e.g. rating "2", counter "3", locale "en"
    confidence: float = 1.0  # [0, 1]
    sure: bool = True  # False: it may have been misheard, and is asked about before it is done
