"""One visit of one citizen, and everything that can happen to it, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kiosk_robot.dialogue.politeness import Address
from kiosk_robot.documents.card import Card
from kiosk_robot.documents.filling import Filling
from kiosk_robot.documents.hints import Hint
from kiosk_robot.queueing.claims import Claim, SealedClaim
from kiosk_robot.understanding.model import Understanding


class Phase(StrEnum):
    """What the robot is waiting for."""

    IDLE = "idle"  # nobody is there
    LISTENING = "listening"  # for any request
    CHOOSE_PROCEDURE = "choose_procedure"  # the answer to a clarifying question
    CONFIRM_HEARD = "confirm_heard"  # whether that was what the citizen said
    CONFIRM_TICKET = "confirm_ticket"  # whether to take a number
    CHOOSE_PRIORITY = "choose_priority"  # why to be called earlier
    GIVING_TICKET = "giving_ticket"  # the queue and the printer
    CONSENT_SCAN = "consent_scan"  # whether the camera may look
    SCANNING = "scanning"  # a code held to the camera
    CHOOSE_FORM = "choose_form"  # which form is meant
    CONSENT_FORM = "consent_form"  # whether the camera may look, for a form
    FILLING_FORM = "filling_form"  # the value of a field, dictated or typed
    REVIEWING_FORM = "reviewing_form"  # whether all that was read back is right
    PRINTING_FORM = "printing_form"  # the form's printer
    RATING = "rating"  # one to five
    COMMENT = "comment"  # what was not right, in the citizen's words
    CHECK_IN = "check_in"  # what a booking is found by
    CONFIRM_GUIDE = "confirm_guide"  # whether to be led
    GUIDING = "guiding"  # the citizen follows


class Base(StrEnum):
    """How the robot stands on its wheels; the values of GuideState."""

    NO_WHEELS = "no_wheels"  # it stays where it is
    READY = "ready"
    STOPPED = "stopped"  # the emergency stop is pressed
    LOW_BATTERY = "low_battery"  # to the dock as soon as nobody needs it


DICTATION = frozenset({Phase.FILLING_FORM, Phase.REVIEWING_FORM})
"""What is said in these phases is personal: it comes as `Dictated`, never over a topic."""
FORM_PHASES = DICTATION | {
    Phase.CONSENT_FORM,
    Phase.CONFIRM_HEARD,
    Phase.SCANNING,
    Phase.PRINTING_FORM,
}
"""A form is kept while the conversation is about it; in any other phase it is forgotten."""

YES_NO = frozenset(
    {
        *(Phase.CONFIRM_HEARD, Phase.CONFIRM_TICKET, Phase.CONFIRM_GUIDE),
        *(Phase.CONSENT_SCAN, Phase.CONSENT_FORM),
    }
)
"""In these phases the robot has asked for a yes or a no."""


def expected(phase: Phase) -> str:
    """The kind of answer that is waited for: free, yes_no, rating or dictated."""
    if phase in DICTATION:
        return "dictated"
    if phase == Phase.RATING:
        return "rating"
    return "yes_no" if phase in YES_NO else "free"


@dataclass(frozen=True, slots=True)
class HeldTicket:
    """A number reserved for the citizen."""

    id: str
    number: str
    procedure_code: str
    counter: str
    people_ahead: int
    registered_at: float  # seconds since the epoch
    priority: str = ""  # key of a class of the site
    wait: tuple[int, int] = (0, 0)  # from, to, minutes; (0, 0) when unknown
    request_id: str = ""  # the wish it answers
    on_paper: bool = False  # False: the citizen reads it on the screen
    follow_url: str = ""  # opened by their phone; empty when no phone can reach the robot


# --- what the dialogue asks the robot to do ---------------------------------------------------


@dataclass(frozen=True, slots=True)
class Command:
    """Something the robot does. Its `id` comes back in the `Finished` event."""

    id: str


@dataclass(frozen=True, slots=True)
class Say(Command):
    """Speak `text` and show `caption`; they differ only where the text is personal."""

    text: str = field(repr=False)
    caption: str
    locale: str
    rate: float  # 1.0 ordinary
    volume: float  # 0..1
    personal: bool = False


@dataclass(frozen=True, slots=True)
class StopSpeech(Command):
    """Fall silent and forget what was still to be said."""


@dataclass(frozen=True, slots=True)
class ReserveTicket(Command):
    """Reserve a number; the same request id always gives the same ticket."""

    request_id: str
    procedure_code: str
    priority: str = ""  # key of a class of the site; the proof is shown at the counter
    in_hand: bool = False  # the citizen has it and asks how many are ahead now


@dataclass(frozen=True, slots=True)
class PrintTicket(Command):
    """Print a reserved ticket."""

    ticket: HeldTicket
    procedure: str
    papers: tuple[str, ...]
    counter_label: str
    counter_place: str
    large_print: bool


@dataclass(frozen=True, slots=True)
class SettleTicket(Command):
    """Write down what became of a ticket."""

    ticket_id: str
    outcome: str  # printing, issued, void
    delivery: str = ""  # issued: paper, screen
    reason: str = ""  # void: why


@dataclass(frozen=True, slots=True)
class Dispense(Command):
    """Drop one piece."""

    request_id: str
    item: str


@dataclass(frozen=True, slots=True)
class ScanDocument(Command):
    """Read a code held to the camera; only after consent."""

    kinds: tuple[str, ...] = ("citizen_card",)


@dataclass(frozen=True, slots=True)
class CheckIn(Command):
    """Find a booking and reserve its number; the same request id always gives the same ticket."""

    request_id: str
    claim: Claim | SealedClaim


@dataclass(frozen=True, slots=True)
class PrintForm(Command):
    """Print a filled form on A4."""

    filling: Filling = field(repr=False)
    ticket: str  # the queue number the citizen holds, or ""


@dataclass(frozen=True, slots=True)
class StopScan(Command):
    """Blind the camera at once; the scan that ran finishes as canceled."""


@dataclass(frozen=True, slots=True)
class Guide(Command):
    """Drive to a place of the site; a citizen may follow."""

    place: str  # home, dock, counter:NUMBER, seat:NAME
    follow: bool


@dataclass(frozen=True, slots=True)
class StopGuide(Command):
    """Stand still; the journey that ran finishes as canceled."""


@dataclass(frozen=True, slots=True)
class SubmitFeedback(Command):
    """Keep a rating."""

    request_id: str
    session_id: str
    rating: int
    comment: str
    counter: str
    staff: str = ""  # code


@dataclass(frozen=True, slots=True)
class CallStaff(Command):
    """Ask a member of staff to come."""

    session_id: str
    reason: str  # asked, not_understood, device_failed


# --- what happens to the dialogue -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Arrived:
    """Somebody came before the robot; `session_id` names the visit should it begin now."""

    session_id: str


@dataclass(frozen=True, slots=True)
class Left:
    """Nobody stands before the robot any more."""


@dataclass(frozen=True, slots=True)
class Requested:
    """The citizen said or pressed something; voice and touch are the same event."""

    session_id: str  # names the visit should it begin now
    understanding: Understanding
    interrupts: bool = True  # False: a further request of the same sentence, served in turn


@dataclass(frozen=True, slots=True)
class Dictated:
    """The citizen said or typed something for a form."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Finished:
    """A command came to its end. `error` is "" or the name of an error constant, in lower case."""

    command_id: str
    error: str = ""
    ticket: HeldTicket | None = None  # of ReserveTicket, CheckIn
    booking: Mapping[str, str] = field(default_factory=dict)  # of CheckIn: facts to be told
    payload: str = field(default="", repr=False)  # of ScanDocument: personal
    alert_raised: bool = False  # of SubmitFeedback


@dataclass(frozen=True, slots=True)
class ScanHinted:
    """A card cannot be read yet, and the scanner knows what would help."""

    hint: Hint


@dataclass(frozen=True, slots=True)
class GuideProgressed:
    """The robot is on its way."""

    progress: str  # leading, waiting (for the citizen), blocked


@dataclass(frozen=True, slots=True)
class BaseChanged:
    """The wheels can be used, or no longer."""

    base: Base


@dataclass(frozen=True, slots=True)
class DeviceChanged:
    """A device node became usable or was lost."""

    device: str
    usable: bool


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Somebody ended the visit: stop, wipe."""


@dataclass(frozen=True, slots=True)
class Ticked:
    """Time passed."""


Event = (
    Arrived
    | Left
    | Requested
    | Dictated
    | Finished
    | ScanHinted
    | GuideProgressed
    | BaseChanged
    | DeviceChanged
    | Cancelled
    | Ticked
)


@dataclass(frozen=True, slots=True)
class Session:
    """The visit as it stands. The empty session is a robot with nobody before it."""

    id: str = ""
    phase: Phase = Phase.IDLE
    locale: str = "vi-VN"
    address: Address = field(default_factory=Address)
    rate: float = 1.0
    volume: float = 0.5  # room for twice the amplitude when asked to speak up
    procedure: str | None = None  # official code under discussion
    case_id: str | None = None
    parts: tuple[str, ...] = ()  # of the answer, not yet said
    offered: tuple[str, ...] = ()  # codes of the clarifying question
    ticket: HeldTicket | None = None
    given: tuple[str, ...] = ()  # items handed out
    card: Card | None = field(default=None, repr=False)
    hinted_at: float = float("-inf")  # steady seconds: how to hold the card was said
    form: Filling | None = field(default=None, repr=False)
    asking: str = ""  # name of the form's field that is asked for
    destination: str = ""  # number of the counter it has offered to go to
    deliver_to: str = ""  # place what is being dispensed is to be brought to
    misunderstood: int = 0  # times in a row
    doubted: Understanding | None = None  # asked about: was it heard right?
    doubted_in: Phase = Phase.LISTENING  # what was waited for then
    rated: bool = False
    feedback: SubmitFeedback | None = None  # the rating a comment is added to
    missed_bookings: int = 0  # claims that found nothing
    leaving: bool = False  # said goodbye; the rating is the last thing
    asked_still_there: bool = False
    notice: str = ""  # prompt key of a standing notice on the screen
    last_said: tuple[tuple[str, str, bool], ...] = field(default=(), repr=False)
    last_activity: float = 0.0  # steady seconds
    absent_since: float | None = None  # steady seconds
    # These outlive a visit: a ticket on its way must be settled even if the citizen has left, and
    # who comes back at once gets no second cup.
    pending: tuple[tuple[Command, str], ...] = ()  # with the id of their session
    rests: Mapping[str, float] = field(default_factory=dict)  # item -> steady seconds of its next
    serial: int = 0  # commands so far
    lost: frozenset[str] = frozenset()  # devices not usable now
    base: Base = Base.NO_WHEELS
    place: str = ""  # where the robot stands; "" when that is nowhere in particular
    way_told_at: float = float("-inf")  # steady seconds: something was said about the way
    try_at: float = 0.0  # steady seconds: it tries again to get to its place; 0.0: never failed
    visitor: str = ""  # visit of somebody who came before it while it drove by itself

    @property
    def speaking(self) -> bool:
        """Whether something is still to be said."""
        return any(isinstance(command, Say) for command, _ in self.pending)

    @property
    def journey(self) -> Guide | None:
        """The journey it is on."""
        return next((command for command, _ in self.pending if isinstance(command, Guide)), None)
