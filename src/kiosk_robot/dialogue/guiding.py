"""Showing the way: in words, and on wheels where the robot has them.

Where it stands outlives a visit: whenever nobody needs it, it goes to its place.
"""

from kiosk_robot.dialogue.requests import on
from kiosk_robot.dialogue.session import (
    Base,
    Finished,
    Guide,
    GuideProgressed,
    Phase,
)
from kiosk_robot.dialogue.turn import Turn
from kiosk_robot.site import Counter
from kiosk_robot.understanding.model import Understanding

COUNTER = "counter:"
WORDS_ON_THE_WAY = {"waiting": "guide_waiting", "blocked": "guide_blocked"}
WORDS_PAUSE = 8.0  # seconds between two of them
TRY_AGAIN = 15.0  # seconds until it tries once more to get to its place


# --- what a citizen asks ------------------------------------------------------------------------


@on("ask_directions", leads_to=(Phase.CONFIRM_GUIDE,))
def ask_directions(turn: Turn, heard: Understanding) -> None:
    """Where a counter is: the one named, or the one of the procedure; offer to go along."""
    number = heard.slots.get("counter", "")
    counter = next((c for c in turn.knowledge.site.counters if c.number == number), None)
    procedure = turn.procedure(heard.procedures[0].code if heard.procedures else None)
    if counter is None and procedure is not None:
        counter = turn.counter(procedure)
    if counter is None:
        turn.say("directions_unknown")
        return
    _say_where(turn, "directions", counter)
    offer(turn, counter)


def _say_where(turn: Turn, key: str, counter: Counter) -> None:
    label = turn.counter_label(counter)
    turn.say(key, counter=label[0].upper() + label[1:], place=counter.place)


def offer(turn: Turn, counter: Counter) -> bool:
    """Offer to lead there, if the robot can; whether it did."""
    session, places = turn.session, turn.knowledge.site.navigation
    there = f"{COUNTER}{counter.number}"
    on_wheels = session.base is Base.READY and session.journey is None
    if not on_wheels or places is None or not places.place(there) or session.place == there:
        return False
    turn.go(Phase.CONFIRM_GUIDE)
    turn.update(destination=counter.number)
    turn.say("offer_guide", counter=turn.counter_label(counter))
    return True


@on("affirm", phase=Phase.CONFIRM_GUIDE, leads_to=(Phase.GUIDING,))
def lead(turn: Turn, heard: Understanding) -> None:
    """Go ahead, with the citizen behind."""
    turn.go(Phase.GUIDING)
    turn.say("guide_follow")
    turn.command(Guide, place=f"{COUNTER}{turn.session.destination}", follow=True)


@on("ask_directions", phase=Phase.CONFIRM_GUIDE, leads_to=(Phase.GUIDING, Phase.CONFIRM_GUIDE))
def lead_or_ask_again(turn: Turn, heard: Understanding) -> None:
    """ "Yes, take me there"; or another counter was named."""
    if heard.slots.get("counter", turn.session.destination) == turn.session.destination:
        lead(turn, heard)
    else:
        ask_directions(turn, heard)


@on("deny", phase=Phase.CONFIRM_GUIDE, leads_to=(Phase.LISTENING,))
def no_guide(turn: Turn, heard: Understanding) -> None:
    """They find the way themselves."""
    turn.go(Phase.LISTENING)
    turn.say("no_guide")


@on("affirm", phase=Phase.GUIDING)
@on("ask_directions", phase=Phase.GUIDING)
def come_along(turn: Turn, heard: Understanding) -> None:
    """They are coming, or want to be led, which they are. Another counter is told in words."""
    if heard.slots.get("counter", turn.session.destination) != turn.session.destination:
        ask_directions(turn, heard)
    elif not turn.session.speaking:
        turn.say("guide_follow")


# --- on the way, and there ----------------------------------------------------------------------


def progressed(turn: Turn, event: GuideProgressed) -> None:
    """Wait for the citizen, or ask for the way: aloud, but not all the time."""
    words = WORDS_ON_THE_WAY.get(event.progress)
    session = turn.session
    if not words or session.journey is None or session.speaking:
        return
    if turn.now - session.way_told_at >= WORDS_PAUSE:
        turn.update(way_told_at=turn.now)
        turn.say(words)


def finished(turn: Turn, command: Guide, event: Finished) -> None:
    """A journey of this visit has ended."""
    arrived(turn, command, event)
    session = turn.session
    turn.update(absent_since=None if session.absent_since is None else turn.now)
    if session.phase == Phase.GUIDING:
        turn.go(Phase.LISTENING)
    if session.phase == Phase.IDLE or event.error == "canceled":
        return
    kind, _, which = command.place.partition(":")
    if kind == "seat":
        _at_the_seat(turn, event.error)
    elif kind == "counter":
        _at_the_counter(turn, which, event.error)


def _at_the_seat(turn: Turn, error: str) -> None:
    if not error:
        turn.say("delivered_water")
        turn.say("anything_else")
    elif not _apologised(turn, error):
        turn.say("deliver_failed")


def _at_the_counter(turn: Turn, number: str, error: str) -> None:
    counter = next(c for c in turn.knowledge.site.counters if c.number == number)
    held = turn.session.ticket
    if not error:
        turn.say("guide_arrived", counter=turn.counter_label(counter))
        if held and held.counter == number:
            turn.say("guide_wait_here", number=held.number)
        else:
            turn.say("anything_else")
    elif error == "follower_lost":
        _say_where(turn, "guide_lost", counter)
        turn.go(Phase.IDLE)
    elif not _apologised(turn, error):
        _say_where(turn, "guide_failed", counter)
        turn.call_staff("device_failed")


def _apologised(turn: Turn, error: str) -> bool:
    """What people around must know, whoever they are; whether there was anything."""
    sentences = {"emergency_stop": "emergency_stopped", "bumped": "guide_bumped"}
    if error not in sentences:
        return False
    turn.say(sentences[error])
    turn.call_staff("device_failed")
    return True


# --- its own place ------------------------------------------------------------------------------


def arrived(turn: Turn, command: Guide, event: Finished) -> None:
    """Remember where the robot stands; "" is somewhere on the way."""
    turn.update(place="" if event.error else command.place, way_told_at=float("-inf"))


def alone(turn: Turn, command: Guide, event: Finished) -> None:
    """A journey that was nobody's, or of somebody who has gone, has ended."""
    arrived(turn, command, event)
    if not event.error:
        turn.update(try_at=0.0)
    elif event.error != "canceled":
        first = turn.session.try_at == 0.0
        turn.update(try_at=turn.now + TRY_AGAIN)
        if not _apologised(turn, event.error) and first:
            turn.say("cannot_get_home")
            turn.call_staff("device_failed")


def keep_its_place(turn: Turn) -> None:
    """When nobody is there, go home; with a low battery, to the dock."""
    session = turn.session
    if session.id or session.journey or turn.now < session.try_at:
        return
    wanted = {Base.READY: "home", Base.LOW_BATTERY: "dock"}.get(session.base, session.place)
    if wanted == session.place:
        return
    if wanted == "dock" and session.try_at == 0.0:
        turn.say("battery_low")
    turn.command(Guide, place=wanted, follow=False)
