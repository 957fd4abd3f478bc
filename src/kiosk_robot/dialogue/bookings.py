"""What a citizen is told whose booking cannot be used, each with what to do next."""

from typing import Any

from kiosk_robot.dialogue.session import Finished, Phase
from kiosk_robot.dialogue.turn import Turn

# Error of CheckIn.srv -> sentence; it may fill in the facts of the booking. After each of them the
# citizen may simply say what they came for and take an ordinary number.
SENTENCE_OF = {
    "already_used": "booking_used",
    "too_early": "booking_too_early",
    "too_late": "booking_too_late",
    "wrong_day": "booking_wrong_day",
    "wrong_place": "booking_wrong_place",
    "ambiguous": "booking_ambiguous",
    "no_such_booking": "booking_not_found",
    "not_connected": "booking_not_connected",
}
# What is said instead when the fact the sentence needs is not known.
WITHOUT_FACT = {
    "booking_used": ("number", "booking_used_elsewhere"),
    "booking_wrong_place": ("place", "booking_wrong_place_unknown"),
}
TRY_AGAIN = ("ambiguous", "no_such_booking")


def tell_why_not(turn: Turn, event: Finished) -> None:
    """Explain; after a miss ask once more, then leave it."""
    facts: dict[str, Any] = dict(event.booking)
    waits = turn.session.phase == Phase.GIVING_TICKET  # else they have turned to something else
    if event.error not in SENTENCE_OF:
        if waits:
            turn.go(Phase.LISTENING)
        turn.say("ticket_failed")
        turn.call_staff("device_failed")
        return
    misses = turn.session.missed_bookings + (event.error in TRY_AGAIN)
    turn.update(missed_bookings=misses)
    if waits:
        again = event.error in TRY_AGAIN and misses < 2
        turn.go(Phase.CHECK_IN if again else Phase.LISTENING)
    turn.say(_sentence(event.error, facts, misses), **facts)


def _sentence(error: str, facts: dict[str, Any], misses: int) -> str:
    if error in TRY_AGAIN and misses >= 2:
        return "booking_not_found_twice"
    if error == "no_such_booking" and "offline" in facts:
        return "booking_not_found_offline"
    sentence = SENTENCE_OF[error]
    fact, instead = WITHOUT_FACT.get(sentence, ("", ""))
    return instead if fact and not facts.get(fact) else sentence
