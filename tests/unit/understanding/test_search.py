"""Procedures found by what has been typed of their names."""

import pytest

from kiosk_robot.config import load_catalogue
from kiosk_robot.understanding.search import ProcedureSearch

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def search():
    return ProcedureSearch(load_catalogue(), {"1.000894": "marriage registration"})


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("khai sinh", "1.001193"),
        ("khai si", "1.001193"),
        ("dang ky khai sinh", "1.001193"),
        ("đăng kí khai sinh", "1.001193"),
        ("khai shin", "1.001193"),
        ("kết hôn", "1.000894"),
        ("ket hon dang ky", "1.000894"),
        ("marr", "1.000894"),
        ("thuong chu", "1.004222"),
        ("tam chu", "1.004194"),
        ("sao y", "2.000815"),
        ("ho khau", "1.004222"),
        ("hon nhan", "1.004873"),
    ],
)
def test_marks_slips_and_half_words_do_not_matter(search, typed, code):
    assert code in search.find(typed)[:3]


@pytest.mark.parametrize("typed", ["", "k", " ", "zzz qqq xxx", "😀", "\0", "%" * 100])
def test_what_is_like_no_name_finds_nothing(search, typed):
    assert search.find(typed) == []


def test_every_procedure_is_the_first_for_its_own_name(search):
    catalogue = load_catalogue()
    names = {one.name: one.code for one in list(catalogue)[::12]}
    wrong = [name for name, code in names.items() if catalogue[search.find(name)[0]].name != name]
    assert wrong == []
