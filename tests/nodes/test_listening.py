"""From sound to the topic: a microphone of the test's own, the real voice detector, a stand-in for
the engine.
"""

import queue

import numpy as np
import pytest

pytest.importorskip("rclpy")

from std_msgs.msg import Bool, Float32

from kiosk_interfaces.msg import DeviceCondition, DialogueState, LiveSpeech
from kiosk_interfaces.srv import Dictate, SetGrammar
from kiosk_nodes import speech_recognition
from kiosk_nodes.qos import EVENT, SENSOR, STATE
from kiosk_nodes.speech_recognition import SPEAKER, SpeechRecognitionNode
from kiosk_robot.drivers.microphone import MicrophoneError
from kiosk_robot.hall_sounds import speak
from kiosk_robot.speech.engine import FRAME_BYTES, EngineError, Final, Partial

SILENCE = [bytes(FRAME_BYTES)] * 40


def sentence() -> list[bytes]:
    pcm = (speak("tôi muốn làm giấy khai sinh", "vi", 150) * 32767).astype("<i2").tobytes()
    frames = [pcm[at : at + FRAME_BYTES] for at in range(0, len(pcm), FRAME_BYTES)]
    return [*SILENCE, *(frame for frame in frames if len(frame) == FRAME_BYTES), *SILENCE]


class Microphone:
    """Frames are put in by the test; an exception breaks the sound off."""

    def __init__(self) -> None:
        self.sound: queue.Queue = queue.Queue()

    def say(self, frames: list[bytes]) -> None:
        for frame in frames:
            self.sound.put(frame)

    def frames(self):
        while (frame := self.sound.get()) is not None:
            if isinstance(frame, Exception):
                raise frame
            yield frame

    def close(self) -> None:
        self.sound.put(None)


class Engine:
    name = "stand-in"
    says = Final("tôi muốn làm giấy khai sinh", 0.8, "vi-VN", alternatives=("tôi muốn khai sinh",))

    def __init__(self) -> None:
        self.expected: list[str] = []
        self.seconds = 0.0

    def accept(self, pcm: bytes) -> Partial:
        self.seconds += len(pcm) / 32_000
        return Partial("tôi muốn", "vi-VN")

    def paused(self, perhaps_over: bool) -> None: ...

    def finish(self) -> Final:
        return self.says

    def reset(self) -> None: ...

    def expect(self, phrases) -> None:
        if "khum" in phrases:
            raise ValueError("the model does not know: khum")
        self.expected = list(phrases)


@pytest.fixture
def microphone() -> Microphone:
    return Microphone()


@pytest.fixture
def dialogue(bench):
    return bench.make(lambda: bench.peer.create_publisher(DialogueState, "dialogue/state", STATE))


@pytest.fixture
def ears(bench, dialogue, microphone, monkeypatch):
    monkeypatch.setattr(speech_recognition, "open_engine", lambda *_: Engine())
    monkeypatch.setattr(speech_recognition, "open_microphone", lambda _: microphone)
    node = bench.device(SpeechRecognitionNode, hold_off=0.0)
    dialogue.publish(DialogueState())
    bench.wait_for(lambda: node._dictating is False, "the dialogue's state")
    return node


@pytest.fixture
def heard(bench, ears):
    return bench.hear(LiveSpeech, f"{SPEAKER}/speech", EVENT)


def finals(heard) -> list[str]:
    return [speech.final for speech in heard if speech.final]


def test_speech_is_shown_as_it_begins_and_told_with_what_it_may_have_been(
    bench, ears, microphone, heard
):
    speaking = bench.hear(Bool, f"{SPEAKER}/is_speaking", STATE)
    microphone.say(sentence())
    bench.wait_for(lambda: finals(heard) and len(speaking) > 2, "the utterance, on both topics")
    assert [told.data for told in speaking] == [True, False, False]
    assert heard[0].incremental == "tôi muốn"
    assert (heard[-1].final, heard[-1].confidence) == (Engine.says.text, 0.8)
    assert list(heard[-1].alternatives) == ["tôi muốn khai sinh"]
    assert ears._engine.seconds > 1.5


def test_how_loud_it_is_can_be_seen_and_nothing_else_of_the_sound(bench, ears, microphone, heard):
    loudness = bench.hear(Float32, f"{SPEAKER}/loudness", SENSOR)
    frames = sentence()
    microphone.say(frames)
    bench.wait_for(lambda: finals(heard) and loudness, "the utterance")
    assert max(one.data for one in loudness) > 0.3
    assert all(0 <= one.data <= 1 for one in loudness)
    assert len(loudness) <= len(frames) / 3 + 1, "ten a second: nothing to understand words from"


def test_which_engine_hears_is_told_to_the_technician(ears):
    assert ears.condition.detail == "engine stand-in, microphone default"
    assert ears.details["engine"] == "stand-in"


def test_what_is_said_while_the_robot_speaks_is_dropped(bench, ears, microphone, heard):
    speaking = bench.publisher(Bool, "/robot_speaking", STATE)
    speaking.publish(Bool(data=True))
    bench.wait_for(ears._deaf, "deafness")
    microphone.say(sentence())
    bench.wait_for(microphone.sound.empty, "the sound to be taken")
    speaking.publish(Bool(data=False))
    bench.wait_for(lambda: not ears._deaf(), "hearing")
    microphone.say(sentence())
    bench.wait_for(lambda: finals(heard), "the second sentence")
    assert len(finals(heard)) == 1


def test_of_what_is_dictated_not_even_the_beginning_is_on_a_topic(
    bench, ears, microphone, heard, dialogue
):
    dictated = []

    def take(request, response):
        dictated.append(request.text)
        return response

    bench.make(lambda: bench.peer.create_service(Dictate, "dialogue/dictate", take))
    bench.wait_for(ears._dictate.service_is_ready, "the dialogue")
    dialogue.publish(DialogueState(dictating=True, expected="dictated"))
    bench.wait_for(lambda: ears._dictating, "the dialogue's state")
    microphone.say(sentence())
    bench.wait_for(lambda: dictated, "the words")
    assert (dictated, heard) == ([Engine.says.text], [])


def test_the_engine_is_told_which_answer_is_waited_for(bench, ears, dialogue):
    dialogue.publish(DialogueState(session_id="a", expected="yes_no"))
    bench.wait_for(lambda: "có" in ears._engine.expected, "the expected words")
    dialogue.publish(DialogueState(session_id="a", expected="free"))
    bench.wait_for(lambda: ears._engine.expected == [], "free speech")


def test_a_grammar_with_unknown_words_is_refused_by_name(bench, ears):
    name = "/speech_recognition/set_grammar"
    answer = bench.call(SetGrammar, name, SetGrammar.Request(phrases=["khum"]))
    assert (answer.success, answer.error_msg) == (False, "the model does not know: khum")


def test_a_microphone_that_is_unplugged_is_told_and_used_again_when_it_is_back(
    bench, ears, microphone, heard, monkeypatch
):
    gone = MicrophoneError("microphone: no sound for 2 s; is it plugged in?")

    def refuse(_source):
        raise gone

    monkeypatch.setattr(speech_recognition, "open_microphone", refuse)
    microphone.say([*sentence()[:60], gone])
    bench.wait_for(lambda: ears.condition.value == DeviceCondition.OFFLINE, "the loss")
    assert "is it plugged in?" in ears.condition.detail
    another = Microphone()
    monkeypatch.setattr(speech_recognition, "open_microphone", lambda _: another)
    bench.wait_for(lambda: ears.condition.value == DeviceCondition.OK, "the new microphone")
    another.say(sentence())
    bench.wait_for(lambda: finals(heard), "the utterance")


def test_an_engine_that_fails_is_told_and_hears_again(bench, ears, microphone, heard, monkeypatch):
    def fail(_engine):
        raise RuntimeError("out of memory")

    told: list[str] = []
    monkeypatch.setattr(ears, "condition_changed", lambda: told.append(ears.condition.detail))
    again = Microphone()
    monkeypatch.setattr(speech_recognition, "open_microphone", lambda _: again)
    with monkeypatch.context() as failing:
        failing.setattr(Engine, "finish", fail)
        microphone.say(sentence())
        bench.wait_for(lambda: ears.condition.value == DeviceCondition.OK and told, "another try")
    assert told[0] == "speech engine: out of memory"
    again.say(sentence())
    bench.wait_for(lambda: finals(heard), "the utterance")


def test_an_overdriven_microphone_is_told_to_the_technician(bench, ears, microphone):
    loud = np.full(FRAME_BYTES // 2, 32767, "<i2").tobytes()
    microphone.say([loud] * 100)
    bench.wait_for(lambda: ears.condition.value == DeviceCondition.LOW, "the warning")
    assert "turn it down" in ears.condition.detail


def test_without_any_engine_configuring_says_what_to_install(bench, monkeypatch):
    def none(*_):
        raise EngineError("vosk: …; `kiosk models install vosk-vn`")

    monkeypatch.setattr(speech_recognition, "open_engine", none)
    node = bench.add(SpeechRecognitionNode())
    assert not bench.change(node, "configure")
    assert "kiosk models install" in node.condition.detail


def test_without_a_model_auto_hears_that_somebody_speaks_and_is_told_the_words(
    bench, devices, dialogue, microphone, monkeypatch
):
    def none(*_):
        raise EngineError("no model")

    monkeypatch.setattr(speech_recognition, "open_engine", none)
    monkeypatch.setattr(speech_recognition, "open_microphone", lambda _: microphone)
    socket = devices.environment["KIOSK_SIMULATED_MICROPHONE"]
    node = bench.device(SpeechRecognitionNode, engine="auto", scripted_socket=socket, hold_off=0.0)
    assert node.condition.detail == "engine cued, microphone default"
    heard = bench.hear(LiveSpeech, f"{SPEAKER}/speech", EVENT)
    dialogue.publish(DialogueState())
    bench.wait_for(lambda: node._dictating is False, "the dialogue's state")
    devices.microphone.say("cho tôi lấy số")
    bench.wait_for(lambda: node._engine._lines, "the words")
    assert not heard
    microphone.say(sentence())
    bench.wait_for(lambda: finals(heard), "the utterance")
    assert finals(heard) == ["cho tôi lấy số"]
    microphone.say(sentence())  # of which it was told nothing
    bench.wait_for(microphone.sound.empty, "the sound to be taken")
    assert finals(heard) == ["cho tôi lấy số"]


def test_cues_that_nobody_gives_are_told(bench, tmp_path):
    node = bench.add(SpeechRecognitionNode())
    bench.set(node, engine="cued", scripted_socket=str(tmp_path / "none"))
    assert not bench.change(node, "configure")
    assert "cues from" in node.condition.detail
