"""Clips of people reading, where they are installed: how many words an engine gets wrong."""

import wave

import numpy as np
import pytest

from kiosk_robot.hall_sounds import speak
from kiosk_robot.speech.engine import SAMPLE_RATE, Final
from kiosk_robot.speech_bench.listening import real_voices


class Engine:
    name = "stand-in"

    def accept(self, pcm: bytes) -> None: ...

    def paused(self, perhaps_over: bool) -> None: ...

    def finish(self) -> Final:
        return Final("Tôi muốn làm dấy khai sinh", 0.9, "vi-VN")

    def reset(self) -> None: ...

    def expect(self, phrases) -> None: ...


@pytest.fixture
def clips(tmp_path, monkeypatch):
    folder = tmp_path / "vieneu" / "assets" / "samples"
    folder.mkdir(parents=True)
    (tmp_path / "vieneu" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    return folder


def test_one_wrong_word_of_six_is_told(clips):
    sound = speak("tôi muốn làm giấy khai sinh", "vi", 150)
    with wave.open(str(clips / "a.wav"), "wb") as wav:
        wav.setnchannels(2)
        wav.setsampwidth(2)
        wav.setframerate(SAMPLE_RATE)
        wav.writeframes(np.repeat(sound * 32767, 2).astype("<i2").tobytes())
    (clips / "a.txt").write_text("Tôi muốn làm giấy khai sinh.", encoding="utf-8")
    assert real_voices(Engine()) == {"clips": 1, "words": 6, "word_error_rate": 0.17}


def test_without_the_clips_nothing_is_told(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    assert real_voices(Engine()) == {}
