"""Piper is optional: what is told when it or its voice is missing, and how it speaks."""

import os
import sys
from pathlib import Path

import pytest

from kiosk_robot.drivers.piper_voice import PiperVoice
from kiosk_robot.drivers.voices import Voices
from kiosk_robot.speech.voice import Manner, SynthesisError

VOICE = os.environ.get("KIOSK_PIPER_VOICE", "")


def test_a_missing_voice_file_is_named(tmp_path):
    with pytest.raises(SynthesisError, match=r"nowhere\.onnx: no such file"):
        Voices().check_voice(str(tmp_path / "nowhere.onnx"))


def test_without_piper_it_is_told_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "piper", None)
    (tmp_path / "voice.onnx").write_bytes(b"")
    with pytest.raises(SynthesisError, match="pip install piper-tts"):
        PiperVoice(tmp_path / "voice.onnx")


def test_a_damaged_voice_file_is_refused(tmp_path):
    pytest.importorskip("piper")
    (tmp_path / "voice.onnx").write_bytes(b"not a voice")
    (tmp_path / "voice.onnx.json").write_text("{}")
    with pytest.raises(SynthesisError, match=r"voice\.onnx"):
        PiperVoice(tmp_path / "voice.onnx")


@pytest.mark.skipif(not VOICE, reason="KIOSK_PIPER_VOICE names no voice file")
def test_it_speaks_slower_and_louder_when_asked():
    voice = PiperVoice(Path(VOICE))
    ordinary, slow = (
        voice.synthesise("One, two, three, four.", Manner(VOICE, rate, 0.5)) for rate in (150, 100)
    )
    assert slow.duration > 1.2 * ordinary.duration
    assert len(ordinary.words) == 4
