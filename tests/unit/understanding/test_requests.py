"""Procedures asked for the way people speak: dialect, typing, doubt, context."""

import pytest

from kiosk_robot.catalogue.catalogue import Catalogue
from kiosk_robot.understanding import Understander
from kiosk_robot.understanding.model import Context, Understanding

pytestmark = pytest.mark.thorough


def _one(understander: Understander, text: str, context: Context | None = None) -> Understanding:
    (found,) = understander.understand(text, context)
    return found


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("mạ tui mới mất bữa qua, chừ mần giấy chi", "1.000656"),
        ("ba tui mất rồi, giờ làm giấy gì", "1.000656"),
        ("xin giay xac nhan doc than", "1.004873"),
        ("sao y căng cước công dân", "2.000815"),
        ("công chứng sổ hồng", "2.000815"),
        ("em thuê trọ ở đây thì đk tạm trú ntn", "1.004194"),
        ("mở quán phở cần giấy tờ gì", "1.001612"),
        ("cụ nhà tôi tám mươi tuổi không có lương hưu xin trợ cấp", "1.001776"),
    ],
)
def test_everyday_and_regional_speech_finds_the_procedure(
    understander: Understander, text: str, code: str
) -> None:
    found = _one(understander, text)
    assert found.intent == "ask_procedure"
    assert found.procedures[0].code == code


@pytest.mark.parametrize(
    ("text", "facet"),
    [
        ("đăng ký kết hôn cần giấy tờ gì", "papers"),
        ("dang ky ket hon het bao nhieu tien", "fee"),
        ("đăng ký kết hôn mất mấy ngày", "time"),
        ("đăng ký kết hôn ở quầy nào", "where"),
        ("đăng ký kết hôn qua mạng được không", "online"),
        ("đăng ký kết hôn dùng tờ khai nào", "form"),
        ("đăng ký kết hôn làm thế nào", "steps"),
        ("đăng ký kết hôn", None),
    ],
)
def test_what_is_asked_about_it(understander: Understander, text: str, facet: str | None) -> None:
    found = _one(understander, text)
    assert (found.procedures[0].code, found.facet) == ("1.000894", facet)


@pytest.mark.parametrize(
    "text",
    [
        "xin tiền mai táng",
        "xin giấy xác nhận",
        "xin giay phep xay dung",
        "mới dọn tới đây ở phải khai chi với phường",
        "tôi muốn làm căn cước cho con",
    ],
)
def test_an_open_request_is_answered_with_one_short_question(
    understander: Understander, text: str
) -> None:
    found = _one(understander, text)
    assert found.behaviour == "clarify"
    assert found.question is not None
    assert found.question.count("?") == 1
    assert 2 <= len(found.procedures) <= 3


@pytest.mark.parametrize(
    "text",
    [
        "em mất bằng lái xe máy cấp lại ở đâu",
        "tôi muốn ly hôn",
        "giá vàng hôm nay bao nhiêu",
        "hát cho tôi nghe một bài",
        "mở công ty cổ phần",
        "how do I get a driving license",
    ],
)
def test_what_a_ward_cannot_do_goes_to_a_person(understander: Understander, text: str) -> None:
    found = _one(understander, text)
    assert (found.intent, found.behaviour) == ("out_of_scope", "handoff")


def test_the_case_is_told_by_its_cue(understander: Understander) -> None:
    found = _one(understander, "làm giấy khai sinh cho con, bé đẻ tại nhà")
    assert (found.procedures[0].code, found.case_id) == ("1.001193", "no_hospital_paper")


def test_a_case_named_later_belongs_to_the_procedure_under_discussion(
    understander: Understander,
) -> None:
    found = _one(understander, "cháu đẻ tại nhà", Context(procedure="1.001193"))
    assert (found.procedures[0].code, found.case_id) == ("1.001193", "no_hospital_paper")


def test_the_case_is_kept_over_the_next_question(understander: Understander) -> None:
    context = Context(procedure="1.001193", case_id="abandoned")
    found = _one(understander, "thế mất mấy ngày", context)
    assert (found.facet, found.case_id) == ("time", "abandoned")


def test_small_talk_about_the_matter_stays_with_it(understander: Understander) -> None:
    found = _one(understander, "con tôi ba tuổi rồi", Context(procedure="1.001193"))
    assert found.procedures[0].code == "1.001193"


def test_a_new_request_leaves_the_old_one(understander: Understander) -> None:
    found = _one(understander, "tôi muốn đăng ký tạm trú", Context(procedure="1.001193"))
    assert found.procedures[0].code == "1.004194"


def test_an_offered_procedure_can_be_named(understander: Understander) -> None:
    context = Context(offered=("1.001731", "2.002307", "2.002308"))
    assert _one(understander, "cựu chiến binh", context).procedures[0].code == "2.002307"
    assert _one(understander, "cái thứ ba", context).procedures[0].code == "2.002308"


def test_a_question_about_nothing_yet_is_asked_back(understander: Understander) -> None:
    found = _one(understander, "mất bao nhiêu tiền?")
    assert (found.behaviour, found.facet) == ("clarify", "fee")
    assert found.question == "Bác hỏi về thủ tục nào ạ?"


def test_english_is_answered_in_english(understander: Understander) -> None:
    found = _one(understander, "I want to register a birth, how much is the fee?")
    assert (found.procedures[0].code, found.facet) == ("1.001193", "fee")
    assert found.slots == {"locale": "en"}


def test_a_procedure_for_a_special_situation_needs_the_situation(
    understander: Understander,
) -> None:
    assert _one(understander, "đăng ký khai tử").procedures[0].code == "1.000656"
    lasting = _one(understander, "đăng ký khai tử lưu động")
    assert lasting.procedures[0].code == "1.000419"


def test_every_name_in_the_catalogue_finds_its_procedure_among_the_first_three(
    understander: Understander, catalogue: Catalogue
) -> None:
    lost = []
    for procedure in catalogue:
        found = understander.understand(procedure.name)[0]
        if procedure.code not in [p.code for p in found.procedures[:3]]:
            lost.append((procedure.code, procedure.name, found.intent))
    assert len(lost) <= 0.02 * len(catalogue), lost
