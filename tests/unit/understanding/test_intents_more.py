"""Requests for the robot's services in many wordings, from the fruit seller to the student.

The utterances are our own, written before the templates, which were then corrected where they
missed them: they show that no wording is lost, not how well strangers are understood.
"""

import json
from pathlib import Path

import pytest

from kiosk_robot.understanding import Understander

pytestmark = pytest.mark.thorough

_DATA = Path(__file__).parents[2] / "data"
_LEAST = 0.96


@pytest.mark.parametrize("name", ["more", "queue", "south", "desk"])
def test_the_services_are_understood_in_many_wordings(
    understander: Understander, name: str
) -> None:
    source = (_DATA / f"intents_{name}.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in source.splitlines()]
    missed = {
        line["text"]: found
        for line in lines
        if (found := understander.understand(line["text"])[0].intent) != line["intent"]
    }
    assert len(lines) >= 100
    assert len(missed) <= (1 - _LEAST) * len(lines), missed


@pytest.mark.parametrize(
    "text",
    [
        "đừng nói nhanh thế cháu",
        "khoan, nói từ từ thôi",
    ],
)
def test_asking_not_to_hurry_is_no_refusal(understander: Understander, text: str) -> None:
    assert "slower" in [u.intent for u in understander.understand(text)]
