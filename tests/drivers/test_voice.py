"""The real espeak-ng through pyttsx3: every sentence whole, and as fast as was asked."""

import os
import subprocess
import sys

from kiosk_robot.drivers import pyttsx3_voice
from kiosk_robot.drivers.pyttsx3_voice import Pyttsx3Voice, duration

SENTENCE = "Cháu chào bác ạ! Bác cần làm thủ tục gì ạ?"
ASKED = (("aav/vi", 150), ("aav/vi", 112), ("gmw/en", 150))


def test_each_sentence_is_whole_and_at_its_own_rate():
    voice = Pyttsx3Voice()
    rounds = [
        [duration(voice.synthesise(SENTENCE, name, rate, 0.8)) for name, rate in ASKED]
        for _ in range(12)
    ]
    for seconds in zip(*rounds, strict=True):
        assert max(seconds) - min(seconds) < 0.1, seconds
    ordinary, slow, _english = rounds[-1]
    assert slow > 1.2 * ordinary


def test_a_new_voice_removes_what_a_killed_one_left(tmp_path, monkeypatch):
    monkeypatch.setattr(pyttsx3_voice, "_memory_dir", lambda: str(tmp_path))
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left, busy = (tmp_path / f"kiosk-speech-{pid}-abc" for pid in (dead.pid, os.getpid()))
    for folder in (left, busy):
        folder.mkdir()
        (folder / "speech.wav").write_bytes(b"RIFF")
    Pyttsx3Voice()
    assert not left.exists()
    assert busy.exists(), "another voice is speaking"
