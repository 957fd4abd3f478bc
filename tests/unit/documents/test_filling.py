"""What is asked, in what order, and what follows from it."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from kiosk_robot.documents.card import parse_card
from kiosk_robot.documents.filling import Filling
from kiosk_robot.documents.form import Section, load_forms
from kiosk_robot.documents.spoken_values import AnswerError

TODAY = date(2026, 11, 23)
FORMS = load_forms(Path("/nowhere"))
CARD = parse_card(
    "001194026153|012345678|Nguyễn Thị Bích Hằng|02091994|Nữ|"
    "Số 5 Phố Mẫu, phường Cửa Nam, Hà Nội|10052021"
)
MAN = replace(CARD, sex="male", name="Trần Văn Bình")


def start(code: str, card=CARD) -> Filling:
    return Filling(FORMS.get(code), TODAY, card)


def told(filling: Filling, **answers: str) -> Filling:
    for name, heard in answers.items():
        filling = filling.with_answer(filling.form.field(name), heard)
    return filling


def value(filling: Filling, name: str) -> str:
    return filling.value(filling.form.field(name))


def test_the_card_fills_what_it_says_and_the_rest_is_asked_in_order():
    filling = start("ct01")
    assert (value(filling, "name"), value(filling, "birth_date"), value(filling, "sex")) == (
        "NGUYỄN THỊ BÍCH HẰNG", "02/09/1994", "Nữ",
    )  # fmt: skip
    assert filling.from_card() == 4
    assert filling.next_field().name == "phone"
    assert told(filling, phone="0912345678").next_field().name == "email"


def test_without_a_card_everything_is_asked():
    assert start("ct01", card=None).next_field().name == "name"


def test_every_form_comes_to_an_end_without_a_card_and_with_nothing_to_say():
    for form in FORMS:
        filling = Filling(form, TODAY)
        for _ in form.fields:
            if asked := filling.next_field():
                filling = filling.without(asked)
        assert filling.next_field() is None
        required = {f.name for f in form.fields if f.required and not f.only_if}
        assert {field.name for field in filling.blank()} >= required


def test_what_is_not_answered_is_not_written():
    filling = start("ct01")
    with pytest.raises(AnswerError):
        told(filling, phone="không nhớ")
    assert value(filling, "phone") == ""


def test_the_head_of_the_household_says_it_once():
    filling = told(start("ct01"), relation="tôi là chủ hộ")
    assert value(filling, "head_identity") == CARD.number
    other = told(filling, relation="vợ")
    assert value(other, "head_identity") == "", "a changed answer takes back what followed from it"


def test_a_number_of_copies_is_asked_only_of_who_wants_copies():
    assert value(told(start("birth"), copies="không cần"), "copies_number") == ""
    wanted = told(start("birth"), copies="có")
    assert "copies_number" in [field.name for field in wanted.blank()]


@pytest.mark.parametrize(
    ("card", "side", "other"), [(CARD, "bride", "groom"), (MAN, "groom", "bride")]
)
def test_at_a_marriage_the_card_is_of_its_holder_only(card, side, other):
    filling = start("marriage", card)
    assert value(filling, side) == card.name.upper()
    assert value(filling, other) == ""


def test_for_oneself_the_card_says_who_it_is_for():
    mine = told(start("marital_status"), relation="cho tôi")
    assert value(mine, "subject") == value(mine, "applicant") == "NGUYỄN THỊ BÍCH HẰNG"
    assert value(mine, "birth_date") == "02/09/1994"
    theirs = told(start("marital_status"), relation="cho con")
    assert value(theirs, "subject") == value(theirs, "birth_date") == ""


def test_the_day_is_written_by_itself():
    wish = FORMS.get("ct01").fields[0]
    day = wish.model_copy(update={"name": "day", "source": "today", "takes": "", "kind": "date"})
    form = FORMS.get("ct01").model_copy(update={"sections": (Section(fields=(day, wish)),)})
    filling = Filling(form, TODAY)
    assert filling.value(day) == "23/11/2026"
    assert filling.next_field() == wish


def test_what_is_told_goes_before_what_the_card_says():
    filling = told(start("ct01"), name="nguyễn thị hằng")
    assert value(filling, "name") == "NGUYỄN THỊ HẰNG"


@pytest.mark.parametrize(
    ("code", "words", "name"),
    [
        ("ct01", "sửa ngày sinh", "birth_date"),
        ("ct01", "sửa số điện thoại", "phone"),
        ("ct01", "họ và tên chủ hộ sai rồi", "head_name"),
        ("ct01", "sửa họ tên", "name"),
        ("birth", "sửa dân tộc của mẹ", "mother_ethnicity"),
        ("birth", "sửa tên cháu bé", "child"),
        ("marriage", "sửa ngày sinh bên nam", "groom_birth_date"),
        ("birth", "change the mother's ethnicity", "mother_ethnicity"),
    ],
)
def test_a_field_is_found_by_what_it_is_called(code, words, name):
    assert start(code).named_in(words).name == name


@pytest.mark.parametrize("words", ["sửa", "sửa dân tộc", "xin chào"])
def test_a_field_that_is_not_clear_is_not_guessed(words):
    assert start("birth").named_in(words) is None


def test_no_value_shows_in_a_log():
    filling = told(start("ct01"), phone="0912345678")
    for secret in ("0912345678", CARD.number, "HẰNG", "Mẫu"):
        assert secret not in repr(filling)
