"""Silence, music, noise, an overdriven microphone and other people's talk: of the first four
nothing comes, nothing goes on for ever, and afterwards a citizen is heard as before.
"""

import numpy as np
import pytest

from kiosk_robot.drivers.silero_vad import SileroVad
from kiosk_robot.hall_sounds import babble, music, pcm_of, pink_noise, speak
from kiosk_robot.speech.endpointing import LONGEST
from kiosk_robot.speech.engine import SAMPLE_RATE, Final
from kiosk_robot.speech.hearing import Heard, Hearing

SECONDS = 10
SILENCE = np.zeros(SECONDS * SAMPLE_RATE, np.float32)


class Engine:
    """Writes something down whatever it is given, and forgets it."""

    name = "stand-in"

    def __init__(self) -> None:
        self.seconds = 0.0

    def accept(self, pcm: bytes) -> None:
        self.seconds += len(pcm) / 2 / SAMPLE_RATE

    def paused(self, perhaps_over: bool) -> None: ...

    def finish(self) -> Final:
        self.reset()
        return Final("phụ đề", 0.9, "vi-VN")

    def reset(self) -> None:
        self.seconds = 0.0

    def expect(self, phrases) -> None: ...


@pytest.fixture
def hearing() -> Hearing:
    return Hearing(Engine(), SileroVad())


def hear(hearing: Hearing, sound: np.ndarray) -> list[Heard]:
    return list(hearing.hear_all(pcm_of(sound)))


def sentence() -> np.ndarray:
    return speak("tôi muốn làm giấy khai sinh", "vi", 150)


@pytest.mark.parametrize(
    "sound",
    [
        pytest.param(SILENCE, id="silence"),
        pytest.param(0.05 * pink_noise(len(SILENCE)), id="noise"),
        pytest.param(music(SECONDS), id="music"),
        pytest.param(np.sign(pink_noise(len(SILENCE))).astype(np.float32), id="clipping"),
    ],
)
def test_of_what_is_no_voice_nothing_is_written_and_a_citizen_is_heard_after_it(hearing, sound):
    assert hear(hearing, sound) == []
    assert len(hear(hearing, sentence())) == 1


def test_talk_without_end_is_cut_and_kept_nowhere(hearing):
    heard = hear(hearing, babble(3 * LONGEST))
    assert heard, "the detector hears people, whoever they talk to"
    assert all(one.seconds <= LONGEST + 1.0 for one in heard)
    assert hearing._engine.seconds == 0.0
    assert len(hear(hearing, sentence())) == 1


def test_an_overdriven_voice_is_heard_and_told_to_the_technician(hearing):
    shouted = np.clip(40 * sentence(), -1, 1)
    pcm = (shouted * 32767).astype("<i2").tobytes()
    overdriven = []
    for at in range(0, len(pcm) - 1024, 1024):
        list(hearing.hear(pcm[at : at + 1024], robot_speaks=False))
        overdriven.append(hearing.clipping)
    assert any(overdriven)
    assert len(hear(hearing, sentence())) >= 1
