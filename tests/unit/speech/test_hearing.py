"""Frames in, utterances out; with a detector and an engine of the test's own."""

import itertools

import numpy as np
import pytest

from kiosk_robot.speech.engine import FRAME_BYTES, FRAME_S, FRAME_SAMPLES, Final, Partial
from kiosk_robot.speech.hearing import Heard, Hearing, Voice

SILENCE = bytes(FRAME_BYTES)
VOICE = (np.sin(np.arange(FRAME_SAMPLES) * 0.3) * 8000).astype("<i2").tobytes()
LOUD = np.full(FRAME_SAMPLES, 32767, "<i2").tobytes()


class Detector:
    def probability(self, frame: bytes) -> float:
        return 0.0 if frame == SILENCE else 0.98

    def reset(self) -> None: ...


class Engine:
    """Tells how many voiced frames it was given."""

    name = "counting"

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.pauses: list[bool] = []

    def accept(self, pcm: bytes) -> Partial | Final | None:
        self.frames.append(pcm)
        return Partial(f"{len(self.frames) // 20} từ", "vi-VN") if self.frames[20:] else None

    def paused(self, perhaps_over: bool) -> None:
        self.pauses.append(perhaps_over)

    def finish(self) -> Final:
        text = f"{self.frames.count(VOICE)} tiếng"
        self.frames = []
        return Final(text, 1.0, "vi-VN")

    def reset(self) -> None:
        self.frames = []

    def expect(self, phrases) -> None: ...


@pytest.fixture
def hearing() -> Hearing:
    return Hearing(Engine(), Detector())


def play(hearing: Hearing, *parts: tuple[bytes, float], robot_speaks: bool = False) -> list:
    frames = itertools.chain.from_iterable([frame] * round(s / FRAME_S) for frame, s in parts)
    return [news for frame in frames for news in hearing.hear(frame, robot_speaks=robot_speaks)]


def texts(news: list) -> list[str]:
    return [event.final.text for event in news if isinstance(event, Heard)]


def test_the_engine_gets_the_whole_utterance_from_before_its_beginning(hearing):
    news = play(hearing, (SILENCE, 1), (VOICE, 1.6), (SILENCE, 1))
    assert texts(news) == ["50 tiếng"]
    assert [e for e in news if isinstance(e, Voice)] == [Voice(True), Voice(False), Voice(False)]
    assert [e.text for e in news if isinstance(e, Partial)] == ["1 từ", "2 từ", "3 từ"]


def test_speech_is_told_with_its_first_frame(hearing):
    play(hearing, (SILENCE, 1))
    assert list(hearing.hear(VOICE, robot_speaks=False)) == [Voice(True)]


def test_the_engine_learns_of_a_pause_and_that_they_go_on_and_not_of_the_robots_own():
    engine = Engine()
    hearing = Hearing(engine, Detector())
    play(hearing, (SILENCE, 1), (VOICE, 1), (SILENCE, 0.3), (VOICE, 1), (SILENCE, 1))
    assert engine.pauses == [True, False, True]
    play(hearing, (SILENCE, 1), (VOICE, 1), (SILENCE, 1), robot_speaks=True)
    assert engine.pauses == [True, False, True]


def test_two_utterances_are_two(hearing):
    assert len(texts(play(hearing, *[(SILENCE, 1), (VOICE, 1)] * 2, (SILENCE, 1)))) == 2


def test_what_the_robot_says_at_length_is_never_written_down(hearing):
    assert play(hearing, (SILENCE, 1), (VOICE, 5), (SILENCE, 1), robot_speaks=True) == []


def test_a_short_word_over_the_robot_is_marked_as_such(hearing):
    [heard] = play(hearing, (SILENCE, 1), (VOICE, 0.6), (SILENCE, 1), robot_speaks=True)
    assert heard.over_robot


def test_the_tail_of_the_robots_voice_is_not_the_beginning_of_the_answer(hearing):
    play(hearing, (VOICE, 3), robot_speaks=True)
    assert texts(play(hearing, (SILENCE, 0.5), (VOICE, 0.32), (SILENCE, 1))) == ["10 tiếng"]


def test_whoever_is_speaking_when_the_robot_begins_is_shown_as_silent(hearing):
    play(hearing, (SILENCE, 1), (VOICE, 1))
    assert play(hearing, (SILENCE, 0.1), robot_speaks=True) == [Voice(False)]


def test_forgetting_drops_what_was_said_so_far(hearing):
    play(hearing, (SILENCE, 1), (VOICE, 1))
    hearing.forget()
    assert texts(play(hearing, (SILENCE, 1))) == []


def test_an_overdriven_microphone_is_noticed_and_forgiven(hearing):
    play(hearing, (LOUD, 1))
    assert hearing.clipping
    play(hearing, (SILENCE, 2))
    assert not hearing.clipping


def test_loudness_follows_the_voice_above_the_hall_and_falls_back(hearing):
    play(hearing, (SILENCE, 2.0))
    assert hearing.loudness == 0
    play(hearing, (VOICE, 0.3))
    assert hearing.loudness == 1
    play(hearing, (SILENCE, 2.0))
    assert hearing.loudness == 0
