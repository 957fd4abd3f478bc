"""What the citizen says reaches the topic once, masked, and never while the robot speaks."""

import unicodedata

import pytest

pytest.importorskip("rclpy")

from std_msgs.msg import Bool

from kiosk_interfaces.msg import DialogueState, LiveSpeech
from kiosk_interfaces.srv import Dictate, SetGrammar
from kiosk_nodes.qos import EVENT, STATE
from kiosk_nodes.speech_recognition import SPEAKER, SpeechRecognitionNode


@pytest.fixture
def dialogue(bench):
    """The dialogue's state, as it tells it."""
    return bench.make(lambda: bench.peer.create_publisher(DialogueState, "dialogue/state", STATE))


@pytest.fixture
def ears(bench, devices, dialogue):
    socket = devices.environment["KIOSK_SIMULATED_MICROPHONE"]
    node = bench.device(
        SpeechRecognitionNode, engine="scripted", scripted_socket=socket, hold_off=0.0
    )
    bench.wait_for(lambda: devices.microphone._listeners, "the microphone to be connected")
    dialogue.publish(DialogueState())
    bench.wait_for(lambda: node._dictating is False, "the dialogue's state")
    return node


@pytest.fixture
def heard(bench, ears):
    return bench.hear(LiveSpeech, f"{SPEAKER}/speech", EVENT)


def test_an_utterance_is_heard(bench, devices, heard):
    devices.say(unicodedata.normalize("NFD", " tôi muốn làm giấy khai sinh cho con "))
    bench.wait_for(lambda: heard, "the utterance")
    [speech] = heard
    assert speech.final == "tôi muốn làm giấy khai sinh cho con"
    assert unicodedata.is_normalized("NFC", speech.final)
    assert (speech.incremental, speech.locale) == ("", "vi-VN")


def test_an_id_number_is_masked_before_it_is_on_a_topic(bench, devices, heard):
    devices.say("số của tôi là 001194026153 nhé")
    bench.wait_for(lambda: heard, "the utterance")
    assert heard[0].final == "số của tôi là 0011****6153 nhé"


def test_what_is_dictated_for_a_form_is_on_no_topic(bench, devices, ears, heard, dialogue):
    dictated = []

    def take(request, response):
        dictated.append(request.text)
        response.accepted = True
        return response

    bench.make(lambda: bench.peer.create_service(Dictate, "dialogue/dictate", take))
    bench.wait_for(ears._dictate.service_is_ready, "the dialogue")
    dialogue.publish(DialogueState(dictating=True))
    bench.wait_for(lambda: ears._dictating, "the dialogue's state")
    devices.say("không chín một hai ba bốn năm sáu bảy tám")
    bench.wait_for(lambda: dictated, "the words")
    dialogue.publish(DialogueState())
    bench.wait_for(lambda: not ears._dictating, "the dialogue's state")
    devices.say("cảm ơn")
    bench.wait_for(lambda: heard, "the next words")
    assert dictated == ["không chín một hai ba bốn năm sáu bảy tám"]
    assert [speech.final for speech in heard] == ["cảm ơn"]


def test_until_the_dialogue_is_there_nothing_is_passed_on(bench, devices):
    socket = devices.environment["KIOSK_SIMULATED_MICROPHONE"]
    node = bench.device(SpeechRecognitionNode, engine="scripted", scripted_socket=socket)
    assert node._deaf()


def test_it_is_deaf_while_the_robot_speaks(bench, devices, ears, heard):
    speaking = bench.publisher(Bool, "/robot_speaking", STATE)
    speaking.publish(Bool(data=True))
    bench.wait_for(ears._deaf, "deafness")
    devices.say("tiếng của chính robot")
    bench.wait_for(lambda: _delivered(devices), "the words to arrive")
    speaking.publish(Bool(data=False))
    bench.wait_for(lambda: not ears._deaf(), "hearing")
    devices.say("có")
    bench.wait_for(lambda: heard, "the utterance")
    assert [speech.final for speech in heard] == ["có"]


def _delivered(devices) -> bool:
    """Whether everything said has been taken from the socket by the engine."""
    import fcntl
    import struct
    import termios

    pending = [
        struct.unpack("i", fcntl.ioctl(listener.fileno(), termios.TIOCOUTQ, b"\0" * 4))[0]
        for listener in devices.microphone._listeners
    ]
    return not any(pending)


def test_after_it_was_cleaned_up_and_configured_again_it_hears_each_word_once(
    bench, devices, ears, heard
):
    for transition in ("deactivate", "cleanup", "configure", "activate"):
        assert bench.change(ears, transition)
    bench.wait_for(lambda: len(devices.microphone._listeners) >= 2, "a new connection")
    devices.say("một")
    devices.say("hai")
    bench.wait_for(lambda: [s.final for s in heard][-1:] == ["hai"], "both words")
    assert [speech.final for speech in heard] == ["một", "hai"]


def test_it_hears_by_the_clock_of_a_simulation_that_has_not_begun(bench, devices, ears, heard):
    bench.set(ears, use_sim_time=True)
    devices.say("có")
    bench.wait_for(lambda: heard, "the utterance")


def test_without_an_engine_configuring_says_that_it_is_touch_only(bench):
    node = bench.add(SpeechRecognitionNode())
    assert not bench.change(node, "configure")
    assert "touch only" in node.condition.detail


def test_without_a_microphone_configuring_names_its_place(bench):
    node = bench.add(SpeechRecognitionNode())
    bench.set(node, engine="scripted", scripted_socket="/nowhere/microphone")
    assert not bench.change(node, "configure")
    assert (
        node.condition.detail
        == "scripted microphone /nowhere/microphone: No such file or directory"
    )


@pytest.mark.parametrize(
    ("phrases", "success"), [([], True), (["có", "không"], True), ([" "], False)]
)
def test_a_grammar_of_empty_phrases_is_refused(bench, ears, phrases, success):
    answer = bench.call(
        SetGrammar, "/speech_recognition/set_grammar", SetGrammar.Request(phrases=phrases)
    )
    assert answer.success is success
    assert bool(answer.error_msg) is not success
