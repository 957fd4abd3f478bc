"""The most ordinary requests about people and their papers are answered, never asked back."""

import pytest

from kiosk_robot.catalogue.catalogue import Catalogue
from kiosk_robot.understanding import Understander
from kiosk_robot.understanding.text import data_names, load_data

pytestmark = pytest.mark.thorough


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("tôi muốn làm giấy khai sinh cho con", "1.001193"),
        ("làm khai sinh cho bé", "1.001193"),
        ("cháu nội tôi mới đẻ, làm khai sinh", "1.001193"),
        ("dang ky khai sinh", "1.001193"),
        ("xin bản sao giấy khai sinh", "2.000635"),
        ("giấy khai sinh bị sai tên", "1.004859"),
        ("đăng ký kết hôn", "1.000894"),
        ("xin giấy xác nhận độc thân", "1.004873"),
        ("làm giấy khai tử cho bố", "1.000656"),
        ("chồng tôi mất hôm qua", "1.000656"),
        ("sao y bản chính", "2.000815"),
        ("chứng thực chữ ký", "2.000884"),
        ("nhập khẩu", "1.004222"),
        ("nhập hộ khẩu cho con", "1.004222"),
        ("đăng ký tạm trú", "1.004194"),
        ("cháu thuê trọ ở đây muốn đăng ký tạm trú", "1.004194"),
        ("gia hạn tạm trú", "1.002755"),
        ("tách hộ khẩu", "1.010038"),
        ("xin giấy xác nhận cư trú", "1.010041"),
        ("làm lại căn cước bị mất", "1.014064"),
        ("tôi bị mất căn cước", "1.014064"),
        ("căn cước hết hạn", "1.014063"),
        ("đăng ký xe máy mới mua", "1.013067"),
        ("mua xe cũ sang tên", "1.013076"),
        ("cài VNeID", "3.000228"),
        ("làm giấy khuyết tật", "1.001699"),
        ("đăng ký nghĩa vụ quân sự lần đầu", "1.013133"),
        ("rút bảo hiểm xã hội một lần", "1.000840"),
        ("cong chung can cuoc", "2.000815"),
        ("mat cccd lam lai o dau", "1.014064"),
        ("chuyen ho khau ve nha chong", "1.004222"),
        ("mẹ tôi mất rồi", "1.000656"),
        ("rớt bóp mất căn cước", "1.014064"),
        ("bọ tui mất rồi", "1.000656"),
        ("cháu sinh viên năm nhất ở trọ", "1.004194"),
        ("làm căn cước cho con 6 tuổi", "1.014062"),
    ],
)
def test_an_ordinary_request_is_answered_directly(
    understander: Understander, text: str, code: str
) -> None:
    (found,) = understander.understand(text)
    assert (found.behaviour, found.procedures[0].code) == ("answer", code)


@pytest.mark.parametrize(
    "text",
    [
        "làm giấy tờ cho con",
        "thủ tục cho người mất",
        "đổi tên",
        "xin trợ cấp",
        "mới mua xe",
        "mất sổ hộ khẩu",
        "nhà có liệt sĩ được hưởng gì",
        "làm hồ sơ xin việc",
        "mua bảo hiểm",
        "xin chế độ da cam",
    ],
)
def test_a_request_that_leaves_it_open_is_asked_back(understander: Understander, text: str) -> None:
    (found,) = understander.understand(text)
    assert found.behaviour == "clarify"
    assert 2 <= len(found.procedures) <= 3


@pytest.mark.parametrize(
    "text",
    [
        "thẻ atm bị nuốt",
        "hộ chiếu mất bên Pháp",
        "nộp phạt vượt đèn đỏ",
        "hợp pháp hóa lãnh sự ở đâu",
        "con thi đại học nộp hồ sơ",
        "bị lừa chuyển khoản",
        "công ty quỵt lương",
    ],
)
def test_what_other_offices_do_goes_to_a_person(understander: Understander, text: str) -> None:
    (found,) = understander.understand(text)
    assert (found.intent, found.behaviour) == ("out_of_scope", "handoff")


def test_every_wording_belongs_to_a_procedure_of_the_catalogue(catalogue: Catalogue) -> None:
    codes = {code for name in data_names("phrases*.vi.yaml") for code in load_data(name)}
    assert [code for code in sorted(codes) if code not in catalogue] == []
