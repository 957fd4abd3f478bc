"""The real espeak-ng through pyttsx3: every sentence whole, and as fast as was asked."""

import os
import subprocess
import sys
from itertools import pairwise

import numpy as np

from kiosk_robot.drivers import pyttsx3_voice
from kiosk_robot.drivers.pyttsx3_voice import Pyttsx3Voice
from kiosk_robot.speech.voice import Manner

SENTENCE = "Cháu chào bác ạ! Bác cần làm thủ tục gì ạ?"
VOICES = ("aav/vi", "aav/vi-vn-x-central", "aav/vi-vn-x-south", "gmw/en")
ASKED = (("aav/vi", 150), ("aav/vi", 112), ("gmw/en", 150))


def test_each_sentence_is_whole_and_at_its_own_rate():
    voice = Pyttsx3Voice()
    rounds = [
        [voice.synthesise(SENTENCE, Manner(name, rate, 0.8)).duration for name, rate in ASKED]
        for _ in range(12)
    ]
    for seconds in zip(*rounds, strict=True):
        assert max(seconds) - min(seconds) < 0.1, seconds
    ordinary, slow, _english = rounds[-1]
    assert slow > 1.2 * ordinary


def test_every_word_has_its_time():
    speech = Pyttsx3Voice().synthesise(SENTENCE, Manner("aav/vi", 150, 0.8))
    assert [word.word for word in speech.words] == list(range(len(SENTENCE.split())))
    times = [word.at for word in speech.words]
    assert times[0] < 0.1
    assert times == sorted(times)
    assert times[-1] < speech.duration
    pause = SENTENCE.split().index("ạ!")
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert max(gaps) == gaps[pause], "the longest gap is the one between the sentences"


def test_the_regions_have_voices_of_their_own():
    voice = Pyttsx3Voice()
    manners = [Manner(name, 150, 0.8) for name in VOICES]
    assert len({voice.synthesise(SENTENCE, manner).wav for manner in manners}) == len(VOICES)


def test_louder_is_louder():
    voice = Pyttsx3Voice()
    ordinary, loud = (
        loudness(voice.synthesise(SENTENCE, Manner("aav/vi", 150, volume)).wav)
        for volume in (0.5, 1.0)
    )
    assert loud > 1.5 * ordinary


def loudness(wav: bytes) -> float:
    samples = np.frombuffer(wav[44:], np.int16).astype(float)
    return float(np.sqrt(np.mean(samples**2)))


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
