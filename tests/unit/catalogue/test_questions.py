import json
import unicodedata
from pathlib import Path

import pytest

from kiosk_robot.catalogue import Catalogue
from kiosk_robot.catalogue.check import folded

pytestmark = pytest.mark.thorough

DATA = Path(__file__).parents[2] / "data"
FILES = sorted(DATA.glob("questions_*.jsonl"))
REGIONS = {"north", "central", "south", "none"}
STYLES = {"plain", "no_diacritics", "typo", "story", "teencode", "asr"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_question_set_is_sound(file: Path) -> None:
    catalogue = Catalogue.load()
    questions = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    seen: set[str] = set()
    for question in questions:
        text = question["text"]
        assert text not in seen
        seen.add(text)
        assert unicodedata.is_normalized("NFC", text), text
        assert question.get("region", "none") in REGIONS, text
        assert question.get("style", "plain") in STYLES, text
        assert [code for code in question["accept"] if code not in catalogue] == [], text
        least = {"answer": 1, "clarify": 2, "out_of_scope": 0}[question["behaviour"]]
        assert len(question["accept"]) >= least, text
        assert least or not question["accept"], text


def test_the_civic_questions_are_not_the_aliases() -> None:
    """Otherwise they would measure the catalogue against itself."""
    catalogue = Catalogue.load()
    aliases = {folded(alias) for p in catalogue for alias in (p.name, *p.aliases)}
    lines = (DATA / "questions_civic.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    assert [text for text in texts if folded(text) in aliases] == []
