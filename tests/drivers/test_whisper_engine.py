"""Whisper: what it does without the extra, and with it what it writes of a real voice."""

import pytest

from kiosk_robot.drivers import whisper_engine
from kiosk_robot.drivers.recognition import WHISPER_MODEL, open_engine
from kiosk_robot.drivers.whisper_engine import FILES, WhisperEngine, _once
from kiosk_robot.hall_sounds import speak
from kiosk_robot.paths import models_dir
from kiosk_robot.speech.engine import SAMPLE_RATE, EngineError


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
        ("Tôi xin bản sao khai sinh, tôi xin bản sao kh", "Tôi xin bản sao khai sinh,"),
        ("Tôi muốn xin bản sao, tôi muốn x\N{REPLACEMENT CHARACTER}", "Tôi muốn xin bản sao,"),
        ("Tôi muốn xin bản sao, tôi muốn khai", "Tôi muốn xin bản sao, tôi muốn khai"),
        ("Tôi muốn lấy số", "Tôi muốn lấy số"),
        ("không không", "không không"),
    ],
)
def test_an_utterance_written_twice_was_said_once(written, meant):
    assert _once(written) == meant


@pytest.fixture(scope="module")
def engine() -> WhisperEngine:
    pytest.importorskip("faster_whisper", reason="needs the extra `whisper` (README)")
    folder = models_dir() / WHISPER_MODEL
    if not folder.is_dir():
        pytest.skip("needs `kiosk models install whisper-base`")
    return WhisperEngine(folder)


def pcm(text: str) -> bytes:
    return (speak(text, "vi", 150) * 32767).astype("<i2").tobytes()


@pytest.mark.thorough
def test_a_sentence_often_said_is_heard_though_it_is_written_badly(engine):
    engine.accept(pcm("tôi muốn khai báo tạm vắng"))
    final = engine.finish()
    assert final.text.endswith("khai báo tạm vắng")
    assert final.alternatives, "what it wrote by itself"


@pytest.mark.thorough
def test_the_words_of_what_is_written_well_come_with_their_times(engine, monkeypatch):
    monkeypatch.setattr(whisper_engine, "_WELL_WRITTEN", -10.0)
    sound = pcm("tôi muốn khai báo tạm vắng")
    engine.accept(sound)
    final = engine.finish()
    assert [word.text for word in final.words] == final.text.rstrip(",.").split()
    ends = [word.end for word in final.words]
    assert ends == sorted(ends)
    assert ends[0] > 0.5, "half a second of silence comes first"
    assert ends[-1] < len(sound) / 2 / SAMPLE_RATE


@pytest.mark.thorough
def test_what_was_begun_in_a_pause_is_dropped_when_they_go_on(engine):
    whole = pcm("tôi muốn khai báo tạm vắng")
    engine.accept(whole[: len(whole) // 3])
    engine.paused(True)
    engine.paused(False)
    engine.accept(whole[len(whole) // 3 :])
    engine.paused(True)
    engine.accept(bytes(SAMPLE_RATE // 2))
    assert engine.finish().text.endswith("khai báo tạm vắng")
    assert engine.finish().text == "", "nothing is left of it"
