"""What is said not to be wanted is not done, and a correction is heard."""

import pytest

from kiosk_robot.understanding import Understander


@pytest.mark.parametrize(
    "text",
    [
        "tôi không muốn lấy số",
        "không cần lấy số đâu cháu",
        "đừng in phiếu cho bác",
        "thôi khỏi lấy số",
        "khoan hãy in phiếu",
        "bác không uống nước đâu",
        "tôi không khát",
        "không ăn kẹo",
        "chưa cần gặp cán bộ",
        "đừng nói to thế",
        "tôi chưa muốn về",
        "I don't want a ticket",
        "no water please",
    ],
)
def test_a_refused_service_is_a_no(understander: Understander, text: str) -> None:
    assert [u.intent for u in understander.understand(text)] == ["deny"]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("tôi không muốn nói chuyện với máy", "call_staff"),
        ("tôi chưa lấy số", "take_ticket"),
        ("nói nhỏ quá không nghe được", "louder"),
    ],
)
def test_a_no_that_asks_for_something_is_no_refusal(
    understander: Understander, text: str, intent: str
) -> None:
    assert intent in [u.intent for u in understander.understand(text)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("không phải khai sinh, tôi hỏi khai tử", "1.000656"),
        ("khong phai khai sinh, toi hoi khai tu", "1.000656"),
        ("tôi hỏi khai tử chứ không phải khai sinh", "1.000656"),
        ("không phải đăng ký kết hôn mà là giấy xác nhận độc thân", "1.004873"),
        ("not birth, marriage", "1.000894"),
    ],
)
def test_a_correction_is_about_what_is_meant(
    understander: Understander, text: str, code: str
) -> None:
    assert understander.understand(text)[0].procedures[0].code == code


def test_a_correction_that_names_nothing_stays_a_no(understander: Understander) -> None:
    assert understander.understand("không phải thế, cháu nhầm rồi")[0].intent == "deny"
