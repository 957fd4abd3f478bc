"""What is wrong with a catalogue that loads: one line for each thing a person should mend."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any, get_args

import yaml

from kiosk_robot.catalogue.catalogue import Catalogue
from kiosk_robot.catalogue.model import CounterGroup, Procedure

MAX_WORDS = 25
"""The longest sentence, in words, that is still followed when heard once."""

_SENTENCE_END = re.compile(r"[.!?;](?:\s|$)")
_GROUPS = get_args(CounterGroup)


def load_readings() -> dict[str, str]:
    """The packaged readings of abbreviations, e.g. UBND -> "ủy ban nhân dân"."""
    text = (resources.files(__package__) / "data" / "readings.yaml").read_text(encoding="utf-8")
    readings: dict[str, str] = yaml.safe_load(text)
    return readings


def problems(catalogue: Catalogue, readings: Mapping[str, str] | None = None) -> list[str]:
    """All problems as `file: code: what is wrong; how to mend it`, in the catalogue's order.

    `readings` (by default the packaged ones) are the abbreviations that can be spoken.
    """
    known = load_readings() if readings is None else readings
    found = [
        f"{catalogue.files[procedure.code]}: {procedure.code}: {problem}"
        for procedure in catalogue
        for problem in (
            *_wrong_folder(procedure, catalogue.files[procedure.code]),
            *_unspeakable(procedure, known),
            *_bad_characters(procedure),
            *_contradictions(procedure),
            *_bad_confusions(procedure, catalogue),
        )
    ]
    empty = [
        f"catalogue: no procedure of the counter group {group}; add its files"
        for group in _GROUPS
        if not catalogue.in_group(group)
    ]
    return found + list(_shared_aliases(catalogue)) + empty


def folded(text: str) -> str:
    """Lower case without diacritics, single spaces: "Đăng ký  khai sinh" -> "dang ky khai sinh"."""
    decomposed = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())


def _wrong_folder(procedure: Procedure, file: str) -> Iterator[str]:
    folder = file.split("/")[0]
    if folder in _GROUPS and folder != procedure.counter_group:
        yield f"counter_group is {procedure.counter_group}; move the record or correct the group"


def _unspeakable(procedure: Procedure, readings: Mapping[str, str]) -> Iterator[str]:
    for field, text in _spoken(procedure):
        for sentence in _SENTENCE_END.split(text):
            words = len(sentence.split())
            if words > MAX_WORDS:
                yield f"{field} has a sentence of {words} words; keep it to {MAX_WORDS}"
        for word in re.findall(r"\w+", text):
            if sum(map(str.isalpha, word)) > 1 and word.isupper() and word not in readings:
                yield f"{field} has the abbreviation {word}; write it out or add its reading"


def _spoken(procedure: Procedure) -> Iterator[tuple[str, str]]:
    yield "name", procedure.name
    yield "result", procedure.result
    yield "online_note", procedure.online_note
    for form in procedure.forms:
        yield "forms", form
    for confusion in procedure.confused_with:
        yield "confused_with", confusion.because
    for case in procedure.cases:
        yield f"case {case.id}", case.label
        for paper in case.papers:
            yield f"case {case.id}", paper
    if procedure.fee:
        yield "fee", procedure.fee.note
    if procedure.duration:
        yield "duration", procedure.duration.note


def _bad_characters(procedure: Procedure) -> Iterator[str]:
    for field, value in procedure.model_dump(mode="json").items():
        for text in _strings(value):
            if not unicodedata.is_normalized("NFC", text):
                yield f"{field} is not in NFC: {text!r}; normalise it"
            for character in text:
                # Cc and Cf are control, bidirectional and zero-width characters.
                if unicodedata.category(character) in ("Cc", "Cf"):
                    yield f"{field} has the character U+{ord(character):04X}; delete it"


def _strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for item in value.values():
                yield from _strings(item)
        case list():
            for item in value:
                yield from _strings(item)


def _contradictions(procedure: Procedure) -> Iterator[str]:
    fee = procedure.fee
    if fee and fee.set_locally and 0 in (fee.amount_vnd, fee.online_vnd):
        yield "fee is 0 and set_locally; delete the 0, which is the portal's empty value"
    ids = [case.id for case in procedure.cases]
    for case_id in sorted({i for i in ids if ids.count(i) > 1}):
        yield f"case {case_id} stands twice; rename one"


def _bad_confusions(procedure: Procedure, catalogue: Catalogue) -> Iterator[str]:
    for confusion in procedure.confused_with:
        if confusion.code == procedure.code:
            yield "confused_with names the procedure itself; delete it"
        elif confusion.code not in catalogue:
            yield f"confused_with names {confusion.code}, which is not in the catalogue; correct it"


def _shared_aliases(catalogue: Catalogue) -> Iterator[str]:
    owner: dict[str, str] = {}
    for procedure in catalogue:
        for alias in (procedure.name, *procedure.aliases):
            first = owner.setdefault(folded(alias), procedure.code)
            if first != procedure.code:
                yield (
                    f"{catalogue.files[procedure.code]}: {procedure.code}: alias {alias!r} is "
                    f"also at {first} in {catalogue.files[first]}; keep it at one"
                )
