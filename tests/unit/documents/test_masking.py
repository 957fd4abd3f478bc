import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk_robot.documents.masking import mask_number, mask_numbers_in


@pytest.mark.parametrize(
    ("number", "masked"),
    [("001098012345", "0010****2345"), ("012345678", "012***678"), ("", "")],
)
def test_mask_number(number, masked):
    assert mask_number(number) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Số của tôi là 001098012345 nhé", "Số của tôi là 0010****2345 nhé"),
        ("001 098 012 345", "0010****2345"),
        ("001.098.012.345", "0010****2345"),
        ("0 0 1 0 9 8 0 1 2 3 4 5", "0010****2345"),
        ("CMND 012345678, gọi 0912345678", "CMND 012***678, gọi 091****678"),
        ("001098012345 012345678", "****"),
        ("0010980123456789", "****"),
        ("số không không một không chín tám không một hai ba bốn năm ạ", "số **** ạ"),
        ("Không Không 1 0 9 8 0 1 2 3 4 5", "****"),
        ("x001098012345y", "x0010****2345y"),
    ],
)
def test_numbers_are_masked_in_text(text, masked):
    assert mask_numbers_in(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "Phiếu A012, quầy 1, còn 4 người",
        "Thứ Hai 23/11/2026, 08:05",
        "Lệ phí 20.000 đồng, nộp 2.000 đồng một trang",
        "Tôi có hai con, một trai một gái, ba bốn năm rồi không gặp",
        "1.001193",
        "",
    ],
)
def test_other_text_is_left_alone(text):
    assert mask_numbers_in(text) == text


@given(st.text(), st.from_regex(r"[0-9]([ .]?[0-9]){8,11}", fullmatch=True), st.text())
@pytest.mark.thorough
def test_no_number_survives_whatever_is_around_it(before, number, after):
    masked = mask_numbers_in(before + number + after)
    assert number not in masked
    assert "*" in masked
