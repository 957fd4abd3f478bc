"""When a comment was asked for, whatever is said is one, but for an answer to the question."""

import pytest

from kiosk_robot.understanding.model import Context

pytestmark = pytest.mark.thorough

ASKED = Context(commenting=True)


@pytest.mark.parametrize(
    "text",
    [
        "phải chờ lâu quá",
        "cán bộ quầy hai nói khó nghe",
        "tôi làm giấy khai sinh mà phải đi lại ba lần",
        "hai điểm là còn nhiều",
        "xyz qwerty",
        "the staff was rude",
    ],
)
def test_a_comment_is_kept_whole(understander, text):
    [heard] = understander.understand(text, ASKED)
    assert (heard.intent, heard.slots) == ("give_feedback", {"comment": text})


@pytest.mark.parametrize(
    ("text", "intent"),
    [("không", "deny"), ("có", "affirm"), ("gọi cán bộ giúp tôi", "call_staff"),
     ("nói lại đi", "repeat"), ("thôi cảm ơn", "deny")],
)  # fmt: skip
def test_an_answer_is_none(understander, text, intent):
    [heard] = understander.understand(text, ASKED)
    assert heard.intent in (intent, "goodbye", "cancel")


def test_the_code_on_the_desk_sign_goes_with_a_rating(understander):
    [heard] = understander.understand("chấm 2 điểm cán bộ H02")
    assert (heard.intent, heard.slots) == ("give_feedback", {"rating": "2", "staff": "H02"})
