"""The most ordinary requests about land, building, trade, schools, culture and religion."""

import pytest

from kiosk_robot.catalogue.catalogue import Catalogue
from kiosk_robot.understanding import Understander
from kiosk_robot.understanding.text import data_names, load_data

pytestmark = pytest.mark.thorough

ORDINARY = [
    ("đăng ký hộ kinh doanh", "1.001612"),
    ("mở quán phở", "1.001612"),
    ("tôi muốn bán hàng ăn sáng trước cửa nhà", "1.001612"),
    ("mo quan ca phe", "1.001612"),
    ("đổi tên quán", "2.000720"),
    ("chuyển cửa hàng sang phố khác", "2.000720"),
    ("mất giấy phép kinh doanh", "2.000575"),
    ("tạm nghỉ bán hàng mấy tháng", "1.001570"),
    ("đóng cửa hàng không bán nữa", "1.001266"),
    ("xin giấy phép bán rượu", "2.000620"),
    ("giấy vệ sinh an toàn thực phẩm", "2.001827"),
    ("thành lập hợp tác xã", "1.005280"),
    ("xin giấy phép xây nhà", "1.013225"),
    ("nhà em sắp xây lại", "1.013225"),
    ("dap nha cu xay nha moi", "1.013225"),
    ("nhà dột muốn sửa lại mái", "1.013229"),
    ("giấy phép xây nhà hết hạn", "1.013227"),
    ("làm sổ đỏ lần đầu", "1.013978"),
    ("đất ông bà để lại chưa có sổ", "1.013978"),
    ("sổ đỏ ghi sai tên", "1.012796"),
    ("chuyển đất vườn lên thổ cư", "1.013949"),
    ("nhờ phường hòa giải đất với hàng xóm", "1.012812"),
    ("nhà có dính quy hoạch không", "1.014159"),
    ("vay ngân hàng thế chấp sổ đỏ", "1.011441"),
    ("dựng rạp đám cưới ngoài đường", "1.013274"),
    ("xin đào đường lắp ống nước", "1.013061"),
    ("cây trước nhà sắp đổ xin chặt", "1.002693"),
    ("xin cho con vào lớp sáu", "3.000182"),
    ("chuyển trường cấp hai cho con", "2.002481"),
    ("xin miễn giảm học phí", "1.005144"),
    ("mở trường mầm non tư thục", "1.012961"),
    ("mở nhóm trẻ tại nhà", "1.012971"),
    ("tổ chức hội làng", "1.003622"),
    ("lập câu lạc bộ dưỡng sinh", "2.000794"),
    ("lợn chết dịch xin hỗ trợ", "1.013997"),
]


@pytest.mark.parametrize(("text", "code"), ORDINARY)
def test_an_ordinary_request_is_answered_without_a_question_back(
    understander: Understander, text: str, code: str
) -> None:
    (found,) = understander.understand(text)
    assert (found.behaviour, found.procedures[0].code) == ("answer", code)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("sửa giấy phép kinh doanh", {"2.000720", "1.014034"}),
        ("hỏi chuyện đất đai", {"1.013978", "1.012812"}),
        ("xin phep xay", {"1.013225", "1.013229"}),
        ("hỏi về hợp tác xã", {"1.005280", "1.004982"}),
        ("bán hàng vỉa hè", {"1.001612", "1.013274"}),
        ("sang lại quán cho người ta", {"2.000720", "1.001266"}),
        ("mở thư viện", {"1.008898", "1.008901"}),
    ],
)
def test_an_open_request_is_answered_with_a_question_between_what_fits(
    understander: Understander, text: str, codes: set[str]
) -> None:
    (found,) = understander.understand(text)
    assert found.behaviour == "clarify"
    assert codes <= {p.code for p in found.procedures}


def test_every_wording_stands_for_one_procedure_of_the_catalogue(catalogue: Catalogue) -> None:
    owner: dict[str, str] = {}
    for name in data_names("phrases*.vi.yaml"):
        for code, wordings in load_data(name).items():
            assert code in catalogue, (name, code)
            for wording in wordings:
                assert owner.setdefault(wording, code) == code, (wording, owner[wording], code)
