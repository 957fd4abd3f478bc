"""The form on paper: values where they belong, whole, in their letters, on A4."""

import io
import unicodedata
from datetime import date
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from kiosk_robot.documents.card import parse_card
from kiosk_robot.documents.filling import Filling
from kiosk_robot.documents.form import load_forms
from kiosk_robot.documents.typesetting import pictures, typeset

pytestmark = pytest.mark.thorough

TODAY = date(2026, 11, 23)
WARD = "phường Cửa Nam"
FORMS = load_forms(Path("/nowhere"))
CARD = parse_card(
    "001194026153|012345678|Nguyễn Thị Bích Hằng|02091994|Nữ|"
    "Số 5 Phố Mẫu, phường Cửa Nam, Hà Nội|10052021"
)
A4 = (595.28, 841.89)  # points
LEFT, RIGHT = 25 / 25.4 * 72, A4[0] - 18 / 25.4 * 72
LONGEST_NAME = "NGUYỄN HOÀNG PHƯƠNG NGUYÊN KHƯƠNG THƯỢNG NGHIÊM TRƯỜNG"
HOSTILE = (
    '#image("/etc/passwd")',
    "*đậm* _nghiêng_ $x^2$ `mã` @nhãn <nhãn> // hết",
    '"]; #panic("x") #let a = 1 //',
    "\\u{48} \\ #sys.inputs.form",
    "= Đầu đề - mục + mục",
    "A" * 300,
    "{{7*7}} %s ${x} <b>x</b>",
)


class Page:
    """Text and its places on a page; points from the top left."""

    def __init__(self, pdf: bytes, number: int = 0) -> None:
        page = pypdfium2.PdfDocument(pdf)[number]
        self.size = page.get_size()
        self._page = page.get_textpage()
        self.text = unicodedata.normalize("NFC", self._page.get_text_bounded())
        self.flat = " ".join(self.text.replace("\u200b", "").replace("\ufffe", "").split())

    def boxes(self) -> list[tuple[float, float, float, float]]:
        """Left, bottom, right, top of everything printed."""
        count = self._page.count_chars()
        letters = self._page.get_text_range(0, count)
        assert len(letters) == count
        return [self._page.get_charbox(i) for i in range(count) if not letters[i].isspace()]

    def place(self, words: str) -> tuple[float, float]:
        """Left edge and baseline, about, of the first time these words are there."""
        at, length = self._page.search(words).get_next()
        assert length
        left, bottom, _, _ = self._page.get_charbox(at)
        return left, bottom


def filled(code: str, **answers: str) -> Filling:
    form = FORMS.get(code)
    return Filling(form, TODAY, CARD, answers)


def full(code: str) -> Filling:
    """Every field with a long value that fits it."""
    form = FORMS.get(code)
    longest = {
        "name": LONGEST_NAME, "date": "28/12/2025", "year": "1994", "phone": "02438123456",
        "email": "nguyen.thi.bich.hang.1994@example.com", "identity": "001194026153",
        "number": "125,50", "money": "120.500.000 đồng",
    }  # fmt: skip
    words = "Số 29 ngõ Hàng Bún, phường Cửa Nam, thành phố Hà Nội, "
    values = {}
    for field in form.fields:
        text = longest.get(field.kind, (words * 9)[: field.max_length])
        values[field.name] = field.options[-1].value if field.options else text.strip(" ,")
        values |= field.only_if
    return Filling(form, TODAY, None, values)


@pytest.mark.parametrize("code", sorted(FORMS.by_code))
def test_every_value_is_on_the_paper_in_its_letters(code):
    filling = full(code)
    pdf = typeset(filling, WARD, "A012")
    pages = [Page(pdf, n) for n in range(len(pypdfium2.PdfDocument(pdf)))]
    text = " ".join(page.flat for page in pages)
    for field, value in filling.filled():
        found = "".join(text.split()) if field.boxes else text
        assert value in found, field.name
    assert filling.form.title in text
    assert filling.form.recipient.format(ward=WARD) in text
    assert "A012" in text
    assert filling.form.basis in text


@pytest.mark.parametrize("code", sorted(FORMS.by_code))
@pytest.mark.parametrize("make", [full, filled], ids=["full", "card only"])
def test_nothing_runs_out_of_the_margins(code, make):
    pdf = typeset(make(code), WARD)
    for number in range(len(pypdfium2.PdfDocument(pdf))):
        page = Page(pdf, number)
        assert page.size == pytest.approx(A4, abs=0.1)
        for left, bottom, right, top in page.boxes():
            assert left >= LEFT - 1
            assert right <= RIGHT + 1
            assert 0 < bottom <= top < A4[1]


def test_a_value_stands_right_of_its_label_on_the_same_line():
    page = Page(typeset(filled("ct01"), WARD))
    label_left, label_line = page.place("Họ, chữ đệm và tên:")
    value_left, value_line = page.place("NGUYỄN THỊ BÍCH HẰNG")
    assert value_left > label_left
    assert value_line == pytest.approx(label_line, abs=3)


def test_each_digit_of_the_number_has_its_box():
    """Ink of frame and digit, box by box, where the official form has twelve."""
    empty, with_number = (
        np.asarray(Image.open(io.BytesIO(pictures(filling, WARD, dpi=144)[0])).convert("L"))
        for filling in (Filling(FORMS.get("ct01"), TODAY), filled("ct01"))
    )
    page = Page(typeset(filled("ct01"), WARD))
    label_left, bottom = page.place("Số định danh cá nhân:")
    line = sorted(box[0] for box in page.boxes() if abs(box[1] - bottom) < 3)
    lefts = line[-12:]
    pitch = np.diff(lefts)
    assert pitch == pytest.approx([6 / 25.4 * 72] * 11, abs=3.5)
    for box_left in lefts:
        x, y = int(2 * box_left), int(2 * (A4[1] - bottom))
        cell = (slice(y - 16, y), slice(x, x + 8))
        assert with_number[cell].min() < 90, "the digit is printed"
        assert empty[cell].min() > 200, "the box is empty for the hand to fill"
    assert lefts[0] > label_left


def test_what_is_not_known_is_left_for_the_hand():
    page = Page(typeset(filled("birth"), WARD))
    after_label = page.flat.split("Nơi sinh:")[1]
    assert after_label.lstrip().startswith("....")


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_values_stay_text(value):
    page = Page(typeset(filled("ct01", request=value), WARD))
    assert "".join(value.split()) in "".join(page.flat.split())


def test_letters_beyond_the_font_are_still_printed():
    page = Page(typeset(filled("ct01", request="Y Ŏ Ɓŭk Êñ"), WARD))
    assert set("ŎƁŭÊñ") <= set(page.flat)


def test_it_is_pdf_a_2b_and_says_nothing_personal_about_itself():
    pdf = typeset(filled("ct01"), WARD)
    assert b"<pdfaid:part>2</pdfaid:part>" in pdf
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in pdf
    metadata = str(pypdfium2.PdfDocument(pdf).get_metadata_dict())
    assert "Hằng" not in metadata.title()
    assert "0011" not in metadata


def test_the_same_form_is_the_same_paper():
    assert pictures(filled("ct01"), WARD) == pictures(filled("ct01"), WARD)
