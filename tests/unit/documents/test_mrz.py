import contextlib
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk_robot.documents.mrz import Mrz, MrzError, check_digit, parse_mrz

# invented
ZONE = """\
IDVNM1900000015001190000001<<6
9001158F3001156VNM<<<<<<<<<<<0
NGUYEN<<THI<MAU<<<<<<<<<<<<<<<
"""


def test_a_zone_is_read():
    assert parse_mrz(ZONE) == Mrz(
        "001190000001", "NGUYEN THI MAU", date(1990, 1, 15), "female", date(2030, 1, 15)
    )


@pytest.mark.parametrize(("text", "digit"), [("D23145890", 7), ("520727", 3), ("<<<", 0)])
def test_check_digits_are_those_of_icao_9303(text, digit):
    assert check_digit(text) == digit


@pytest.mark.parametrize("blanks", [ZONE.replace("<<", "< <"), "\n" + ZONE.replace("\n", "\r\n\n")])
def test_blanks_and_empty_lines_do_not_matter(blanks):
    assert parse_mrz(blanks) == parse_mrz(ZONE)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "lines"),
        (ZONE * 2, "lines"),
        (ZONE.replace("IDVNM", "IDVN0"), "lines"),
        (ZONE.replace("VNM<", "LAO<"), "lines"),
        (ZONE.replace("MAU<", "MẪU<"), "lines"),
        (ZONE.replace("MAU", "M1U"), "lines"),
        (ZONE.replace("1900000015", "1900000025"), "number"),
        (ZONE.replace("8F3", "8M3"), "numbers"),
        (ZONE.replace("9001158F", "9001168F"), "birth date"),
        (ZONE.replace("3001156", "3001166"), "expiry"),
        (ZONE.replace("<<<0\n", "<<<1\n"), "whole"),
    ],
)
def test_a_wrong_zone_is_refused_and_told_where(text, part):
    with pytest.raises(MrzError) as caught:
        parse_mrz(text)
    assert caught.value.part == part
    assert "001190000001" not in str(caught.value)


@given(st.text(max_size=120) | st.text("0123456789<ABCIDVNM\n", max_size=120))
def test_any_text_is_a_zone_or_an_error(text):
    with contextlib.suppress(MrzError):
        parse_mrz(text)


@given(st.integers(0, len(ZONE) - 1), st.characters(codec="ascii"))
def test_one_wrong_figure_is_always_noticed(at, letter):
    spoilt = ZONE[:at] + letter + ZONE[at + 1 :]
    try:
        read = parse_mrz(spoilt)
    except MrzError:
        return
    assert replace(read, name="") == replace(parse_mrz(ZONE), name="")  # a name has no check digit


def test_a_zone_in_a_log_tells_nothing():
    assert repr(parse_mrz(ZONE)) == "Mrz()"
