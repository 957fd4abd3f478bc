import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk_robot.speech.numerals import cardinal
from kiosk_robot.speech.reading import read_aloud, read_numbers


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "không"),
        (10, "mười"),
        (14, "mười bốn"),
        (15, "mười lăm"),
        (21, "hai mươi mốt"),
        (24, "hai mươi tư"),
        (55, "năm mươi lăm"),
        (100, "một trăm"),
        (105, "một trăm linh năm"),
        (110, "một trăm mười"),
        (111, "một trăm mười một"),
        (1001, "một nghìn không trăm linh một"),
        (1010, "một nghìn không trăm mười"),
        (2026, "hai nghìn không trăm hai mươi sáu"),
        (1_000_005, "một triệu không trăm linh năm"),
        (1_020_000, "một triệu không trăm hai mươi nghìn"),
        (21_000_000_000, "hai mươi mốt tỷ"),
        (10**12, "một nghìn tỷ"),
    ],
)
def test_numbers_are_said_the_northern_way(number: int, words: str) -> None:
    assert cardinal(number) == words


def test_a_negative_number_is_refused() -> None:
    with pytest.raises(ValueError, match="-1"):
        cardinal(-1)


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_different_numbers_sound_different(one: int, other: int) -> None:
    assert (cardinal(one) == cardinal(other)) == (one == other)


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("20.000 đồng", "hai mươi nghìn đồng"),
        ("20.000 đ/trang", "hai mươi nghìn đồng một trang"),
        ("50 000đ", "năm mươi nghìn đồng"),
        ("20,000 VNĐ", "hai mươi nghìn đồng"),
        ("10.000-20.000 đồng", "mười nghìn đến hai mươi nghìn đồng"),
        ("hết hạn 15/08/2026", f"hết hạn ngày mười lăm tháng tám năm {cardinal(2026)}"),
        ("ngày 1-7-2025", f"ngày mùng một tháng bảy năm {cardinal(2025)}"),
        ("2026-04-15", f"ngày mười lăm tháng tư năm {cardinal(2026)}"),
        ("nghỉ lễ 2/9", "nghỉ lễ ngày mùng hai tháng chín"),
        ("tháng 07/2026", f"tháng bảy năm {cardinal(2026)}"),
        ("thứ 4", "thứ tư"),
        ("lần thứ 1", "lần thứ nhất"),
        ("1/2 ngày", "một phần hai ngày"),
        ("08:00", "tám giờ"),
        ("13:30", "mười ba giờ ba mươi"),
        ("8h05", "tám giờ năm phút"),
        ("từ 7h30-11h30", "từ bảy giờ ba mươi đến mười một giờ ba mươi"),
        ("10%", "mười phần trăm"),
        ("0,5%", "không phẩy năm phần trăm"),
        ("10-15 phút", "mười đến mười lăm phút"),
        ("05 ngày làm việc", "năm ngày làm việc"),
        ("2,5 ngày", "hai phẩy năm ngày"),
        ("1.234,56", "một nghìn hai trăm ba mươi tư phẩy năm mươi sáu"),
        ("1900 1234", "một chín không không, một hai ba bốn"),
        ("0912345678", "không chín một hai, ba bốn năm, sáu bảy tám"),
        ("024 3825 1234", "không hai bốn, ba tám hai năm, một hai ba bốn"),
        ("gọi 113 ngay", "gọi một một ba ngay"),
        ("001099012345", "không không một không chín chín không một hai ba bốn năm"),
        ("mã 1.001193.", "mã một chấm không không một một chín ba."),
        (
            "1.001193.000.H26",
            "một chấm không không một một chín ba chấm không không không chấm hát hai sáu",
        ),
        ("quý III/2026", "quý ba năm hai nghìn không trăm hai mươi sáu"),
        ("NĐ 5 & SHK", "nghị định năm và sổ hộ khẩu"),
        (
            "2 bản + ảnh, ≥ 75 tuổi, 25°C",
            "hai bản và ảnh, ít nhất bảy mươi lăm tuổi, hai mươi lăm độ xê",
        ),
        ("A012", "A không một hai"),
        ("số B107", "số bê một không bảy"),
        ("mẫu CT01.", "mẫu xê tê không một."),
        ("UBND phường", "ủy ban nhân dân phường"),
        ("CCCD/hộ chiếu", "căn cước công dân, hộ chiếu"),
        ("thẻ BHYT", "thẻ bảo hiểm y tế"),
        ("ứng dụng VNeID", "ứng dụng vi en ai đi"),
        ("mã QR", "mã quy a"),
        ("TTPVHCC", "trung tâm phục vụ hành chính công"),
        ("cấp III, cấp IV", "cấp ba, cấp bốn"),
        ("ảnh 4x6 cm", "ảnh bốn nhân sáu xen ti mét"),
        ("100m2", "một trăm mét vuông"),
        (
            "Nghị định 123/2015/NĐ-CP",
            f"Nghị định một trăm hai mươi ba năm {cardinal(2015)} của Chính phủ",
        ),
    ],
)
def test_text_is_read_as_people_read_it(written: str, spoken: str) -> None:
    assert read_aloud(written) == spoken


@pytest.mark.parametrize("plain", ["Bác cần mang tờ khai ạ.", "Hồ sơ hợp lệ, xin cảm ơn!", ""])
def test_plain_words_stay_as_they_are(plain: str) -> None:
    assert read_aloud(plain) == plain


def test_captions_keep_codes_and_names_written() -> None:
    caption = read_numbers("Mẫu CT01 trên VNeID mất 20.000 đồng.")
    assert caption == "Mẫu CT01 trên VNeID mất hai mươi nghìn đồng."


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("20,000 VND/page", "twenty thousand dong per page"),
        ("105", "one hundred and five"),
        ("15/08/2026", "the fifteenth of August twenty twenty-six"),
        ("07:30-11:30", "seven thirty a.m. to eleven thirty a.m."),
        ("08:05", "eight oh five a.m."),
        ("10-15 minutes", "ten to fifteen minutes"),
        ("3rd counter", "third counter"),
        ("2.5%", "two point five percent"),
        ("ticket A012", "ticket A zero one two"),
        ("the QR on VNeID", "the Q R on V N E I D"),
    ],
)
def test_english_is_read_as_people_read_it(written: str, spoken: str) -> None:
    assert read_aloud(written, "en") == spoken


def test_an_unknown_locale_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'fr'"):
        read_aloud("1", "fr")


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    spoken = read_aloud(text)
    assert not re.search("[0-9]", spoken)
    assert unicodedata.is_normalized("NFC", spoken)


@given(st.from_regex(r"[0-9A-ZĐđh/:.,%+ x-]{0,40}", fullmatch=True))
def test_any_jumble_of_digits_and_marks_can_be_read(text: str) -> None:
    assert not re.search("[0-9]", read_aloud(text))


def test_a_very_long_digit_string_is_read_digit_by_digit() -> None:
    assert read_aloud("7" * 5000).split() == ["bảy"] * 5000
