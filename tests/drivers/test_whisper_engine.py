"""Whisper: what it does without the extra, and with it what it writes of a real voice."""

import pytest

from kiosk_robot.drivers.recognition import WHISPER_MODEL, open_engine
from kiosk_robot.drivers.whisper_engine import FILES, _once
from kiosk_robot.paths import models_dir
from kiosk_robot.speech.engine import EngineError


@pytest.fixture
def no_models(tmp_path, monkeypatch):
    monkeypatch.setenv("KIOSK_HOME", str(tmp_path))
    return models_dir()


@pytest.mark.parametrize("wanted", ["auto", "vosk", "whisper"])
def test_without_a_model_every_engine_says_which_command_brings_one(no_models, wanted):
    with pytest.raises(EngineError) as told:
        open_engine(wanted)
    names = (
        ["vosk-vn", "whisper-base"]
        if wanted == "auto"
        else [{"vosk": "vosk-vn", "whisper": "whisper-base"}[wanted]]
    )
    for name in names:
        assert f"kiosk models install {name}" in str(told.value)


def test_a_damaged_model_is_told(no_models):
    pytest.importorskip("faster_whisper", reason="needs the extra `whisper` (README)")
    folder = no_models / WHISPER_MODEL
    folder.mkdir(parents=True)
    for name in FILES:
        (folder / name).write_bytes(b"{}")
    with pytest.raises(EngineError, match="is damaged"):
        open_engine("auto")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Tôi lấy số. Tôi lấy số. Tôi lấy số.", "Tôi lấy số."),
        ("Cho tôi hỏi chút. Cho tôi hỏi", "Cho tôi hỏi chút."),
        ("Tôi muốn lấy số", "Tôi muốn lấy số"),
        ("không không", "không không"),
    ],
)
def test_an_utterance_written_twice_was_said_once(written, meant):
    assert _once(written) == meant
