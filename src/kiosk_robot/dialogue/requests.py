"""What the robot does when a citizen asks for something: one function per intent.

The table `HANDLERS` is the state chart: it says which request is heard in which phase and which
phases it may lead to. docs/dialogue.md is drawn from it, and a test holds the code against it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from kiosk_robot.catalogue.model import Procedure
from kiosk_robot.dialogue.politeness import Address
from kiosk_robot.dialogue.priority import asks_for_priority, claimed_class
from kiosk_robot.dialogue.session import (
    Base,
    CheckIn,
    Dispense,
    Phase,
    PrintTicket,
    ReserveTicket,
    ScanDocument,
    Session,
    StopScan,
    StopSpeech,
    SubmitFeedback,
)
from kiosk_robot.dialogue.turn import Turn
from kiosk_robot.queueing.claims import Claim, SealedClaim
from kiosk_robot.understanding.model import Intent, Understanding

Handler = Callable[[Turn, Understanding], None]
SLOW_RATES = (0.75, 0.6)  # asked once, asked again
LOUD_VOLUME = 1.0
LOCALES = {"vi": "vi-VN", "en": "en-US"}


@dataclass(frozen=True, slots=True)
class Rule:
    """A handler with the phases it may lead to; staying where one is needs no mention."""

    handle: Handler
    leads_to: tuple[Phase, ...]


HANDLERS: dict[tuple[Phase | None, Intent], Rule] = {}


def on(
    *intents: Intent, phase: Phase | None = None, leads_to: tuple[Phase, ...] = ()
) -> Callable[[Handler], Handler]:
    """Enter a handler in the table: for one phase, or for any phase without a rule of its own."""

    def enter(handler: Handler) -> Handler:
        for intent in intents:
            HANDLERS[phase, intent] = Rule(handler, leads_to)
        return handler

    return enter


def rule_for(phase: Phase, intent: Intent) -> Rule:
    """The rule of the phase, else the general one, else "not understood"."""
    return (
        HANDLERS.get((phase, intent))
        or HANDLERS.get((None, intent))
        or HANDLERS[None, "not_understood"]
    )


# --- procedures -------------------------------------------------------------------------------


@on("ask_procedure", leads_to=(Phase.CONFIRM_TICKET, Phase.CHOOSE_PROCEDURE, Phase.LISTENING))
@on(
    "take_ticket",
    phase=Phase.CHOOSE_PROCEDURE,
    leads_to=(Phase.CONFIRM_TICKET, Phase.LISTENING),
)
def ask_procedure(turn: Turn, heard: Understanding) -> None:
    """Answer about a procedure, ask the one question, or hand over."""
    if heard.behaviour == "clarify" and heard.question:
        turn.update(
            offered=tuple(p.code for p in heard.procedures[:3]), phase=Phase.CHOOSE_PROCEDURE
        )
        turn.say_text(addressed(heard.question, turn.session.address))
        return
    if heard.behaviour != "answer" or not heard.procedures:
        not_understood(turn, heard)
        return
    answer(turn, heard)


def addressed(question: str, address: Address) -> str:
    """A question as understanding writes it, to "Bác", put to this citizen."""
    return re.sub(r"^Bác\b", address.capitalised.citizen, question)


def answer(turn: Turn, heard: Understanding) -> None:
    """Tell papers, fee, time and counter, or the one thing asked; then offer a number."""
    code = heard.procedures[0].code
    procedure = turn.procedure(code)
    if procedure is None:
        not_understood(turn, heard)
        return
    turn.update(procedure=code, case_id=heard.case_id, offered=())
    first, *rest = turn.answer_parts(procedure, heard.facet)
    turn.update(parts=tuple(rest))
    turn.say_text(first)
    offer_ticket(turn)


def offer_ticket(turn: Turn) -> None:
    """Ask whether to take a number, unless there is one already for this procedure."""
    held = turn.session.ticket
    if (held and held.procedure_code == turn.session.procedure) or _on_its_way(turn.session):
        turn.go(Phase.LISTENING)
        turn.say("anything_else")
        return
    turn.go(Phase.CONFIRM_TICKET)
    turn.say("offer_ticket_or_more" if turn.session.parts else "offer_ticket")


@on("tell_more", leads_to=(Phase.CONFIRM_TICKET, Phase.LISTENING))
def tell_more(turn: Turn, heard: Understanding) -> None:
    """Go on with the answer."""
    if turn.session.procedure is None:
        turn.say("listening")
        return
    if not turn.session.parts:
        turn.say("no_more")
    else:
        first, *rest = turn.session.parts
        turn.update(parts=tuple(rest))
        turn.say_text(first)
    offer_ticket(turn)


# --- tickets ----------------------------------------------------------------------------------


@on(
    "take_ticket",
    leads_to=(
        Phase.GIVING_TICKET, Phase.CHOOSE_PRIORITY, Phase.CHOOSE_PROCEDURE, Phase.LISTENING,
    ),
)  # fmt: skip
@on("affirm", phase=Phase.CONFIRM_TICKET, leads_to=(Phase.GIVING_TICKET, Phase.LISTENING))
def take_ticket(turn: Turn, heard: Understanding) -> None:
    """Reserve a number for the procedure named, or for the one under discussion."""
    if heard.behaviour == "clarify" and heard.question:
        ask_procedure(turn, heard)
        return
    if heard.procedures:
        turn.update(procedure=heard.procedures[0].code, case_id=heard.case_id)
    procedure = turn.procedure()
    if procedure is None:
        turn.go(Phase.LISTENING)
        turn.say("which_procedure")
        return
    held = turn.session.ticket
    if held and held.procedure_code == procedure.code:
        turn.go(Phase.LISTENING)
        turn.say(
            "already_has_ticket",
            number=held.number,
            counter=turn.counter_label(turn.counter(procedure)),
        )
        return
    classes = turn.knowledge.site.queue.priority_classes
    claimed = claimed_class(heard.text, classes)
    if not claimed and classes and asks_for_priority(heard.text):
        turn.go(Phase.CHOOSE_PRIORITY)
        turn.say("ask_priority")
        return
    give_ticket(turn, procedure, claimed.key if claimed else "")


def give_ticket(turn: Turn, procedure: Procedure, priority: str) -> None:
    """Reserve a number, unless one is on its way."""
    turn.go(Phase.GIVING_TICKET)
    turn.update(parts=())
    turn.say("giving_ticket")
    if not _on_its_way(turn.session):
        turn.command(
            ReserveTicket,
            request_id=turn.request_id(),
            procedure_code=procedure.code,
            priority=priority,
        )


@on("deny", phase=Phase.CHOOSE_PRIORITY, leads_to=(Phase.GIVING_TICKET, Phase.LISTENING))
def no_priority(turn: Turn, heard: Understanding) -> None:
    """An ordinary number, then."""
    procedure = turn.procedure()
    if procedure is None:
        turn.go(Phase.LISTENING)
        turn.say("which_procedure")
        return
    give_ticket(turn, procedure, "")


def _on_its_way(session: Session) -> bool:
    """Whether a number for the procedure under discussion is being reserved or printed."""
    coming = {
        command.ticket.procedure_code
        if isinstance(command, PrintTicket)
        else command.procedure_code
        for command, session_id in session.pending
        if isinstance(command, ReserveTicket | PrintTicket) and session_id == session.id
    }
    return session.procedure in coming


@on("take_ticket", "affirm", phase=Phase.GIVING_TICKET)
def ticket_is_coming(turn: Turn, heard: Understanding) -> None:
    """A second press while the first is under way gives no second ticket."""
    turn.say("giving_ticket")


@on("deny", phase=Phase.CONFIRM_TICKET, leads_to=(Phase.LISTENING,))
def no_ticket(turn: Turn, heard: Understanding) -> None:
    """No number wanted."""
    turn.go(Phase.LISTENING)
    turn.say("no_ticket")


@on("ask_wait")
def ask_wait(turn: Turn, heard: Understanding) -> None:
    """How many are ahead: asking again for the same request gives the ticket as it is now."""
    held = turn.session.ticket
    if held is None:
        turn.say("no_ticket_yet")
        return
    turn.command(
        ReserveTicket,
        request_id=held.request_id,
        procedure_code=held.procedure_code,
        in_hand=True,
    )


# --- bookings ---------------------------------------------------------------------------------


@on("check_in_booking", leads_to=(Phase.CHECK_IN, Phase.GIVING_TICKET, Phase.LISTENING))
def check_in_booking(turn: Turn, heard: Understanding) -> None:
    """Ask what the booking can be found by; with a claim, look for it."""
    if "claim" not in heard.slots:
        turn.go(Phase.CHECK_IN)
        turn.update(missed_bookings=0)
        turn.say("ask_booking")
        return
    try:
        look_for_booking(turn, SealedClaim.parse(heard.slots["claim"]))
    except ValueError:  # there was no key to seal it with: no list has ever come
        turn.go(Phase.LISTENING)
        turn.say("booking_not_connected")


def look_for_booking(turn: Turn, claim: Claim | SealedClaim) -> None:
    """Check a booking in; one at a time."""
    turn.go(Phase.GIVING_TICKET)
    turn.say("checking_in")
    pending = [command for command, owner in turn.session.pending if owner == turn.session.id]
    if not any(isinstance(command, CheckIn) for command in pending):
        turn.command(CheckIn, request_id=turn.request_id(), claim=claim)


@on("affirm", phase=Phase.CHECK_IN, leads_to=(Phase.SCANNING,))
def show_booking(turn: Turn, heard: Understanding) -> None:
    """The citizen agreed that the camera looks for the code of the booking, or the card."""
    turn.go(Phase.SCANNING)
    turn.say("booking_show")
    turn.command(ScanDocument, kinds=("booking", "citizen_card"))


@on("deny", phase=Phase.CHECK_IN, leads_to=(Phase.LISTENING,))
def no_booking(turn: Turn, heard: Understanding) -> None:
    """No booking after all: an ordinary number."""
    turn.go(Phase.LISTENING)
    turn.say("which_procedure")


# --- water and candy --------------------------------------------------------------------------


@on("request_drink")
def request_drink(turn: Turn, heard: Understanding) -> None:
    """A cup of water, brought to a seat where that was asked for."""
    dispense(turn, "water", seat_for(turn, heard))


@on("request_snack")
def request_snack(turn: Turn, heard: Understanding) -> None:
    """A candy."""
    dispense(turn, "candy")


def seat_for(turn: Turn, heard: Understanding) -> str:
    """The place of the seat something is to be brought to; "" when none was spoken of.

    Also "" when the robot cannot drive now: then the citizen takes it where it stands.
    """
    session, places = turn.session, turn.knowledge.site.navigation
    ready = session.base is Base.READY and session.journey is None
    if heard.slots.get("place") != "seat" or places is None or not places.seats or not ready:
        return ""
    named = heard.slots.get("seat", "")
    return f"seat:{named if named in places.seats else next(iter(places.seats))}"


def dispense(turn: Turn, item: str, seat: str = "") -> None:
    """Hand one piece out, within the allowance of a visit and not too soon after the last."""
    if turn.session.journey:
        turn.say("dispense_on_arrival")
        return
    if turn.session.given.count(item) >= turn.knowledge.site.allowance.get(item, 0):
        turn.say("dispense_enough")
        return
    if turn.now < turn.session.rests.get(item, turn.now):
        turn.say("dispense_wait")
        return
    rests = {**turn.session.rests, item: turn.now + turn.knowledge.site.cool_down}
    turn.update(given=(*turn.session.given, item), rests=rests)  # taken back if nothing drops
    turn.update(deliver_to=seat)
    turn.say("dispensing_to_seat" if seat else f"dispensing_{item}")
    turn.command(Dispense, request_id=turn.request_id(), item=item)


# --- the ID card ------------------------------------------------------------------------------


@on("scan_card", leads_to=(Phase.CONSENT_SCAN,))
def ask_consent(turn: Turn, heard: Understanding) -> None:
    """Tell what the camera is for, and ask. The camera stays blind until a yes."""
    turn.go(Phase.CONSENT_SCAN)
    turn.say("scan_consent")


@on("affirm", phase=Phase.CONSENT_SCAN, leads_to=(Phase.SCANNING,))
def scan(turn: Turn, heard: Understanding) -> None:
    """The citizen agreed."""
    turn.go(Phase.SCANNING)
    turn.say("scan_show")
    turn.command(ScanDocument)


@on("deny", phase=Phase.CONSENT_SCAN, leads_to=(Phase.LISTENING,))
def no_scan(turn: Turn, heard: Understanding) -> None:
    """The citizen did not agree; everything works without a card."""
    turn.go(Phase.LISTENING)
    turn.say("scan_declined")


# --- feedback ---------------------------------------------------------------------------------


@on("give_feedback", leads_to=(Phase.RATING, Phase.LISTENING, Phase.IDLE))
def give_feedback(turn: Turn, heard: Understanding) -> None:
    """Keep a rating, or ask for it."""
    rating = heard.slots.get("rating", "")
    if not rating:
        turn.say("rating_unclear" if turn.session.phase == Phase.RATING else "ask_rating")
        turn.go(Phase.RATING)
        return
    held = turn.session.ticket
    site = turn.knowledge.site
    counter, staff = heard.slots.get("counter", ""), heard.slots.get("staff", "")
    if counter not in {one.number for one in site.counters}:  # misheard, or none was named
        counter = held.counter if held else ""
    turn.update(rated=True)
    turn.go(Phase.LISTENING)
    turn.command(
        SubmitFeedback,
        request_id=turn.request_id(),
        session_id=turn.session.id,
        rating=int(rating),
        comment=heard.slots.get("comment", ""),
        counter=counter,
        staff=staff if staff in site.staff else "",
    )


@on("give_feedback", phase=Phase.COMMENT, leads_to=(Phase.LISTENING, Phase.RATING))
def comment(turn: Turn, heard: Understanding) -> None:
    """Add what the citizen says to the rating just given."""
    given = turn.session.feedback
    if given is None:
        give_feedback(turn, heard)
        return
    turn.go(Phase.LISTENING)
    turn.command(
        SubmitFeedback,
        request_id=given.request_id,
        session_id=given.session_id,
        rating=given.rating,
        comment=heard.slots.get("comment", heard.text),
        counter=given.counter,
        staff=given.staff,
    )


@on("affirm", phase=Phase.COMMENT)
def go_on_with_comment(turn: Turn, heard: Understanding) -> None:
    """They will say something."""
    turn.say("comment_go_on")


@on("deny", "goodbye", phase=Phase.RATING, leads_to=(Phase.IDLE, Phase.LISTENING))
@on("deny", "goodbye", phase=Phase.COMMENT, leads_to=(Phase.IDLE, Phase.LISTENING))
def no_rating(turn: Turn, heard: Understanding) -> None:
    """No rating, or no comment, wanted."""
    turn.update(rated=True)
    if turn.session.leaving:
        say_goodbye(turn)
    else:
        turn.go(Phase.LISTENING)
        turn.say("no_ticket")


@on("goodbye", leads_to=(Phase.RATING, Phase.IDLE))
@on("deny", phase=Phase.LISTENING, leads_to=(Phase.RATING, Phase.IDLE))
def goodbye(turn: Turn, heard: Understanding) -> None:
    """Ask for a rating once, if anything was done; then take leave."""
    turn.stand_still()
    session = turn.session
    if not session.rated and (session.procedure or session.ticket or session.given):
        turn.update(leaving=True)
        turn.go(Phase.RATING)
        turn.say("ask_rating")
        return
    say_goodbye(turn)


def say_goodbye(turn: Turn) -> None:
    """Take leave; the session is wiped when the words are spoken."""
    turn.go(Phase.IDLE)
    turn.say("goodbye")


# --- people ------------------------------------------------------------------------------------


@on("call_staff")
def call_staff(turn: Turn, heard: Understanding) -> None:
    """Call a member of staff."""
    turn.call_staff("asked")


@on("ask_opening_hours")
def ask_opening_hours(turn: Turn, heard: Understanding) -> None:
    """Today's hours."""
    hours = turn.knowledge.site.hours_on(turn.knowledge.today())
    if not hours:
        turn.say("closed_today")
        return
    period = "từ {} đến {}" if turn.session.locale == "vi-VN" else "from {} to {}"
    turn.say("opening_hours", hours=", ".join(period.format(h.opens, h.closes) for h in hours))


@on("dossier_status")
def dossier_status(turn: Turn, heard: Understanding) -> None:
    """Not connected: where to look instead."""
    turn.say("dossier_status")


# --- the conversation itself ------------------------------------------------------------------


@on("greet")
def greet(turn: Turn, heard: Understanding) -> None:
    """A greeting back, and the floor."""
    turn.say("listening")


@on("affirm")
def affirm(turn: Turn, heard: Understanding) -> None:
    """A yes to nothing in particular."""
    turn.say("listening")


@on("deny", leads_to=(Phase.LISTENING,))
@on("cancel", leads_to=(Phase.LISTENING,))
def cancel(turn: Turn, heard: Understanding) -> None:
    """Fall silent, drop the question. A ticket on its way is not stopped: it would be nobody's."""
    turn.command(StopSpeech)
    turn.stand_still()
    if turn.session.phase == Phase.SCANNING:
        turn.command(StopScan)
    if turn.session.phase != Phase.GIVING_TICKET:
        turn.go(Phase.LISTENING)
    turn.update(offered=(), parts=(), deliver_to="")
    turn.say("cancelled")


@on("repeat")
def repeat(turn: Turn, heard: Understanding) -> None:
    """Say the last words again."""
    said = turn.session.last_said
    turn.update(last_said=())
    if not said:
        turn.say("nothing_to_repeat")
    for text, caption, _personal in said:
        turn.say_text(text, caption)


@on("slower")
def slower(turn: Turn, heard: Understanding) -> None:
    """Speak slowly from now on, more slowly when asked again, and say it again."""
    turn.update(
        rate=next((rate for rate in SLOW_RATES if rate < turn.session.rate), SLOW_RATES[-1])
    )
    turn.say("slower")
    _repeat_after(turn, heard)


@on("louder")
def louder(turn: Turn, heard: Understanding) -> None:
    """Speak up from now on, and say it again."""
    turn.update(volume=LOUD_VOLUME)
    turn.say("louder")
    _repeat_after(turn, heard)


def _repeat_after(turn: Turn, heard: Understanding) -> None:
    *before, _announcement = turn.session.last_said
    turn.update(last_said=tuple(before))
    if before:
        repeat(turn, heard)


@on("switch_language", leads_to=(Phase.LISTENING,))
def switch_language(turn: Turn, heard: Understanding) -> None:
    """Change the language; without one named, change to the other."""
    named = LOCALES.get(heard.slots.get("locale", ""))
    other = "en-US" if turn.session.locale == "vi-VN" else "vi-VN"
    turn.update(locale=named or other)
    turn.go(Phase.LISTENING)
    turn.say("language_switched")


@on("out_of_scope", leads_to=(Phase.LISTENING,))
def out_of_scope(turn: Turn, heard: Understanding) -> None:
    """Nothing the ward does: a member of staff knows where it is done."""
    turn.go(Phase.LISTENING)
    turn.say("out_of_scope")
    turn.call_staff("not_understood")


@on("not_understood")
def not_understood(turn: Turn, heard: Understanding) -> None:
    """Ask again once; the second time call a member of staff."""
    misses = turn.session.misunderstood + 1
    if misses >= 2:
        turn.update(misunderstood=0)
        turn.say("not_understood_twice")
        turn.call_staff("not_understood")
    else:
        turn.update(misunderstood=misses)
        turn.say("not_understood")
