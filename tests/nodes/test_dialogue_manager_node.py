"""The conversation over ROS, with the real queue and stand-ins for the devices."""

from itertools import groupby

import pytest

pytest.importorskip("rclpy")

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.action import ActionServer

from kiosk_interfaces.action import Dispense, Guide, PrintForm, PrintTicket, Say
from kiosk_interfaces.msg import (
    ClosedCaption,
    DialogueState,
    DialogueTurn,
    GuideState,
    Intent,
    Presence,
    SpokenWord,
)
from kiosk_interfaces.srv import CallNext, CancelDialogue, Dictate, ReadForm
from kiosk_nodes.conversions import to_intent
from kiosk_nodes.dialogue_manager import DialogueManagerNode
from kiosk_nodes.qos import DIAGNOSTICS, EVENT, STATE
from kiosk_nodes.queue import QueueNode
from kiosk_robot.dialogue.choices import pressed

BIRTH = "procedure:1.001193"


class Conversation:
    """A citizen before the screen; `errors` says how each skill ends, None: aborted, no reason."""

    def __init__(self, bench) -> None:
        self._bench = bench
        self.errors: dict[type, int | None] = {}
        self.printed: list[str] = []
        self.forms: list[PrintForm.Goal] = []
        for kind, name in (
            (Say, "/skill/say"),
            (PrintTicket, "/skill/print_ticket"),
            (Dispense, "/skill/dispense"),
            (PrintForm, "/skill/print_form"),
        ):
            ActionServer(bench.peer, kind, name, lambda goal, kind=kind: self._execute(goal, kind))
        bench.add(QueueNode())
        bench.add(DialogueManagerNode())
        self.states = bench.hear(DialogueState, "dialogue/state", STATE)
        self.captions = bench.hear(ClosedCaption, "/dialogue_manager/closed_captions", EVENT)
        self.turns = bench.hear(DialogueTurn, "dialogue/turns", EVENT)
        self.intents = bench.publisher(Intent, "/intents", EVENT)
        self.presence = bench.publisher(Presence, "presence", STATE)
        self.diagnostics = bench.publisher(DiagnosticArray, "/diagnostics", DIAGNOSTICS)

    def _execute(self, goal, kind: type):
        error = self.errors.get(kind, 0)
        if error == 0:
            if kind is Say:
                goal.publish_feedback(Say.Feedback(word_begin=0, word_end=4))
            goal.succeed()
            if kind is PrintTicket:
                self.printed.append(goal.request.number)
            if kind is PrintForm:
                self.forms.append(goal.request)
        else:
            goal.abort()
        return kind.Result(error_code=error or 0)

    def arrive(self) -> None:
        self.presence.publish(Presence(present=True))
        self.until(lambda: self.state.phase == "listening", "the greeting")

    def press(self, choice_id: str) -> DialogueTurn:
        """Press a button and wait for the turn to be over."""
        before = len(self._citizen_turns())
        understanding = pressed(choice_id, choice_id)
        self.intents.publish(to_intent(understanding, Intent.MODALITY_TOUCHSCREEN, "touchscreen"))
        self.until(lambda: len(self._citizen_turns()) > before, f"an answer to {choice_id}")
        return self._citizen_turns()[-1]

    def _citizen_turns(self) -> list[DialogueTurn]:
        return [turn for turn in self.turns if turn.speaker_id == "citizen"]

    def lose(self, device: str) -> None:
        status = DiagnosticStatus(
            name=f"lifecycle_manager: {device}", level=DiagnosticStatus.ERROR, message="lost"
        )
        self.diagnostics.publish(DiagnosticArray(status=[status]))

    @property
    def state(self) -> DialogueState:
        return self.states[-1] if self.states else DialogueState()

    def hear(self, part: str) -> None:
        """Wait until the robot says a sentence with these words."""
        self.until(
            lambda: any(part in c.text for c in self.captions if c.speaker_id == "robot"), part
        )

    def until(self, condition, what: str) -> None:
        self._bench.wait_for(condition, what)


@pytest.fixture
def talk(bench, tmp_path, monkeypatch):
    monkeypatch.setenv("KIOSK_HOME", str(tmp_path))
    return Conversation(bench)


def test_the_word_being_said_is_told_to_screens(bench, talk):
    words = bench.hear(SpokenWord, "/dialogue_manager/spoken_word", EVENT)
    talk.arrive()
    talk.until(lambda: words, "a word")
    assert (words[0].word_begin, words[0].word_end) == (0, 4)


def call_next(bench):
    return bench.call(CallNext, "queue/call_next", CallNext.Request(counter="1"))


def test_a_visit_by_touch_to_the_ticket(bench, talk):
    talk.arrive()
    assert BIRTH in [choice.id for choice in talk.state.choices]
    turn = talk.press(BIRTH)
    assert (turn.intent, list(turn.commands)) == ("ask_procedure", [])
    turn = talk.press("affirm")
    assert [command.split(",")[0] for command in turn.commands] == [
        "reserve_ticket: ok", "settle_ticket: ok", "print_ticket: ok", "settle_ticket: ok",
    ]  # fmt: skip
    talk.until(lambda: talk.state.ticket_number == "A001", "the number on the screen")
    assert talk.state.ticket_on_paper
    assert talk.printed == ["A001"]
    talk.hear("Số của bác là A001")
    assert call_next(bench).ticket.number == "A001"


@pytest.mark.parametrize("error", [PrintTicket.Result.PAPER_OUT, None], ids=["paper", "no reason"])
def test_a_ticket_that_was_not_printed_is_shown(bench, talk, error):
    talk.errors[PrintTicket] = error
    talk.arrive()
    talk.press(BIRTH)
    talk.press("affirm")
    talk.until(lambda: talk.state.ticket_number == "A001", "the number on the screen")
    assert not talk.state.ticket_on_paper
    talk.hear("Máy in đang trục trặc")
    assert call_next(bench).ticket.number == "A001"


@pytest.mark.parametrize(
    ("error", "sentence"),
    [(Dispense.Result.EMPTY, "vừa hết mất rồi"), (Dispense.Result.JAM, "đang trục trặc")],
)
def test_the_error_of_a_skill_decides_what_is_said(talk, error, sentence):
    talk.errors[Dispense] = error
    talk.arrive()
    talk.press("request_drink")
    talk.hear(sentence)


def test_a_lost_printer_is_told_and_not_waited_for(bench, talk):
    talk.arrive()
    talk.lose("ticket_printer")
    talk.until(lambda: "không in được" in talk.state.notice, "the notice")
    talk.press(BIRTH)
    turn = talk.press("affirm")
    assert any(command.startswith("print_ticket: node_lost") for command in turn.commands)
    assert talk.printed == []
    assert call_next(bench).ticket.number == "A001"


def test_a_skill_nobody_offers_gets_an_apology(talk):
    talk.arrive()
    talk.lose("document_scanner")
    talk.press("scan_card")
    talk.press("affirm")
    talk.hear("máy quay đang trục trặc")


def test_a_visit_can_be_ended_from_outside(bench, talk):
    talk.arrive()
    talk.press(BIRTH)
    request = CancelDialogue.Request(reason="test")
    assert bench.call(CancelDialogue, "dialogue/cancel", request).success
    talk.until(lambda: talk.state.session_id == "", "the wipe")
    assert talk.state.procedure_code == ""
    assert [choice.id for choice in talk.state.choices] == ["greet", "switch_language"]
    assert not bench.call(CancelDialogue, "dialogue/cancel", request).success


@pytest.mark.parametrize("data", ["", "{", "[]", "null", '{"text": "x"}', '{"procedures": 5}'])
def test_an_intent_that_makes_no_sense_disturbs_nobody(talk, data):
    talk.arrive()
    talk.intents.publish(Intent(intent="ask_procedure", data=data))
    assert talk.press(BIRTH).intent == "ask_procedure"


# What is told for the residence form without a card, in the order it is asked.
TOLD = {
    "name": "Trần Văn Quý Danh",
    "birth_date": "mùng hai tháng chín năm chín mươi",
    "sex": "nam",
    "identity": "001 090 026 153",
    "phone": "không chín một hai ba bốn năm sáu bảy tám",
    "email": "bỏ qua",
    "head_name": "Lê Thị Bí Mật",
    "relation": "chồng",
    "head_identity": "001192026153",
    "request": "đăng ký tạm trú",
}


def dictate(bench, text: str) -> bool:
    return bench.call(Dictate, "dialogue/dictate", Dictate.Request(text=text)).accepted


def test_a_form_is_dictated_and_printed_and_none_of_it_is_on_a_topic(bench, talk):
    talk.arrive()
    assert not dictate(bench, TOLD["name"]), "nothing is asked yet"
    talk.press("fill_form")
    talk.press("form:ct01")
    assert not talk.state.dictating
    talk.press("deny")
    for text in TOLD.values():
        talk.until(lambda: talk.state.dictating, "a question")
        assert dictate(bench, text)
    talk.until(lambda: talk.state.phase == "reviewing_form", "the read-back")
    shown = bench.call(ReadForm, "dialogue/read_form", ReadForm.Request())
    values = dict(zip(shown.labels, shown.values, strict=True))
    assert values["Họ, chữ đệm và tên"] == "TRẦN VĂN QUÝ DANH"
    assert dictate(bench, "đúng rồi")
    talk.until(lambda: talk.forms, "the form")
    [form] = talk.forms
    told = dict(zip(form.fields, form.values, strict=True))
    assert told["name"] == "TRẦN VĂN QUÝ DANH"
    assert (told["birth_date"], told["phone"]) == ("02/09/1990", "0912345678")
    assert "email" not in told
    talk.until(lambda: talk.state.phase == "listening" and not talk.state.dictating, "the end")
    assert not dictate(bench, TOLD["name"])
    assert not bench.call(ReadForm, "dialogue/read_form", ReadForm.Request()).title

    def turns_told() -> int:
        intents = [turn.intent for turn in talk.turns if turn.speaker_id == "citizen"]
        return intents.count("dictated")

    talk.until(lambda: turns_told() == 11, "every turn in the transcript")
    published = str([*talk.states, *talk.captions, *talk.turns]).lower()
    for word in ("quý danh", "bí mật", "0912345678", "không chín một", "001090026153", "02/09"):
        assert word not in published


# --- on wheels ----------------------------------------------------------------------------------


@pytest.fixture
def wheels(bench, talk):
    """A guide that takes every journey: `places` it was sent to; `end` says how it ends."""
    goals: list = []
    ends: dict[str, int] = {}

    async def go(handle):
        goals.append(handle.request.place)
        handle.publish_feedback(Guide.Feedback(progress="waiting"))
        code = ends.get(handle.request.place, 0)
        handle.abort() if code else handle.succeed()
        return Guide.Result(error_code=code)

    def make():
        ActionServer(bench.peer, Guide, "/skill/guide", go)
        return bench.peer.create_publisher(GuideState, "guide/state", STATE)

    states = bench.make(make)
    states.publish(GuideState(base=GuideState.READY))
    talk.until(lambda: goals == ["home"], "the first way home")
    return goals, ends, states


def test_a_citizen_is_led_to_the_counter_and_the_robot_goes_home(bench, talk, wheels):
    goals, _, _ = wheels
    talk.arrive()
    talk.press(BIRTH)
    talk.press("affirm")
    talk.hear("dẫn đến quầy số 1 không")
    turn = talk.press("affirm")
    assert any(command.startswith("guide: ok") for command in turn.commands)
    talk.hear("Mời bác đi theo cháu")
    talk.hear("Cháu đợi bác đây")
    talk.hear("Đến quầy số 1 rồi")
    bench.call(CancelDialogue, "dialogue/cancel", CancelDialogue.Request(reason="test"))
    talk.until(lambda: goals == ["home", "counter:1", "home"], "the way home")
    talk.until(lambda: talk.state.place == "home", "a robot that stands at home")
    places = [place for place, _ in groupby(state.place for state in talk.states)]
    assert places == ["", "home", "", "counter:1", "", "home"]


def test_the_emergency_stop_is_told_on_the_screen_and_aloud(talk, wheels):
    _, ends, states = wheels
    ends["counter:1"] = Guide.Result.EMERGENCY_STOP
    talk.arrive()
    talk.press(BIRTH)
    talk.press("affirm")
    talk.hear("dẫn đến quầy số 1 không")
    states.publish(GuideState(base=GuideState.STOPPED))
    talk.until(lambda: "dừng khẩn cấp" in talk.state.notice, "the notice")
    talk.press("affirm")
    talk.hear("cháu đứng yên")
