"""/skill/say with the real espeak-ng and a speaker without sound."""

from pathlib import Path

import pytest

pytest.importorskip("rclpy")

from std_msgs.msg import Bool

from kiosk_interfaces.action import Say
from kiosk_interfaces.msg import DeviceCondition
from kiosk_nodes.qos import STATE
from kiosk_nodes.text_to_speech import TextToSpeechNode
from kiosk_robot.speech.voice import wav_duration

SENTENCE = "Cháu chào bác ạ! Bác cần làm thủ tục gì ạ?"
SAY = "/skill/say"


@pytest.fixture
def wavs(tmp_path: Path) -> Path:
    return tmp_path / "speech"


@pytest.fixture
def voice(bench, wavs):
    return bench.device(
        TextToSpeechNode, player="simulated", simulated_speed=100.0, wav_dir=str(wavs)
    )


def goal(text: str = SENTENCE, **changes):
    return {
        "input": text, "caption": text, "locale": "vi-VN", "rate": 1.0, "volume": 0.8, **changes
    }  # fmt: skip


def test_a_sentence_is_heard_and_the_robot_tells_that_it_speaks(bench, voice, wavs):
    speaking = bench.hear(Bool, "/robot_speaking", STATE)
    bench.wait_for(lambda: speaking, "the standing silence")
    result = bench.act(Say, SAY, **goal())
    assert (result.error_code, result.error_msg) == (Say.Result.NONE, "")
    bench.wait_for(lambda: len(speaking) >= 3, "silence again")
    assert [message.data for message in speaking] == [False, True, False]
    sounds = [wav.read_bytes() for wav in wavs.glob("*.wav")]
    assert len(sounds) == 2, "one a sentence"
    seconds = sum(map(wav_duration, sounds))
    assert seconds == pytest.approx(result.duration)
    assert seconds > 1.0
    assert all(any(sound[44:]) for sound in sounds)


def test_the_word_being_said_is_fed_back(bench, wavs):
    bench.device(TextToSpeechNode, player="simulated", simulated_speed=4.0, wav_dir=str(wavs))
    fed: list[Say.Feedback] = []
    caption = "Số của bác là A012. Mời bác ngồi đợi."
    handle = bench.send(
        Say, SAY, lambda message: fed.append(message.feedback), **goal(caption, rate=0.75)
    )
    assert bench.result(handle.get_result_async()).result.error_code == Say.Result.NONE
    marked = [caption[word.word_begin : word.word_end] for word in fed]
    assert marked == [word for word in caption.split() if word in marked], "in order, once each"
    assert {"A012.", "đợi."} <= set(marked)


def test_without_a_sound_card_captions_go_on_and_the_technician_is_told(bench, monkeypatch):
    monkeypatch.setenv("PULSE_SERVER", "unix:/nonexistent")
    node = bench.device(TextToSpeechNode, player="aplay")
    speaking = bench.hear(Bool, "/robot_speaking", STATE)
    fed: list[Say.Feedback] = []
    handle = bench.send(Say, SAY, lambda message: fed.append(message.feedback), **goal("Vâng ạ."))
    result = bench.result(handle.get_result_async()).result
    assert result.error_code == Say.Result.PLAYBACK_FAILED
    assert "sound card" in result.error_msg
    assert fed, "the caption goes on"
    assert not speaking[-1].data
    assert node.condition.value == DeviceCondition.OFFLINE


def test_slow_speech_is_longer(bench, voice):
    ordinary, slow = (bench.act(Say, SAY, **goal(rate=rate)).duration for rate in (1.0, 0.75))
    assert slow > ordinary


def test_english_is_spoken_too(bench, voice):
    result = bench.act(Say, SAY, **goal("Hello! What do you need today?", locale="en-US"))
    assert result.error_code == Say.Result.NONE


def test_a_personal_sentence_leaves_no_sound_behind(bench, voice, wavs):
    result = bench.act(
        Say, SAY, **goal("Cháu chào bác Hằng ạ!", caption="Cháu chào bác ạ!", personal=True)
    )
    assert result.duration > 0
    assert list(wavs.iterdir()) == []


def test_cancel_makes_it_fall_silent(bench, wavs):
    bench.device(TextToSpeechNode, player="simulated", simulated_speed=0.1, wav_dir=str(wavs))
    speaking = bench.hear(Bool, "/robot_speaking", STATE)
    handle = bench.send(Say, SAY, **goal())
    bench.wait_for(lambda: any(wavs.glob("*.wav")), "the sentence to begin")
    bench.result(handle.cancel_goal_async())
    result = bench.result(handle.get_result_async()).result  # 30 s of speech otherwise
    assert result.error_code == Say.Result.CANCELED
    bench.wait_for(lambda: not speaking[-1].data, "silence")


def test_one_sentence_at_a_time(bench, wavs):
    bench.device(TextToSpeechNode, player="simulated", simulated_speed=0.1, wav_dir=str(wavs))
    first = bench.send(Say, SAY, **goal())
    assert not bench.send(Say, SAY, **goal()).accepted
    bench.result(first.cancel_goal_async())
    bench.result(first.get_result_async())
    second = bench.send(Say, SAY, **goal("Vâng ạ."))
    assert second.accepted
    bench.result(second.cancel_goal_async())
    bench.result(second.get_result_async())


def test_goals_are_rejected_while_it_is_not_active(bench, voice):
    assert bench.change(voice, "deactivate")
    assert not bench.send(Say, SAY, **goal()).accepted
    assert bench.change(voice, "cleanup")
    assert not bench.send(Say, SAY, **goal()).accepted
    assert bench.change(voice, "configure")
    assert bench.change(voice, "activate")
    assert bench.act(Say, SAY, **goal()).error_code == Say.Result.NONE
