"""What the robot does when it is not sure what it heard: it asks, before it does anything.

Words that decide something in one breath, a yes, a no, a stop, are not asked about: unless they
were heard clearly, they are to be said again or pressed.
"""

from dataclasses import replace

from kiosk_robot.dialogue.requests import not_understood, on, rule_for
from kiosk_robot.dialogue.session import Phase
from kiosk_robot.dialogue.turn import Turn
from kiosk_robot.understanding.model import Intent, Understanding

HARMLESS = frozenset(
    {"greet", "repeat", "slower", "louder", "tell_more", "ask_opening_hours", "ask_directions"}
)
"""To do one of these by mistake costs a sentence; to ask about it costs one always."""
WISHES: dict[Intent, str] = {
    "take_ticket": "wish_take_ticket",
    "ask_wait": "wish_ask_wait",
    "check_in_booking": "wish_check_in_booking",
    "request_drink": "wish_request_drink",
    "request_snack": "wish_request_snack",
    "give_feedback": "wish_give_feedback",
    "call_staff": "wish_call_staff",
    "dossier_status": "wish_dossier_status",
    "fill_form": "wish_fill_form",
    "scan_card": "wish_scan_card",
    "switch_language": "wish_switch_language",
    "goodbye": "wish_goodbye",
}
"""What is asked about, in the words of the prompts."""
ASKED_IN = frozenset(
    {
        *(Phase.LISTENING, Phase.CHOOSE_PROCEDURE, Phase.CONFIRM_TICKET, Phase.CONSENT_SCAN),
        *(Phase.CHOOSE_FORM, Phase.CONSENT_FORM, Phase.CONFIRM_GUIDE, Phase.RATING),
    }
)
"""In any other phase something is under way that a question would interrupt."""


def about(heard: Understanding, phase: Phase) -> bool:
    """Whether a request must be asked about first. Nobody is led on a word that may have been
    another; to stand still on one harms nobody.
    """
    if phase is Phase.GUIDING:
        return not heard.sure and heard.intent != "cancel"
    if phase is Phase.COMMENT and heard.intent == "give_feedback":
        return False  # half of a comment is better than none; people read it
    return not heard.sure and (heard.intent not in HARMLESS or phase is Phase.CONFIRM_GUIDE)


def resolve(turn: Turn, heard: Understanding) -> None:
    """Ask about a request that was not heard surely."""
    phase = turn.session.phase
    if phase == Phase.CONFIRM_HEARD:
        phase = turn.session.doubted_in
    wish = _wish(turn, heard)
    if not wish or phase not in ASKED_IN:
        not_understood(turn, heard)
        return
    turn.update(doubted=heard, doubted_in=phase)
    turn.go(Phase.CONFIRM_HEARD)
    turn.say("confirm_heard", wish=wish)


def _wish(turn: Turn, heard: Understanding) -> str:
    """What the citizen may have asked for, in words; "" where nothing sensible can be asked."""
    sentences = turn.knowledge.sentences[turn.session.locale]
    if heard.intent == "ask_procedure" and heard.behaviour == "answer" and heard.procedures:
        procedure = turn.procedure(heard.procedures[0].code)
        if procedure is None:
            return ""
        return sentences.text("wish_procedure", turn.session.address, procedure=procedure.name)
    if heard.intent == "give_feedback" and "rating" in heard.slots:
        rating = heard.slots["rating"]
        return sentences.text("wish_rating", turn.session.address, rating=rating)
    if heard.intent in WISHES:
        return sentences.text(WISHES[heard.intent], turn.session.address)
    return ""


@on(
    "affirm",
    phase=Phase.CONFIRM_HEARD,
    leads_to=(
        *(Phase.LISTENING, Phase.CHOOSE_PROCEDURE, Phase.CONFIRM_TICKET, Phase.GIVING_TICKET),
        *(Phase.CONSENT_SCAN, Phase.CHOOSE_FORM, Phase.CONSENT_FORM, Phase.RATING, Phase.IDLE),
        Phase.CONFIRM_GUIDE,
    ),
)
def heard_right(turn: Turn, heard: Understanding) -> None:
    """It was meant: do it, as if it had been heard surely."""
    doubted = turn.session.doubted
    turn.go(turn.session.doubted_in)
    if doubted is None:
        turn.say("listening")
        return
    turn.update(doubted=None, misunderstood=0)
    rule_for(turn.session.phase, doubted.intent).handle(turn, replace(doubted, sure=True))


@on(
    "deny",
    phase=Phase.CONFIRM_HEARD,
    leads_to=(
        *(Phase.LISTENING, Phase.CHOOSE_PROCEDURE, Phase.CONFIRM_TICKET, Phase.CONSENT_SCAN),
        *(Phase.CHOOSE_FORM, Phase.CONSENT_FORM, Phase.CONFIRM_GUIDE, Phase.RATING),
    ),
)
def heard_wrong(turn: Turn, heard: Understanding) -> None:
    """It was something else: say it again, and the second time a member of staff comes."""
    turn.go(turn.session.doubted_in)
    turn.update(doubted=None)
    not_understood(turn, heard)
