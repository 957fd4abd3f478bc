"""What is said for a field, as the form writes it; what could mean two things is refused."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk_robot.documents.form import Field, Option, Words
from kiosk_robot.documents.spoken_values import AnswerError, Problem, written
from kiosk_robot.speech import numerals

TODAY = date(2026, 11, 23)
ANY = Words(vi="gì ạ?", en="what?")
YES_NO = (
    Option(value="Có", label=Words(vi="Có", en="Yes")),
    Option(value="Không", label=Words(vi="Không", en="No"), said=("không có",)),
)


def value(kind: str, heard: str, **settings) -> str:
    return written(Field(name="it", label=ANY, kind=kind, prompt=ANY, **settings), heard, TODAY)


def problem(kind: str, heard: str, **settings) -> Problem:
    with pytest.raises(AnswerError) as refused:
        value(kind, heard, **settings)
    assert str(refused.value) in set(Problem), "it never quotes the answer"
    return refused.value.problem


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        ("mùng ba tháng hai năm chín mươi", "03/02/1990"),
        ("ngày 3 tháng 2 năm 1990", "03/02/1990"),
        ("3/2/1990", "03/02/1990"),
        ("3.2.1990", "03/02/1990"),
        ("03021990", "03/02/1990"),
        ("mùng năm tháng năm năm chín lăm", "05/05/1995"),
        ("tôi sinh ngày hai tháng chín năm một nghìn chín trăm chín mươi tư ạ", "02/09/1994"),
        ("ngày mười lăm tháng mười một năm hai nghìn không trăm linh năm", "15/11/2005"),
        ("hai mốt tháng tư năm hai không mười hai", "21/04/2012"),
        ("ba mươi tháng chạp năm một chín chín mươi", "30/12/1990"),
        ("mùng một tháng giêng năm hai nghìn", "01/01/2000"),
        ("hai tháng chín năm bốn mươi lăm", "02/09/1945"),
    ],
)
def test_dates_as_people_say_them(heard, expected):
    assert value("date", heard) == expected


@pytest.mark.parametrize(
    "heard",
    [
        "31 tháng 2 năm 1990",
        "mùng ba tháng hai",
        "tháng năm năm chín mươi",
        "3 tháng 2 năm 25",
        "mùng ba tháng mười ba năm chín mươi",
        "hôm qua",
        "",
    ],
)
def test_no_date_is_guessed(heard):
    assert problem("date", heard) == Problem.UNCLEAR


def test_a_date_to_come_is_refused_unless_the_field_allows_it():
    assert problem("date", "3/2/2030") == Problem.FUTURE
    assert value("date", "3/2/2030", future=True) == "03/02/2030"


@given(day=st.dates(date(1930, 1, 1), TODAY))
def test_every_date_said_in_full_is_understood(day):
    spoken = " ".join(
        ("ngày", numerals.cardinal(day.day), "tháng", numerals.cardinal(day.month), "năm",
         numerals.cardinal(day.year))
    )  # fmt: skip
    assert value("date", spoken) == f"{day:%d/%m/%Y}"


@given(number=st.integers(1, 10**12 - 1))
def test_no_amount_is_written_wrongly(number):
    """An amount said in words is that amount, or asked for again ("hai nghìn năm")."""
    try:
        written_down = value("money", f"{numerals.cardinal(number)} đồng")
    except AnswerError:
        assert number % 1000 < 10 or number % 10**6 < 10
        return
    assert written_down == f"{number:,} đồng".replace(",", ".")


@pytest.mark.parametrize(
    ("kind", "heard", "expected"),
    [
        ("phone", "không chín một hai ba bốn năm sáu bảy tám", "0912345678"),
        ("phone", "số của tôi là 0912.345.678 ạ", "0912345678"),
        ("phone", "+84912345678", "0912345678"),
        ("identity", "không không một một chín bốn không hai sáu một năm ba", "001194026153"),
        ("identity", "001 194 026 153", "001194026153"),
        ("year", "sinh năm tám lăm", "1985"),
        ("year", "năm hai nghìn lẻ năm", "2005"),
        ("money", "năm mươi triệu", "50.000.000 đồng"),
        ("money", "hai tỷ rưỡi", "2.500.000.000 đồng"),
        ("money", "50.000.000đ"[:-1], "50.000.000 đồng"),
        ("number", "hai bản", "2"),
        ("number", "một trăm hai mươi lăm mét vuông", "125"),
        ("number", "120,5 m2", "120,5"),
        ("name", "dạ tên cháu bé là lê minh khôi", "LÊ MINH KHÔI"),
        ("name", "nguye\u0302\u0303n va\u0306n an", "NGUYỄN VĂN AN"),
        ("name", "Y Moan Ê-nuôl", "Y MOAN Ê-NUÔL"),
        ("address", "số năm phố huế, phường cửa nam ạ", "Số 5 phố Huế, phường Cửa Nam"),
        ("address", "Số 5 Phố Mẫu", "Số 5 Phố Mẫu"),
        ("email", "an chấm nguyen a còng gmail chấm com", "an.nguyen@gmail.com"),
        ("text", "dạ, đăng ký thường trú ạ", "Đăng ký thường trú"),
    ],
)
def test_values_as_people_say_them(kind, heard, expected):
    assert value(kind, heard) == expected


@pytest.mark.parametrize(
    ("kind", "heard"),
    [
        ("phone", "091234567"),
        ("phone", "không chín mười hai ba bốn năm sáu bảy tám"),
        ("identity", "00119402615"),
        ("identity", "999194026153"),
        ("year", "hai mươi hai"),
        ("money", "một triệu hai"),
        ("money", "không"),
        ("name", "An"),
        ("name", "A1 B2"),
        ("email", "không có"),
        ("text", "ạ"),
        ("text", "\U0001f600 漢字"),
        ("address", "Căn 漢"),
        ("choice", "có lẽ"),
    ],
)
def test_what_is_not_clear_is_asked_again(kind, heard):
    settings = {"options": (Option(value="Nam", label=ANY),)} if kind == "choice" else {}
    assert problem(kind, heard, **settings) == Problem.UNCLEAR


def test_a_choice_is_the_longest_option_that_was_said():
    assert value("choice", "có ạ", options=YES_NO) == "Có"
    assert value("choice", "không có đâu", options=YES_NO) == "Không"
    both = (Option(value="Nam", label=ANY), Option(value="Nữ", label=Words(vi="Nữ", en="F")))
    assert problem("choice", "nam hay nữ nhỉ", options=both) == Problem.UNCLEAR


def test_what_does_not_fit_the_line_is_refused():
    assert problem("text", "a" * 31, max_length=30) == Problem.TOO_LONG


@given(st.text())
def test_any_words_are_a_value_or_refused(heard):
    for kind in ("name", "date", "year", "phone", "email", "identity", "text", "address", "money"):
        with suppress(AnswerError):
            assert 0 < len(value(kind, heard)) <= 120
