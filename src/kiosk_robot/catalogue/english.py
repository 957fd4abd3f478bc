"""What papers and situations are called in English, for visitors who speak English."""

from functools import cache
from importlib import resources

from kiosk_robot.catalogue.model import PaperCase, Procedure
from kiosk_robot.yaml_text import parse_yaml


def in_english(procedure: Procedure) -> Procedure | None:
    """The procedure with English case labels and papers; None when one of them has no name."""
    try:
        cases = tuple(_named(case) for case in procedure.cases)
    except KeyError:
        return None
    return procedure.model_copy(update={"cases": cases})


def _named(case: PaperCase) -> PaperCase:
    names = _names()
    papers = tuple(names["papers"][paper] for paper in case.papers)
    return case.model_copy(update={"label": names["cases"][case.label], "papers": papers})


@cache  # read when the first visitor speaks English
def _names() -> dict[str, dict[str, str]]:
    text = (resources.files(__package__) / "data" / "papers.en.yaml").read_text(encoding="utf-8")
    names: dict[str, dict[str, str]] = parse_yaml(text)
    return names
