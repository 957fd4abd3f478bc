import re
from importlib import resources

import pytest
import yaml

from kiosk_robot.catalogue import Catalogue, Procedure
from kiosk_robot.catalogue.english import in_english
from kiosk_robot.understanding.text import load_data

CATALOGUE = Catalogue.load()
ASKED_IN_ENGLISH = [CATALOGUE[code] for code in load_data("procedures.en.yaml")]


@pytest.mark.parametrize("procedure", ASKED_IN_ENGLISH, ids=lambda procedure: procedure.code)
def test_whatever_can_be_asked_in_english_has_english_papers_and_cases(
    procedure: Procedure,
) -> None:
    english = in_english(procedure)
    assert english is not None
    assert [case.id for case in english.cases] == [case.id for case in procedure.cases]
    for case, original in zip(english.cases, procedure.cases, strict=True):
        assert len(case.papers) == len(original.papers)
        for text in (case.label, *case.papers):
            assert text.replace("ĐKX", "").isascii(), text
            assert text[:1].isupper(), text
            assert len(text.split()) <= 20, text  # room for "Please also bring" in 25 words


def test_form_codes_are_kept() -> None:
    code = re.compile(r"\b[A-ZĐ]{2,3}\d\d\b")
    for procedure in ASKED_IN_ENGLISH:
        english = in_english(procedure)
        assert english is not None
        for case, original in zip(english.cases, procedure.cases, strict=True):
            for said, paper in zip(case.papers, original.papers, strict=True):
                assert code.findall(said) == code.findall(paper), said


def test_a_procedure_with_a_paper_that_has_no_english_name_keeps_its_vietnamese_names() -> None:
    birth = CATALOGUE["1.001193"]
    case = birth.cases[0].model_copy(update={"papers": ("Giấy tờ mới",)})
    assert in_english(birth.model_copy(update={"cases": (case,)})) is None


def test_no_english_name_is_left_of_a_text_the_catalogue_has_no_more() -> None:
    data = resources.files("kiosk_robot.catalogue") / "data" / "papers.en.yaml"
    names = yaml.safe_load(data.read_text(encoding="utf-8"))
    cases = [case for procedure in ASKED_IN_ENGLISH for case in procedure.cases]
    assert names["cases"].keys() == {case.label for case in cases}
    assert names["papers"].keys() == {paper for case in cases for paper in case.papers}
