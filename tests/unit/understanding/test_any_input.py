"""Whatever is said or typed: a well-formed answer, never an exception."""

from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk_robot.catalogue.catalogue import Catalogue
from kiosk_robot.understanding import Understander
from kiosk_robot.understanding.model import Behaviour, Context, Facet, Intent, Understanding

pytestmark = pytest.mark.thorough

_SAID = ["khai sinh", "cho tôi", "mất", "giấy", "không", "hai điểm", "rồi", "quầy số", "A012", "ạ"]
_ALSO = [
    "đăng ký",
    "water",
    "ba",
    "căn cước",
    "?",
    ",",
    "lại",
    "cái thứ hai",
    "\u0301",
    "hoà",
    "😀",
]
_FRAGMENTS = st.sampled_from([*_SAID, *_ALSO])
_ANYTHING = st.one_of(st.text(max_size=200), st.lists(_FRAGMENTS, max_size=25).map(" ".join))
_CODES = st.sampled_from(["1.001193", "2.000635", "9.999999", ""])
_CONTEXTS = st.builds(
    Context,
    procedure=st.none() | _CODES,
    case_id=st.none() | st.text(max_size=5),
    offered=st.lists(_CODES, max_size=3).map(tuple),
)


def _check(found: list[Understanding], catalogue: Catalogue) -> None:
    assert found
    for one in found:
        assert one.intent in get_args(Intent)
        assert one.behaviour in get_args(Behaviour)
        assert one.facet is None or one.facet in get_args(Facet)
        assert 0.0 <= one.confidence <= 1.0
        assert all(p.code in catalogue and 0.0 <= p.score <= 1.0 for p in one.procedures)
        assert (one.question is not None) == (one.behaviour == "clarify")
        assert one.behaviour != "answer" or one.procedures
        if one.intent in ("out_of_scope", "not_understood"):
            assert one.behaviour == "handoff"


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=_ANYTHING, context=_CONTEXTS)
def test_any_text_in_any_context_is_answered_well_formed(
    understander: Understander, catalogue: Catalogue, text: str, context: Context
) -> None:
    _check(understander.understand(text, context), catalogue)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n\t",
        "\x00\x1b[31m\x07",
        "😀😀😀",
        "'; DROP TABLE tickets; --",
        "你好，我想办理出生登记",
        "где находится туалет",
        "asdkjh qwlekj zxmcnb",
        "12345 67890",
        "\ud800",
    ],
)
def test_what_is_no_request_is_not_understood(understander: Understander, text: str) -> None:
    (found,) = understander.understand(text)
    assert (found.intent, found.behaviour) == ("not_understood", "handoff")


def test_ten_thousand_characters_are_cut_not_refused(
    understander: Understander, catalogue: Catalogue
) -> None:
    found = understander.understand("tôi muốn làm giấy khai sinh cho con " * 300)
    _check(found, catalogue)
    assert found[0].procedures[0].code == "1.001193"
    assert len(found[0].text) <= 600


def test_the_same_words_give_the_same_answer(understander: Understander) -> None:
    text = "mạ tui mới mất bữa qua, chừ mần giấy chi"
    assert understander.understand(text) == understander.understand(text)


def test_explaining_any_text_says_something(understander: Understander) -> None:
    assert "1.001193" in understander.explain("làm giấy khai sinh cho con")
    assert understander.explain("😀")
