"""A visit played against the pure dialogue: events in, commands answered as a robot would."""

import uuid
from datetime import date
from pathlib import Path
from types import MappingProxyType

import pytest

from kiosk_robot.catalogue import Catalogue
from kiosk_robot.catalogue.model import Duration, Fee, PaperCase, Procedure
from kiosk_robot.config import load_site
from kiosk_robot.dialogue.choices import ANSWER, choices, pressed
from kiosk_robot.dialogue.reducer import Dialogue, Timeouts
from kiosk_robot.dialogue.sentences import Sentences
from kiosk_robot.dialogue.session import (
    Arrived,
    Cancelled,
    CheckIn,
    Command,
    Dictated,
    Event,
    Finished,
    HeldTicket,
    Left,
    PrintTicket,
    Requested,
    ReserveTicket,
    Say,
    ScanDocument,
    Session,
    SettleTicket,
    SubmitFeedback,
    Ticked,
)
from kiosk_robot.dialogue.turn import Knowledge
from kiosk_robot.documents.form import load_forms
from kiosk_robot.understanding.model import RankedProcedure, Understanding

FORMS = load_forms(Path("/nowhere"))
BIRTH, COPY, RESIDENCE, MARITAL = "1.001193", "2.000815", "1.004222", "1.004873"
CARD = (
    "001194026153|012345678|Nguyễn Thị Bích Hằng|02091994|Nữ|"
    "Số 5 Phố Mẫu, phường Cửa Nam, Hà Nội|10052021"
)


def _procedure(code: str, name: str, group: str) -> Procedure:
    return Procedure(
        code=code,
        name=name,
        official_name=name.capitalize(),
        field="Hộ tịch",
        counter_group=group,
        snapshot=date(2026, 7, 1),
        source="Cổng Dịch vụ công quốc gia",
        cases=(
            PaperCase(
                id="ordinary",
                label="Trường hợp thường gặp",
                papers=tuple(f"Giấy tờ thứ {n} của hồ sơ" for n in range(1, 9)),
            ),
        ),
        fee=Fee(amount_vnd=0),
        duration=Duration(quantity=3, unit="working_day"),
    )


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    records = [
        _procedure(BIRTH, "đăng ký khai sinh", "civil_status"),
        _procedure(COPY, "chứng thực bản sao từ bản chính", "civil_status"),
        _procedure(RESIDENCE, "đăng ký thường trú", "residence"),
        _procedure(MARITAL, "xác nhận tình trạng hôn nhân", "civil_status"),
    ]
    return Catalogue(
        MappingProxyType({record.code: record for record in records}), MappingProxyType({})
    )


@pytest.fixture(scope="session")
def knowledge(catalogue: Catalogue) -> Knowledge:
    return Knowledge(
        catalogue=catalogue,
        site=load_site("cua_nam"),
        sentences={"vi-VN": Sentences.load("vi"), "en-US": Sentences.load("en")},
        today=lambda: date(2026, 11, 23),  # a Monday
        forms=FORMS,
    )


@pytest.fixture(scope="session")
def dialogue(knowledge: Knowledge) -> Dialogue:
    return Dialogue(knowledge, Timeouts(absence=30.0, silence=60.0))


class Visit:
    """`commands` is all that was asked of the robot; `open` what it has not finished yet."""

    def __init__(self, dialogue: Dialogue, knowledge: Knowledge) -> None:
        self._dialogue = dialogue
        self._knowledge = knowledge
        self.session = Session()
        self.now = 100.0
        self.commands: list[Command] = []
        self.open: list[Command] = []
        self.errors: dict[type[Command], str] = {}
        self.payload = CARD
        self.people_ahead = 0
        self.told_wait = (0, 0)
        self._tickets: dict[str, HeldTicket] = {}

    # --- what happens -------------------------------------------------------------------------

    def step(self, event: Event) -> list[Command]:
        self.session, commands = self._dialogue.step(self.session, event, self.now)
        self.commands += commands
        self.open += commands
        return commands

    def arrive(self) -> list[Command]:
        return self.step(Arrived(str(uuid.uuid4())))

    def leave(self) -> list[Command]:
        return self.step(Left())

    def cancel(self) -> list[Command]:
        return self.step(Cancelled())

    def wait(self, seconds: float) -> list[Command]:
        self.now += seconds
        return self.step(Ticked())

    def request(self, intent: str, behaviour: str = "command", **details) -> list[Command]:
        """The citizen says something that is understood as `intent`."""
        text = details.pop("text", intent)
        heard = Understanding(text, intent, behaviour, **details)
        return self.step(Requested(str(uuid.uuid4()), heard))

    def ask(self, code: str, **details) -> list[Command]:
        ranked = (RankedProcedure(code, 1.0),)
        return self.request("ask_procedure", "answer", procedures=ranked, **details)

    def dictate(self, text: str) -> list[Command]:
        """The citizen says or types something for a form."""
        return self.step(Dictated(text))

    def press(self, choice_id: str) -> list[Command]:
        """The citizen presses a button that is on the screen."""
        labels = {choice.id: choice.label for choice in self.choices()}
        if choice_id.startswith(ANSWER):
            return self.dictate(choice_id.removeprefix(ANSWER))
        heard = pressed(choice_id, labels[choice_id])
        return self.step(Requested(str(uuid.uuid4()), heard))

    def finish(self, command: Command, error: str = "") -> list[Command]:
        """The robot has carried out a command, or failed with `error`."""
        self.open.remove(command)
        event = Finished(command.id, error)
        if not error:
            match command:
                case ReserveTicket() | CheckIn():
                    event = Finished(command.id, ticket=self.ticket_for(command))
                case ScanDocument():
                    event = Finished(command.id, payload=self.payload)
                case SubmitFeedback(rating=rating):
                    event = Finished(command.id, alert_raised=rating <= 2)
        return self.step(event)

    def run(self, *, but: type[Command] | tuple[type[Command], ...] = ()) -> None:
        """Carry out everything, and what follows from it; commands of the kinds `but` stay open."""
        while ready := [command for command in self.open if not isinstance(command, but)]:
            self.finish(ready[0], self.errors.get(type(ready[0]), ""))

    def ticket_for(self, command: ReserveTicket | CheckIn) -> HeldTicket:
        """As the queue does it: the same request, the same ticket."""
        if command.request_id not in self._tickets:
            number = len(self._tickets) + 1
            self._tickets[command.request_id] = HeldTicket(
                id=str(uuid.uuid4()),
                number=f"A{number:03d}",
                procedure_code=getattr(command, "procedure_code", ""),
                counter="1",
                people_ahead=self.people_ahead,
                wait=self.told_wait,
                registered_at=1_790_000_000.0,
            )
        return self._tickets[command.request_id]

    # --- what is seen -------------------------------------------------------------------------

    def choices(self):
        return choices(self.session, self._knowledge)

    def only(self, kind):
        """The one command of a kind so far."""
        [command] = self.all(kind)
        return command

    def all(self, kind):
        return [command for command in self.commands if isinstance(command, kind)]

    def kinds(self) -> list[str]:
        """What the robot was asked to do, in order, apart from talking."""
        return [type(c).__name__ for c in self.commands if not isinstance(c, Say)]

    def captions(self) -> list[str]:
        return [command.caption for command in self.all(Say)]

    def settled(self) -> list[tuple[str, str]]:
        return [(c.outcome, c.delivery) for c in self.all(SettleTicket)]


@pytest.fixture
def visit(dialogue: Dialogue, knowledge) -> Visit:
    return Visit(dialogue, knowledge)


@pytest.fixture
def new_visit(dialogue: Dialogue, knowledge: Knowledge):
    """Make as many visits as a test needs."""
    return lambda: Visit(dialogue, knowledge)


@pytest.fixture
def printing(visit: Visit) -> Visit:
    """A visit whose ticket is being printed."""
    visit.arrive()
    visit.ask(BIRTH)
    visit.run()
    visit.request("affirm")
    visit.run(but=PrintTicket)
    return visit


@pytest.fixture
def with_ticket(printing: Visit) -> Visit:
    """A visit with its ticket in hand."""
    printing.run()
    return printing
