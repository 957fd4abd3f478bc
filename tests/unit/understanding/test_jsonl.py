"""The JSON lines stream answers every line, good or bad."""

import json

import pytest

from kiosk_robot.catalogue.catalogue import Catalogue
from kiosk_robot.understanding import Understander
from kiosk_robot.understanding.jsonl import answers

pytestmark = pytest.mark.thorough


def _answer(
    line: str | bytes, understander: Understander, catalogue: Catalogue
) -> dict[str, object]:
    (found,) = answers([line], understander, catalogue, lambda group: f"quầy {group}")
    return dict(json.loads(found))


def test_a_procedure_comes_with_its_counter(
    understander: Understander, catalogue: Catalogue
) -> None:
    line = '{"text": "đăng ký kết hôn hết bao nhiêu tiền"}'
    found = _answer(line, understander, catalogue)
    assert list(found) == [
        "text",
        "intent",
        "facet",
        "behaviour",
        "procedures",
        "question",
        "counter",
        "ms",
    ]
    assert found["procedures"][0]["code"] == "1.000894"  # type: ignore[index]
    assert (found["facet"], found["behaviour"]) == ("fee", "answer")
    assert found["counter"] == "quầy civil_status"


def test_a_command_has_no_counter(understander: Understander, catalogue: Catalogue) -> None:
    found = _answer('{"text": "cho tôi xin cốc nước"}', understander, catalogue)
    assert (found["intent"], found["counter"]) == ("request_drink", None)


@pytest.mark.parametrize(
    "line", ["nonsense", "[]", "42", '{"text": 7}', "{}", b"\xff\xfe", "[" * 100_000]
)
def test_a_bad_line_is_answered_with_an_error(
    understander: Understander, catalogue: Catalogue, line: str | bytes
) -> None:
    assert list(_answer(line, understander, catalogue)) == ["error"]


def test_each_line_is_a_fresh_session(understander: Understander, catalogue: Catalogue) -> None:
    lines = ['{"text": "đăng ký kết hôn"}', "", '{"text": "mất bao nhiêu tiền"}']
    found = [json.loads(x) for x in answers(lines, understander, catalogue, str)]
    assert len(found) == 2
    assert found[1]["procedures"] == []


def test_half_a_surrogate_pair_can_be_written_out(
    understander: Understander, catalogue: Catalogue
) -> None:
    (line,) = answers(['{"text": "\\ud800 khai sinh"}'], understander, catalogue, str)
    assert line.encode("utf-8")
