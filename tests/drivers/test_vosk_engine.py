"""The Vosk driver: the real library as far as it goes without a model, a stand-in beyond."""

import json
import os

import pytest

from kiosk_robot.drivers.recognition import open_engine
from kiosk_robot.drivers.vosk_engine import UNKNOWN, VoskEngine
from kiosk_robot.speech.engine import EngineError, Partial, Word

vosk = pytest.importorskip("vosk")


def test_a_missing_model_says_what_to_do(tmp_path):
    with pytest.raises(EngineError, match=r"am/final.mdl is not there; `kiosk models install"):
        VoskEngine(tmp_path / "nowhere")


LIBRARY = """
import os

def SetLogLevel(level): ...

class Model:
    def __init__(self, model_path): ...

class KaldiRecognizer:
    def __init__(self, *arguments): ...
    def SetWords(self, wanted): ...
    def AcceptWaveform(self, pcm):
        {what_happens}
"""


@pytest.fixture
def folder(tmp_path):
    for name in ("am/final.mdl", "conf/mfcc.conf", "graph/HCLG.fst"):
        path = tmp_path / "model" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\0" * 100)
    return tmp_path / "model"


def test_a_damaged_model_is_told(folder):
    with pytest.raises(EngineError, match=f"^vosk: the model in {folder} is damaged: .*install it"):
        open_engine("vosk", str(folder))


@pytest.mark.parametrize(
    ("what_happens", "why"),
    [
        ("os.abort()", "the library ended with -6"),
        ("raise Exception('Failed to process waveform')", "Failed to process waveform"),
    ],
)
def test_a_model_on_which_the_library_breaks_down_takes_nothing_else_with_it(
    folder, tmp_path, monkeypatch, what_happens, why
):
    (tmp_path / "vosk.py").write_text(LIBRARY.format(what_happens=what_happens))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(EngineError, match=f"is damaged: {why}; remove it"):
        open_engine("vosk", str(folder))


class Model:
    KNOWN = ("có", "không", "lấy", "số")

    def __init__(self, model_path: str) -> None:
        self.path = model_path

    def vosk_model_find_word(self, word: str) -> int:
        return self.KNOWN.index(word) if word in self.KNOWN else -1


class Recogniser:
    """Answers from a script, as the library does: JSON texts."""

    made: list["Recogniser"] = []  # noqa: RUF012

    def __init__(self, model: Model, rate: float, grammar: str | None = None) -> None:
        # What brings the real one down.
        assert grammar is None or json.loads(grammar)
        self.grammar = grammar
        self.ends_after = 0  # bytes; 0: never by itself
        self.heard = b""
        self.before = 0.0  # seconds until the utterance: the library counts on
        self.says = ("lấy số", 0.9)
        self.made.append(self)

    def SetWords(self, wanted: bool) -> None: ...  # noqa: N802

    def AcceptWaveform(self, pcm: bytes) -> int:  # noqa: N802
        self.heard += pcm
        return int(bool(self.ends_after) and len(self.heard) >= self.ends_after)

    def PartialResult(self) -> str:  # noqa: N802
        return json.dumps({"partial": "lấy" if self.heard else ""})

    def Result(self) -> str:  # noqa: N802
        text, confidence = self.says
        words = [
            {"word": word, "start": at, "end": at + 0.125, "conf": confidence}
            for n, word in enumerate(text.split())
            for at in [self.before + n / 8]
        ]
        self.before += len(self.heard) / 32_000
        self.heard = b""
        return json.dumps({"text": text, "result": words} if words else {"text": ""})

    FinalResult = Result


@pytest.fixture
def engine(tmp_path, monkeypatch):
    for name in ("final.mdl", "mfcc.conf"):
        (tmp_path / name).touch()
    monkeypatch.setattr(vosk, "Model", Model)
    monkeypatch.setattr(vosk, "KaldiRecognizer", Recogniser)
    monkeypatch.setattr(Recogniser, "made", [])
    return VoskEngine(tmp_path)


def test_words_come_with_times_and_confidence(engine):
    assert engine.accept(b"\1\0" * 512) == Partial("lấy", "vi-VN")
    final = engine.finish()
    assert (final.text, final.confidence) == ("lấy số", 0.9)
    assert final.words[1] == Word("số", 0.125, 0.25, 0.9)


def test_the_times_of_words_are_since_their_utterance_began(engine):
    for _ in range(2):
        engine.accept(bytes(16_000))
        assert engine.finish().words[1].start == 0.125


def test_an_end_the_library_hears_by_itself_loses_no_words(engine):
    Recogniser.made[-1].ends_after = 1024
    engine.accept(b"\1\0" * 512)
    assert engine.finish().text == "lấy số lấy số"


def test_silence_is_an_empty_text(engine):
    Recogniser.made[-1].says = ("", 0.0)
    assert engine.accept(b"") is None
    assert (engine.finish().text, engine.finish().confidence) == ("", 0.0)


def test_an_expected_answer_is_preferred_and_the_other_reading_kept(engine):
    engine.expect(["Có", "không"])
    free, restricted = Recogniser.made[-2:]
    assert json.loads(restricted.grammar) == ["có", "không", UNKNOWN]
    free.says, restricted.says = ("lấy số", 0.4), ("có", 0.8)
    final = engine.finish()
    assert (final.text, final.alternatives) == ("có", ("lấy số",))


def test_an_answer_that_was_not_expected_is_heard_all_the_same(engine):
    engine.expect(["có", "không"])
    Recogniser.made[-1].says = (UNKNOWN, 1.0)
    assert engine.finish().text == "lấy số"


@pytest.mark.parametrize("phrases", [[], [""], ["  "]])
def test_an_empty_grammar_never_reaches_the_library(engine, phrases):
    engine.expect(["có"])
    engine.expect(phrases)
    assert Recogniser.made[-1].grammar is None
    assert engine.finish().text == "lấy số"


def test_a_phrase_with_a_word_the_model_does_not_know_is_left_to_the_free_recogniser(engine):
    engine.expect(["không cần", "không"])
    assert json.loads(Recogniser.made[-1].grammar) == ["không", UNKNOWN]


def test_phrases_of_which_the_model_knows_none_are_refused_and_nothing_changes(engine):
    engine.expect(["có"])
    made = len(Recogniser.made)
    with pytest.raises(ValueError, match="does not know: khum, khum không"):
        engine.expect(["khum không", "khum"])
    assert len(Recogniser.made) == made


@pytest.mark.parametrize("restricted", ["không không không có", "không"])
def test_a_sentence_pressed_into_expected_words_is_not_taken_for_them(engine, restricted):
    engine.expect(["có", "không"])
    free, few = Recogniser.made[-2:]
    free.says, few.says = ("tôi muốn lấy số", 0.7), (restricted, 0.8)
    assert engine.finish().text == "tôi muốn lấy số"


def test_a_new_citizen_gets_a_new_recogniser(engine):
    before = Recogniser.made[-1]
    engine.reset()
    assert Recogniser.made[-1] is not before
