from datetime import date
from typing import Any

import pytest

from kiosk_robot.catalogue import Catalogue, Confusion, Duration, Fee, PaperCase, Procedure
from kiosk_robot.catalogue.check import folded, problems


def procedure(**facts: Any) -> Procedure:
    record: dict[str, Any] = {
        "code": "1.001193",
        "name": "đăng ký khai sinh",
        "official_name": "Đăng ký khai sinh",
        "field": "Hộ tịch",
        "counter_group": "civil_status",
        "snapshot": date(2026, 7, 1),
        "source": "Cổng Dịch vụ công quốc gia",
    }
    return Procedure(**(record | facts))


def found(*records: Procedure, file: str = "civil_status/birth.yaml") -> list[str]:
    catalogue = Catalogue({r.code: r for r in records}, {r.code: file for r in records})
    return [p for p in problems(catalogue, {"UBND": "ủy ban"}) if not p.startswith("catalogue:")]


def test_the_packaged_catalogue_has_no_problem() -> None:
    assert problems(Catalogue.load()) == []


def test_a_sound_record_has_no_problem() -> None:
    case = PaperCase(id="ordinary", label="bình thường", papers=("Giấy của UBND",))
    assert found(procedure(cases=(case,), fee=Fee(amount_vnd=0))) == []


def paper(text: str) -> dict[str, Any]:
    return {"cases": (PaperCase(id="ordinary", label="bình thường", papers=(text,)),)}


@pytest.mark.parametrize(
    ("facts", "problem"),
    [
        (
            paper("một " * 26),
            "case ordinary has a sentence of 26 words; keep it to 25",
        ),
        (
            {"duration": Duration(note="Nộp CCCD.")},
            "duration has the abbreviation CCCD; write it out or add its reading",
        ),
        (paper("Mẫu CT01"), "case ordinary has the abbreviation CT01"),
        (
            {"fee": Fee(amount_vnd=0, set_locally=True)},
            "fee is 0 and set_locally; delete the 0",
        ),
        ({"result": "Gia\u0302\u0301y khai sinh"}, "result is not in NFC"),
        ({"aliases": ("khai\u202esinh",)}, "aliases has the character U+202E; delete it"),
        ({"result": "Giấy\x1bkhai sinh"}, "result has the character U+001B; delete it"),
        (
            {"confused_with": (Confusion(code="9.000000", because="khác"),)},
            "confused_with names 9.000000, which is not in the catalogue",
        ),
        (
            {"confused_with": (Confusion(code="1.001193", because="khác"),)},
            "confused_with names the procedure itself",
        ),
        (
            {"cases": (PaperCase(id="a", label="một", papers=("Tờ khai",)),) * 2},
            "case a stands twice",
        ),
        (
            {"counter_group": "land"},
            "counter_group is land; move the record or correct the group",
        ),
    ],
)
def test_a_problem_is_named_with_file_and_code_in_one_line(
    facts: dict[str, Any], problem: str
) -> None:
    [line] = found(procedure(**facts))
    assert line.startswith(f"civil_status/birth.yaml: 1.001193: {problem}")
    assert line.isprintable()


def test_two_short_sentences_are_not_one_long_one() -> None:
    assert found(procedure(**paper("một " * 20 + "hết. " + "hai " * 20))) == []


def test_an_alias_may_stand_at_one_procedure_only_whatever_its_accents() -> None:
    first = procedure(aliases=("Làm khai sinh",))
    second = procedure(code="1.004884", name="đăng ký lại khai sinh", aliases=("lam khai  sinh",))
    [line] = found(first, second)
    assert "1.004884: alias 'lam khai  sinh' is also at 1.001193" in line


def test_the_name_of_another_procedure_is_no_alias() -> None:
    [line] = found(
        procedure(),
        procedure(code="1.004884", name="khác", aliases=("khai sinh",)),
        procedure(code="1.000656", name="khai tử", aliases=("dang ky khai sinh",)),
    )
    assert "1.000656: alias 'dang ky khai sinh' is also at 1.001193" in line


def test_a_counter_group_without_procedures_is_named() -> None:
    catalogue = Catalogue({"1.001193": procedure()}, {"1.001193": "civil_status/birth.yaml"})
    assert "catalogue: no procedure of the counter group land; add its files" in problems(catalogue)


def test_folded() -> None:
    assert folded("Đăng ký  KHAI SINH") == "dang ky khai sinh"
