"""What the bench of hearing counts as done, as asked about, and as wrong."""

import pytest

from kiosk_robot.commands import listening
from kiosk_robot.speech_bench.listening import outcome
from kiosk_robot.speech_bench.run import PARTS
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
    assert set(listening.PARTS) == set(PARTS)
