import unicodedata

import pytest

from kiosk_robot.dialogue.politeness import Address


@pytest.mark.parametrize(
    ("text", "citizen", "robot"),
    [
        ("bác muốn làm lại căn cước", "bác", "cháu"),
        ("Cháu ơi cho bác hỏi", "bác", "cháu"),
        ("cô cần xin giấy xác nhận", "cô", "cháu"),
        ("cho ông hỏi một chút", "ông", "cháu"),
        ("bà muốn làm khai sinh cho cháu", "bà", "cháu"),
        ("giúp bà với cháu", "bà", "cháu"),
        ("Em ơi cho chị hỏi với", "chị", "em"),
        ("anh đang cần giấy xác nhận độc thân", "anh", "em"),
        ("em ơi", "anh chị", "em"),
        ("em muốn làm giấy khai sinh", "bạn", "mình"),
        ("anh ơi cho em hỏi", "bạn", "mình"),
        ("dạ con muốn hỏi thẻ bảo hiểm", "bạn", "mình"),
        ("cháu cần những giấy tờ gì", "bạn", "mình"),
        ("mình muốn hỏi", "bạn", "mình"),
        (unicodedata.normalize("NFD", "chị muốn đăng ký tạm trú"), "chị", "em"),
    ],
)
def test_the_robot_follows_the_citizens_pronoun(text: str, citizen: str, robot: str) -> None:
    assert Address.from_text(text) == Address(citizen, robot)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tôi muốn làm giấy khai sinh",
        "con tôi ba tuổi rồi",
        "đăng ký khai sinh cho con cần gì",
        "đưa con xin học",
        "làm giấy khai sinh cho cháu",
        "anh ấy muốn làm hộ chiếu",
        "em bé mới sinh làm giấy tờ gì",
        "có cần xin giấy không",
        "làm hộ kinh doanh",
        "I need a birth certificate",
    ],
)
def test_people_talked_about_do_not_change_the_address(text: str) -> None:
    chosen = Address("chị", "em")
    assert Address.from_text(text, chosen) == chosen
    assert Address.from_text(text) == Address("bác", "cháu")


def test_being_called_a_child_keeps_the_elder_already_known() -> None:
    assert Address.from_text("cháu ơi", Address("ông", "cháu")) == Address("ông", "cháu")
    assert Address.from_text("con ơi", Address("bạn", "mình")) == Address("bác", "cháu")


def test_prompts_get_the_words_with_and_without_capital() -> None:
    words = Address("anh chị", "em").words
    assert "{Citizen} bảo {robot} nhé".format(**words) == "Anh chị bảo em nhé"
    assert Address("bác", "cháu").capitalised == Address("Bác", "Cháu")
