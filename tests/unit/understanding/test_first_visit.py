"""The visits the robot must get right on its first day."""

import pytest

from kiosk_robot.understanding import Understander
from kiosk_robot.understanding.model import Context

pytestmark = pytest.mark.thorough


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("có", "affirm"),
        ("không", "deny"),
        ("cho tôi xin cốc nước", "request_drink"),
        ("hai điểm", "give_feedback"),
        ("cảm ơn cháu, bác về đây", "goodbye"),
        ("lấy số cho bác", "take_ticket"),
        ("đọc thẻ giúp tôi", "scan_card"),
    ],
)
def test_a_short_request_is_its_intent(understander: Understander, text: str, intent: str) -> None:
    assert [u.intent for u in understander.understand(text)] == [intent]


@pytest.mark.parametrize(
    "text",
    [
        "tôi muốn làm giấy khai sinh cho con",
        "toi muon lam giay khai sinh cho con",
        "tui mún mần giấy khai sanh cho con tui",
        "LÀM GKS CHO CON",
    ],
)
def test_birth_registration_however_it_is_said(understander: Understander, text: str) -> None:
    (found,) = understander.understand(text)
    assert (found.intent, found.behaviour) == ("ask_procedure", "answer")
    assert found.procedures[0].code == "1.001193"


@pytest.mark.parametrize(
    ("text", "rating"),
    [
        ("hai điểm", "2"),
        ("cho hai điểm", "2"),
        ("hai sao", "2"),
        ("rất hài lòng", "5"),
        ("không hài lòng", "2"),
        ("5 sao", "5"),
    ],
)
def test_the_rating_is_read_from_the_words(
    understander: Understander, text: str, rating: str
) -> None:
    (found,) = understander.understand(text)
    assert (found.intent, found.slots["rating"]) == ("give_feedback", rating)


def test_several_requests_are_served_in_turn(understander: Understander) -> None:
    found = understander.understand("cho bác xin cốc nước rồi làm giấy khai sinh cho cháu nội")
    assert [u.intent for u in found] == ["request_drink", "ask_procedure"]


def test_a_follow_up_keeps_the_procedure_of_the_conversation(understander: Understander) -> None:
    (found,) = understander.understand("thế mất bao nhiêu tiền?", Context(procedure="1.001193"))
    assert (found.behaviour, found.facet) == ("answer", "fee")
    assert found.procedures[0].code == "1.001193"


def test_an_offered_procedure_is_chosen_by_its_place(understander: Understander) -> None:
    context = Context(offered=("1.001193", "2.000635"))
    (found,) = understander.understand("cái thứ hai", context)
    assert found.procedures[0].code == "2.000635"
