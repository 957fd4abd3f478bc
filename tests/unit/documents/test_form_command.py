"""`kiosk form` and `kiosk forms`, as they are called."""

import cv2
import pypdfium2
import pytest

from kiosk_robot.cli import main
from kiosk_robot.drivers.simulated.card_image import draw_card

pytestmark = pytest.mark.thorough

CARD = (
    "001194026153|012345678|Nguyễn Thị Bích Hằng|02091994|Nữ|"
    "Số 5 Phố Mẫu, phường Cửa Nam, Hà Nội|10052021"
)


@pytest.mark.parametrize("kind", ["txt", "png"])
def test_a_form_is_filled_from_a_card(tmp_path, capsys, kind):
    card, out = tmp_path / f"card.{kind}", tmp_path / "new" / "form.pdf"
    if kind == "txt":
        card.write_text(CARD + "\n", encoding="utf-8")
    else:
        cv2.imwrite(str(card), draw_card(CARD))
    assert main(["form", "ct01", "--card", str(card), "--out", str(out)]) == 0
    text = pypdfium2.PdfDocument(out)[0].get_textpage().get_text_bounded()
    assert "NGUYỄN THỊ BÍCH HẰNG" in text
    assert out.stat().st_mode & 0o077 == 0, "nobody else may read it"
    told = capsys.readouterr().out
    assert "4 fields from the card" in told
    assert "Số điện thoại liên hệ" in told
    assert "Hằng".upper() not in told.upper()


@pytest.mark.parametrize(
    ("code", "card", "complaint"),
    [
        ("nope", CARD, "no form 'nope'; forms there are: birth, ct01"),
        ("ct01", "https://example.com", "not the code of an ID card"),
        ("ct01", "", "not the code of an ID card"),
    ],
)
def test_what_cannot_be_filled_is_told_and_leaves_no_file(tmp_path, capsys, code, card, complaint):
    path, out = tmp_path / "card.txt", tmp_path / "form.pdf"
    path.write_text(card, encoding="utf-8")
    assert main(["form", code, "--card", str(path), "--out", str(out)]) == 1
    assert complaint in capsys.readouterr().err
    assert not out.exists()


def test_a_picture_without_a_code_is_told(tmp_path, capsys):
    path = tmp_path / "card.png"
    cv2.imwrite(str(path), draw_card(CARD)[:100, :100])
    assert main(["form", "ct01", "--card", str(path), "--out", str(tmp_path / "form.pdf")]) == 1
    assert "no QR code can be read" in capsys.readouterr().err


def test_a_wrong_form_of_the_ward_is_found(tmp_path, monkeypatch, capsys):
    (tmp_path / "forms").mkdir()
    (tmp_path / "forms" / "ours.yaml").write_text("code: ours\n", encoding="utf-8")
    monkeypatch.setenv("KIOSK_CONFIG", str(tmp_path))
    assert main(["forms", "check"]) == 1
    assert "ours.yaml: title: Field required" in capsys.readouterr().err


def test_the_packaged_forms_are_right(capsys):
    assert main(["forms", "check"]) == 0
    assert "8 forms, no problem" in capsys.readouterr().out
