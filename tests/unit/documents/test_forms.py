"""Form definitions: the packaged ones are whole, a ward's own is taken, a wrong one is refused."""

import unicodedata
from pathlib import Path

import pytest
import yaml

from kiosk_robot.catalogue import Catalogue
from kiosk_robot.documents.form import FormError, load_forms, read_form

NO_OVERLAY = Path("/nowhere")
FORMS = load_forms(NO_OVERLAY)
WANTED = {
    "ct01", "birth", "marriage", "marital_status", "extract", "household_business", "land_change",
    "land_tax",
}  # fmt: skip
GOOD = {
    "code": "ours",
    "title": "ĐƠN CỦA PHƯỜNG",
    "name": {"vi": "đơn của phường", "en": "our form"},
    "button": {"vi": "Đơn của phường", "en": "Our form"},
    "basis": "Quyết định số 1/QĐ-UBND",
    "as_of": "2026-11-01",
    "recipient": "Ủy ban nhân dân {ward}",
    "sections": [
        {
            "fields": [
                {
                    "name": "wish",
                    "label": {"vi": "Nguyện vọng", "en": "wish"},
                    "kind": "text",
                    "prompt": {"vi": "{Citizen} muốn gì ạ?", "en": "What do you want?"},
                }
            ]
        }
    ],
    "signatures": [{"title": "NGƯỜI LÀM ĐƠN"}],
}


def written(folder: Path, content: object, name: str = "ours.yaml") -> Path:
    path = folder / name
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path


def changed(**field: object) -> dict:
    """The good definition with keys of its field changed."""
    fields = [GOOD["sections"][0]["fields"][0] | field]
    return GOOD | {"sections": [{"fields": fields}]}


def test_the_ward_s_forms_are_there():
    assert set(FORMS.by_code) >= WANTED


def test_every_procedure_named_is_one_of_ours():
    catalogue = Catalogue.load()
    for form in FORMS:
        for code in form.procedures:
            assert catalogue.get(code), (form.code, code)
            assert FORMS.for_procedure(code) == form


def test_every_form_can_be_named():
    for form in FORMS:
        for words in (form.name.vi, form.name.en, *form.said):
            assert FORMS.named(f"điền giúp tôi {words} với") == form
    assert FORMS.named("cho tôi xin cốc nước") is None


def test_every_text_is_nfc():
    for form in FORMS:
        assert unicodedata.is_normalized("NFC", form.model_dump_json())


def test_what_is_talked_about_has_one_name_within_a_form():
    for form in FORMS:
        for language in ("vi", "en"):
            names = [getattr(field.talk, language) for field in form.fields]
            assert len(set(names)) == len(names), form.code


def test_a_ward_adds_a_form_and_replaces_one(tmp_path):
    written(tmp_path, GOOD)
    written(tmp_path, GOOD | {"code": "ct01"}, "ct01.yaml")
    forms = load_forms(tmp_path)
    assert forms.get("ours").title == "ĐƠN CỦA PHƯỜNG"
    assert forms.get("ct01").title == "ĐƠN CỦA PHƯỜNG"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (changed(kind="txet"), "wish.kind"),
        (changed(kind="choice"), "wish: `kind: choice` and `options` go together"),
        (changed(source="card"), "wish: `source: card` and `takes` go together"),
        (changed(source="card", takes="number"), "wish: a text cannot take 'number'"),
        (changed(prompt=None), "wish: needs a prompt"),
        (
            changed(prompt={"vi": "{Citzen} ạ?", "en": "?"}),
            "wish: there is no placeholder {Citzen}",
        ),
        (changed(prompt={"vi": "ạ " * 26, "en": "?"}), "wish: a sentence of the prompt"),
        (changed(prompt={"vi": "ạ?"}), "wish.prompt.en"),
        (changed(max_length=0), "wish.max_length"),
        (changed(boxes=True), "wish: only an identity has boxes"),
        (changed(only_if={"nothing": "Có"}), "wish: no choice nothing before it"),
        (changed(copies="nothing"), "wish: `copies` names a field before it"),
        (changed(colour="red"), "wish.colour"),
        (GOOD | {"code": "other"}, "code: is 'other'"),
        (GOOD | {"sections": []}, "sections"),
        (GOOD | {"recipient": "Công an {wrad}"}, "recipient"),
        ({"code": "ours"}, "title"),
        (["a list"], "form"),
    ],
)
def test_a_wrong_definition_is_refused_by_file_and_field(tmp_path, content, complaint):
    path = written(tmp_path, content)
    with pytest.raises(FormError) as refused:
        read_form(path)
    assert str(path) in str(refused.value)
    assert complaint in str(refused.value)


def test_a_file_that_is_no_yaml_is_refused(tmp_path):
    path = tmp_path / "ours.yaml"
    path.write_text("code: [", encoding="utf-8")
    with pytest.raises(FormError, match=r"ours\.yaml: cannot be read"):
        read_form(path)
