"""What the bench of hearing counts as done, as asked about, and as wrong."""

import json

import pytest

from kiosk_robot.commands import listening
from kiosk_robot.speech.engine import EngineError
from kiosk_robot.speech_bench import run
from kiosk_robot.speech_bench.listening import outcome
from kiosk_robot.understanding.model import RankedProcedure, Understanding

BIRTH, MARRIAGE = "1.001193", "1.000894"


def request(intent: str, *, sure: bool = True, procedure: str = "") -> Understanding:
    ranked = (RankedProcedure(procedure, 1.0),) if procedure else ()
    behaviour = "answer" if procedure else "command"
    return Understanding("", intent, behaviour, ranked, sure=sure)


def about(procedure: str, *, sure: bool = True) -> Understanding:
    return request("ask_procedure", sure=sure, procedure=procedure)


@pytest.mark.parametrize(
    ("heard", "wanted", "expected"),
    [
        (about(BIRTH), BIRTH, "right"),
        (about(BIRTH), MARRIAGE, "wrong"),
        (about(BIRTH, sure=False), BIRTH, "asked"),
        (about(BIRTH, sure=False), MARRIAGE, "asked wrongly"),
        (request("slower", sure=False), "slower", "right"),
        (request("slower", sure=False), "take_ticket", "wrong"),
        (request("not_understood"), "take_ticket", "not understood"),
    ],
)
def test_what_the_robot_does_without_asking_is_right_or_wrong(heard, wanted, expected):
    assert outcome([heard], wanted) == expected


def test_the_command_offers_the_parts_there_are():
    assert set(listening.PARTS) == set(run.PARTS)


def endured(hours):
    grown = ("memory_mb", "threads", "open_files", "temporary_files")
    return {"hours": hours, "visits": 4, **dict.fromkeys(grown, (7, 7))}


def test_without_a_model_what_needs_none_is_measured_and_told(tmp_path, monkeypatch):
    monkeypatch.setenv("KIOSK_HOME", str(tmp_path))  # no model is there
    monkeypatch.setattr(run, "endure", lambda hours, _tell: endured(hours))
    told: list[str] = []
    run.run(tmp_path, 8, ("quiet", "endurance"), told.append)
    assert told[0].startswith("quiet: not measured: vosk: ")
    assert "1 hours of sound" in (tmp_path / "speech.md").read_text()
    assert set(json.loads((tmp_path / "speech.json").read_text())) == {"machine", "endurance"}
    with pytest.raises(EngineError, match="kiosk models install"):
        run.run(tmp_path, 8, ("quiet", "noise"), told.append)
    assert "1 hours of sound" in (tmp_path / "speech.md").read_text(), "what was measured is kept"
