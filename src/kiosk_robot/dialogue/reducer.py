"""The dialogue as a pure function: step(session, event, now) -> (session, commands).

Order of attention: stop and cancel, the answer we are waiting for, any other request, one
clarifying question, a member of staff. Voice and touch arrive as the same events.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from kiosk_robot.dialogue import doubt, forms, guiding
from kiosk_robot.dialogue.bookings import tell_why_not
from kiosk_robot.dialogue.politeness import Address
from kiosk_robot.dialogue.priority import as_ticket_request
from kiosk_robot.dialogue.requests import LOCALES, look_for_booking, rule_for, say_goodbye
from kiosk_robot.dialogue.session import (
    DICTATION,
    FORM_PHASES,
    Arrived,
    Base,
    BaseChanged,
    CallStaff,
    Cancelled,
    CheckIn,
    Command,
    DeviceChanged,
    Dictated,
    Dispense,
    Event,
    Finished,
    Guide,
    GuideProgressed,
    HeldTicket,
    Left,
    Phase,
    PrintForm,
    PrintTicket,
    Requested,
    ReserveTicket,
    Say,
    ScanDocument,
    ScanHinted,
    Session,
    SettleTicket,
    StopScan,
    StopSpeech,
    SubmitFeedback,
    Ticked,
)
from kiosk_robot.dialogue.turn import Knowledge, Turn
from kiosk_robot.documents.card import Card, CardError, parse_card, spoken_name
from kiosk_robot.documents.hints import Hint
from kiosk_robot.queueing.claims import claim_in_code

__all__ = ["Dialogue", "Timeouts"]

# What a citizen who has said goodbye may still say without staying.
STILL_LEAVING = ("give_feedback", "deny", "goodbye", "not_understood", "repeat", "slower", "louder")
HINTS = {
    Hint.HOLD_CLOSER: "scan_hold_closer",
    Hint.TILT: "scan_tilt",
    Hint.HOLD_STILL: "scan_hold_still",
    Hint.TURN_OVER: "scan_turn_over",
}
HINT_PAUSE = 4.0  # seconds between two hints: time to hear one and to follow it
# What is said on the screen while a device is gone, and whether the robot says it aloud at once.
LOST_DEVICE_NOTICES = {"speech_recognition": "cannot_hear", "ticket_printer": "cannot_print"}


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds."""

    absence: float = 30.0
    silence: float = 60.0


class Dialogue:
    """The rules of the conversation over what the robot knows."""

    def __init__(self, knowledge: Knowledge, timeouts: Timeouts) -> None:
        self._knowledge = knowledge
        self._timeouts = timeouts
        self._finished: dict[type[Command], Callable[[Turn, Any, Finished], None]] = {
            Say: self._said,
            ReserveTicket: self._reserved,
            CheckIn: self._checked_in,
            PrintTicket: self._printed,
            PrintForm: forms.printed,
            SettleTicket: self._settled,
            Dispense: self._dispensed,
            ScanDocument: self._scanned,
            SubmitFeedback: self._feedback_kept,
            CallStaff: self._staff_called,
            Guide: guiding.finished,
        }

    def step(self, session: Session, event: Event, now: float) -> tuple[Session, list[Command]]:
        """What follows from an event. `now` is steady time in seconds. Never raises."""
        turn = Turn(self._knowledge, session, now)
        match event:
            case Arrived(session_id):
                self._arrived(turn, session_id)
            case Left():
                turn.update(absent_since=now if session.id else None, visitor="")
            case Requested():
                self._requested(turn, event)
            case Dictated():
                self._dictated(turn, event)
            case Finished():
                self._command_finished(turn, event)
            case ScanHinted(hint):
                self._scan_hinted(turn, hint)
            case GuideProgressed():
                guiding.progressed(turn, event)
            case BaseChanged(base):
                turn.update(base=base, try_at=0.0)
                turn.update(notice=_notice(turn.session) if turn.session.id else "")
            case DeviceChanged(device, usable):
                self._device_changed(turn, device, usable)
            case Cancelled():
                if session.id:
                    turn.command(StopSpeech)
                    self._wipe(turn)
            case Ticked():
                self._ticked(turn)
        if turn.session.form and turn.session.phase not in FORM_PHASES:
            forms.forget(turn)
        guiding.keep_its_place(turn)
        if not turn.session.id:
            turn.update(last_said=())  # what it said to nobody is not repeated to the next one
        return turn.session, turn.commands

    # --- coming and going ---------------------------------------------------------------------

    def _arrived(self, turn: Turn, session_id: str) -> None:
        if turn.session.id:
            turn.update(absent_since=None)
            return
        if turn.session.journey:  # no talk while it drives by itself: what it sees may be a wall
            turn.update(visitor=session_id)
            return
        self._begin(turn, session_id)
        self._greet(turn)

    def _greet(self, turn: Turn) -> None:
        turn.say("greeting", site=self._knowledge.site.short_name)
        if "speech_recognition" in turn.session.lost:
            turn.say("cannot_hear")

    def _begin(self, turn: Turn, session_id: str) -> None:
        turn.update(
            id=session_id,
            phase=Phase.LISTENING,
            visitor="",
            last_activity=turn.now,
            notice=_notice(turn.session),
        )

    def _wipe(self, turn: Turn) -> None:
        """Forget the visit; what must outlive it is the tickets still to be settled."""
        if turn.session.phase == Phase.SCANNING:
            turn.command(StopScan)
        turn.stand_still()
        session = turn.session
        turn.session = Session(
            pending=tuple(
                item for item in session.pending if not isinstance(item[0], Say | PrintForm)
            ),
            rests=session.rests,
            serial=session.serial,
            lost=session.lost,
            base=session.base,
            place=session.place,
        )

    def _ticked(self, turn: Turn) -> None:
        session = turn.session
        if not session.id or session.speaking or session.journey:
            return
        absent = session.absent_since is not None and turn.now - session.absent_since
        if absent and absent >= self._timeouts.absence:
            self._wipe(turn)
        elif turn.now - session.last_activity >= self._timeouts.silence:
            turn.update(last_activity=turn.now)
            if _silence_ends(session):
                say_goodbye(turn)
            else:
                turn.update(asked_still_there=True)
                turn.say("still_there")
                # Whoever says "what was that?" wants the question before.
                turn.update(last_said=session.last_said)

    def ends_in(self, session: Session, now: float) -> float:
        """Seconds until the visit ends by itself if nothing happens; 0.0 when it does not."""
        if not session.id or session.speaking or session.journey:
            return 0.0
        ends = []
        if session.absent_since is not None:
            ends.append(session.absent_since + self._timeouts.absence)
        if _silence_ends(session):
            ends.append(session.last_activity + self._timeouts.silence)
        return max(min(ends) - now, 0.1) if ends else 0.0

    # --- requests -----------------------------------------------------------------------------

    def _requested(self, turn: Turn, event: Requested) -> None:
        heard = event.understanding
        if not turn.session.id:
            turn.stand_still()
            self._begin(turn, event.session_id)
            if heard.intent == "greet":
                self._greet(turn)
                return
            turn.say("machine_notice")  # they must know before they are answered
        elif turn.session.phase == Phase.IDLE:  # called back while taking leave
            turn.go(Phase.LISTENING)
        elif event.interrupts and turn.session.speaking:
            turn.command(StopSpeech)
        heard = as_ticket_request(turn, forms.as_form_request(turn, heard))
        doubtful = doubt.about(heard, turn.session.phase)
        asked = turn.session.phase == Phase.CONFIRM_HEARD and heard.intent == "deny"
        if heard.intent not in ("not_understood", "out_of_scope") and not (doubtful or asked):
            turn.update(misunderstood=0)
        keeps_last_said = heard.intent in ("repeat", "slower", "louder")
        turn.update(
            last_activity=turn.now,
            absent_since=None if turn.session.absent_since is None else turn.now,
            asked_still_there=False,
            address=Address.from_text(heard.text, turn.session.address),
            # Who speaks English is answered in English, without having to ask for it.
            locale=LOCALES.get(heard.slots.get("locale", ""), turn.session.locale),
            leaving=turn.session.leaving and heard.intent in STILL_LEAVING,
            last_said=turn.session.last_said if keeps_last_said else (),
        )
        if doubtful:
            doubt.resolve(turn, heard)
            return
        rule_for(turn.session.phase, heard.intent).handle(turn, heard)

    def _dictated(self, turn: Turn, event: Dictated) -> None:
        if turn.session.phase not in DICTATION:
            return
        if turn.session.speaking:
            turn.command(StopSpeech)
        keeps_last_said = forms.asks_to_repeat(event.text)
        turn.update(
            last_activity=turn.now,
            absent_since=None if turn.session.absent_since is None else turn.now,
            asked_still_there=False,
            last_said=turn.session.last_said if keeps_last_said else (),
        )
        forms.dictated(turn, event.text)

    # --- results ------------------------------------------------------------------------------

    def _command_finished(self, turn: Turn, event: Finished) -> None:
        found = next(
            (item for item in turn.session.pending if item[0].id == event.command_id), None
        )
        if found is None:
            return
        command, session_id = found
        turn.update(pending=tuple(item for item in turn.session.pending if item is not found))
        if not _belongs(turn.session, session_id):
            self._settle_for_the_departed(turn, command, event)
            return
        turn.update(last_activity=turn.now)
        handler = self._finished.get(type(command))
        if handler:
            handler(turn, command, event)

    def _settle_for_the_departed(self, turn: Turn, command: Command, event: Finished) -> None:
        """A ticket that comes true after the citizen has gone is nobody's: void, unless printed.

        One whose printing failed may be out all the same: the queue asks the printer (decision
        0017).
        """
        match command:
            case ReserveTicket(in_hand=False) | CheckIn() if event.ticket:
                turn.command(
                    SettleTicket, ticket_id=event.ticket.id, outcome="void", reason="citizen left"
                )
            case PrintTicket(ticket=ticket) if not event.error:
                turn.command(SettleTicket, ticket_id=ticket.id, outcome="issued", delivery="paper")
            case Guide():
                guiding.alone(turn, command, event)
                if turn.session.visitor:
                    self._begin(turn, turn.session.visitor)
                    self._greet(turn)

    def _said(self, turn: Turn, command: Say, event: Finished) -> None:
        if turn.session.phase == Phase.IDLE and turn.session.id and not turn.session.speaking:
            self._wipe(turn)

    def _reserved(self, turn: Turn, command: ReserveTicket, event: Finished) -> None:
        ticket = event.ticket
        if ticket is None:
            self._ticket_lost(turn)
        elif command.in_hand:
            _say_wait(turn, ticket)
        else:
            self._print(turn, replace(ticket, request_id=command.request_id))

    def _checked_in(self, turn: Turn, command: CheckIn, event: Finished) -> None:
        if event.ticket is None:
            tell_why_not(turn, event)
            return
        turn.say("booking_found")
        if event.booking.get("more", "0") != "0":
            turn.say("booking_more", more=event.booking["more"])
        self._print(turn, replace(event.ticket, request_id=command.request_id))

    def _print(self, turn: Turn, ticket: HeldTicket) -> None:
        code = ticket.procedure_code
        procedure = turn.procedure(code) if code else None  # a booking may name but its field
        counter = next(c for c in self._knowledge.site.counters if c.number == ticket.counter)
        case = (
            next((c for c in procedure.cases if turn.session.case_id in (None, c.id)), None)
            if procedure
            else None
        )
        turn.command(SettleTicket, ticket_id=ticket.id, outcome="printing")
        turn.command(
            PrintTicket,
            ticket=ticket,
            procedure=_capital(procedure.name) if procedure else "Lịch hẹn đã đặt trước",
            papers=(*(case.papers if case else ()), *_proof(turn, ticket)),
            counter_label=f"Quầy {counter.number}",
            counter_place=counter.place,
            large_print=turn.session.rate < 1.0 or self._is_elderly(turn.session.card),
        )

    def _is_elderly(self, card: Card | None) -> bool:
        """Sixty or over, as the law on the elderly counts (Luật Người cao tuổi 2009, Điều 2)."""
        if card is None:
            return False
        today, born = self._knowledge.today(), card.birth_date
        return today.year - born.year - ((today.month, today.day) < (born.month, born.day)) >= 60

    def _printed(self, turn: Turn, command: PrintTicket, event: Finished) -> None:
        """On paper or, when the printer failed, on the screen: the citizen has the number.

        It is shown before it is settled: what is called has been seen, whatever dies in between.
        """
        if event.error == "request_closed":
            self._ticket_lost(turn)
            return
        on_paper = not event.error
        ticket = replace(command.ticket, on_paper=on_paper)
        turn.update(ticket=ticket)
        if turn.session.phase == Phase.GIVING_TICKET:
            turn.go(Phase.LISTENING)
        turn.command(
            SettleTicket,
            ticket_id=ticket.id,
            outcome="issued",
            delivery="paper" if on_paper else "screen",
        )
        counter = next(c for c in self._knowledge.site.counters if c.number == ticket.counter)
        turn.say(
            "ticket_issued" if on_paper else "ticket_on_screen",
            number=ticket.number,
            counter=turn.counter_label(counter),
            place=counter.place,
        )
        _say_wait(turn, ticket)
        if proof := _proof(turn, ticket):
            turn.say("show_proof", proof=proof[0])
        if turn.session.phase != Phase.LISTENING or not guiding.offer(turn, counter):
            turn.say("anything_else")

    def _settled(self, turn: Turn, command: SettleTicket, event: Finished) -> None:
        """What could not be settled is told to the citizen who was shown the number."""
        held = turn.session.ticket
        if event.error and command.delivery == "screen" and held and held.id == command.ticket_id:
            turn.update(ticket=None)
            self._ticket_lost(turn)

    def _ticket_lost(self, turn: Turn) -> None:
        if turn.session.phase == Phase.GIVING_TICKET:
            turn.go(Phase.LISTENING)
        turn.say("ticket_failed")
        turn.call_staff("device_failed")

    def _dispensed(self, turn: Turn, command: Dispense, event: Finished) -> None:
        seat = turn.session.deliver_to
        turn.update(deliver_to="")
        if not event.error and seat:
            turn.command(Guide, place=seat, follow=False)
            return
        if not event.error:
            turn.say(f"dispensed_{command.item}")
            return
        # In doubt the piece counts as given: a cup may drop never, but not twice.
        if event.error != "unknown_outcome":
            given = list(turn.session.given)
            given.remove(command.item)
            rests = {k: at for k, at in turn.session.rests.items() if k != command.item}
            turn.update(given=tuple(given), rests=rests)
        turn.say("dispense_empty" if event.error == "empty" else "dispense_failed")
        turn.call_staff("device_failed")

    def _scanned(self, turn: Turn, command: ScanDocument, event: Finished) -> None:
        if turn.session.phase != Phase.SCANNING:
            return  # the citizen has turned to something else: no card is looked at
        if turn.session.form:
            forms.scanned(turn, event)
            return
        if "booking" in command.kinds:
            self._booking_shown(turn, event)
            return
        turn.go(Phase.LISTENING)
        if event.error:
            known = {"nothing_read": "scan_nothing", "not_a_card": "scan_not_a_card"}
            turn.say(known.get(event.error, "scan_no_camera"))
            return
        try:
            card = parse_card(event.payload)
        except CardError:
            turn.say("scan_not_a_card")
            return
        turn.update(card=card)
        if turn.session.speaking:  # how to hold it: no longer of use
            turn.command(StopSpeech)
        turn.say("greeting_by_name", personal={"name": spoken_name(card)})

    def _booking_shown(self, turn: Turn, event: Finished) -> None:
        claim = claim_in_code(event.payload)
        if event.error or claim is None:
            turn.go(Phase.CHECK_IN)
            turn.say("booking_no_code")
        else:
            look_for_booking(turn, claim)

    def _scan_hinted(self, turn: Turn, hint: Hint) -> None:
        """Say how to hold the card, not more often than one can follow."""
        session = turn.session
        if session.phase != Phase.SCANNING or session.speaking or hint not in HINTS:
            return
        if turn.now - session.hinted_at >= HINT_PAUSE:
            turn.update(hinted_at=turn.now)
            turn.say(HINTS[hint])

    def _feedback_kept(self, turn: Turn, command: SubmitFeedback, event: Finished) -> None:
        if event.error:
            turn.say("feedback_kept_later")
            turn.call_staff("device_failed")
        elif command.comment:
            turn.say("comment_thanks")
        elif event.alert_raised:
            turn.say("feedback_sorry_alerted")
            turn.say("ask_comment")
            turn.update(phase=Phase.COMMENT, feedback=command)
            return
        else:
            turn.say("feedback_thanks")
        if turn.session.leaving:
            say_goodbye(turn)

    def _staff_called(self, turn: Turn, command: CallStaff, event: Finished) -> None:
        if event.error:
            turn.say("staff_call_failed")
        elif command.reason == "asked":
            turn.say("staff_called")

    # --- devices ------------------------------------------------------------------------------

    def _device_changed(self, turn: Turn, device: str, usable: bool) -> None:
        lost = turn.session.lost - {device} if usable else turn.session.lost | {device}
        newly_lost = lost - turn.session.lost
        turn.update(lost=lost)
        turn.update(notice=_notice(turn.session) if turn.session.id else "")
        if turn.session.id and "speech_recognition" in newly_lost:
            turn.say("cannot_hear")


def _silence_ends(session: Session) -> bool:
    return session.asked_still_there or session.phase == Phase.COMMENT


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _proof(turn: Turn, ticket: HeldTicket) -> tuple[str, ...]:
    """What to show at the counter for being called earlier; empty for an ordinary number."""
    vietnamese = turn.session.locale == "vi-VN"
    return tuple(
        one.proof if vietnamese else one.proof_en
        for one in turn.knowledge.site.queue.priority_classes
        if one.key == ticket.priority
    )


def _say_wait(turn: Turn, ticket: HeldTicket) -> None:
    if ticket.people_ahead:
        turn.say("people_ahead", people=ticket.people_ahead)
    else:
        turn.say("nobody_ahead")
    low, high = ticket.wait
    if 0 < low < high:
        turn.say("wait_between", low=low, high=high)
    elif high:
        turn.say("wait_within", high=high)


def _belongs(session: Session, session_id: str) -> bool:
    return session.id == session_id and bool(session.id)


def _notice(session: Session) -> str:
    if session.base is Base.STOPPED:
        return "emergency_stopped"
    return next((key for device, key in LOST_DEVICE_NOTICES.items() if device in session.lost), "")
