"""The official forms as data: documents/forms/*.yaml, and those a ward lays over them.

A definition says what the form asks, in what order, where each value comes from and how it is asked
for; one template typesets them all. A ward adds a form without code: config/forms/*.yaml.
"""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from string import Formatter
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator
from pydantic import Field as Limits

from kiosk_robot.paths import config_dir
from kiosk_robot.understanding.text import fold, words_of
from kiosk_robot.yaml_text import parse_yaml

Kind = Literal[
    "name", "date", "year", "phone", "email", "identity", "text", "address", "number", "money",
    "choice",
]  # fmt: skip
CARD_KINDS: dict[str, Kind] = {
    "name": "name",
    "number": "identity",
    "birth_date": "date",
    "sex": "choice",
    "address": "address",
}
"""What a card can fill in, and the kind of field it fits."""
MOST_WORDS = 25  # of a sentence that is spoken
_FILLED_IN = {"citizen", "Citizen", "robot", "Robot"}


class FormError(Exception):
    """A form definition is wrong; the message names file, field and what is wrong."""


class Model(BaseModel):
    """Base: immutable, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(Model):
    """The same words in both languages of the conversation."""

    vi: str = Limits(min_length=1)
    en: str = Limits(min_length=1)

    def of(self, locale: str) -> str:
        """The words in the language of a BCP 47 locale."""
        return self.en if locale.startswith("en") else self.vi


class Option(Model):
    """One answer of a choice."""

    value: str = Limits(min_length=1, description="as the form prints it")
    label: Words = Limits(description="as the button says it")
    said: tuple[str, ...] = Limits((), description="other words for it")

    @property
    def phrases(self) -> tuple[str, ...]:
        """Everything that can be said for it."""
        return (self.value, self.label.vi, self.label.en, *self.said)


class Field(Model):
    """One thing the form asks."""

    name: str = Limits(pattern=r"^[a-z][a-z0-9_]*$")
    label: Words = Limits(description="as the official form has it; English for the conversation")
    called: str = Limits("", description="in Vietnamese talk, if the label alone is not clear")
    kind: Kind
    source: Literal["asked", "card", "today"] = "asked"
    takes: str = Limits("", description="of the card: name, number, birth_date, sex, address")
    holder: Literal["", "male", "female"] = Limits(
        "", description="take from the card only when its holder is of this sex"
    )
    prompt: Words | None = Limits(None, description="how it is asked for, in one breath")
    required: bool = True
    max_length: int = Limits(120, ge=1, le=400, description="characters")
    future: bool = Limits(False, description="a date may lie after today")
    unit: str = ""
    options: tuple[Option, ...] = ()
    boxes: bool = Limits(False, description="one box a digit, as the official form has it")
    number: str = Limits("", description="as printed before the label")
    beside: bool = Limits(False, description="on the line of the field before")
    only_if: dict[str, str] = Limits({}, description="asked only if these fields have these values")
    copies: str = Limits("", description="a field whose value it has, if `taken_if` holds")
    taken_if: dict[str, str] = Limits({}, description="when it copies, or takes from the card")

    @property
    def talk(self) -> Words:
        """What it is called when talked about."""
        return Words(vi=self.called or self.label.vi, en=self.label.en)

    @model_validator(mode="after")
    def _fits_itself(self) -> Self:
        if self.source != "today" and self.prompt is None:
            raise ValueError("needs a prompt")
        if (self.source == "card") != bool(self.takes):
            raise ValueError("`source: card` and `takes` go together")
        if self.takes and CARD_KINDS.get(self.takes) != self.kind:
            raise ValueError(f"a {self.kind} cannot take {self.takes!r} of a card")
        if (self.kind == "choice") != bool(self.options):
            raise ValueError("`kind: choice` and `options` go together")
        if self.boxes and self.kind != "identity":
            raise ValueError("only an identity has boxes")
        for sentence in (self.prompt.vi, self.prompt.en) if self.prompt else ():
            _check_prompt(sentence)
        return self


def _check_placeholders(text: str, known: Set[str]) -> None:
    unknown = {name for _, name, _, _ in Formatter().parse(text) if name} - known
    if unknown:
        raise ValueError(f"there is no placeholder {{{min(unknown)}}}")


def _check_prompt(prompt: str) -> None:
    _check_placeholders(prompt, _FILLED_IN)
    for sentence in prompt.replace("?", ".").split("."):
        if len(sentence.split()) > MOST_WORDS:
            raise ValueError(f"a sentence of the prompt has more than {MOST_WORDS} words")


class Table(Model):
    """Rows that are filled by hand."""

    label: str
    number: str = ""
    columns: tuple[str, ...] = Limits(min_length=1)
    rows: int = Limits(3, ge=1, le=12)


class Section(Model):
    """Fields under one heading."""

    heading: str = ""
    fields: tuple[Field, ...] = ()
    table: Table | None = None


class Signature(Model):
    """Who signs, and what stands under it."""

    title: str
    hint: str = "(ký, ghi rõ họ, chữ đệm, tên)"


class Form(Model):
    """One official form."""

    code: str = Limits(pattern=r"^[a-z0-9_]+$", description="name of the file")
    title: str = Limits(description="the official title")
    name: Words = Limits(description="as it is called in talk")
    model: str = Limits("", description="e.g. Mẫu CT01")
    basis: str = Limits(description="the legal basis")
    as_of: date = Limits(description="when fields and basis were last held against the law")
    button: Words = Limits(description="at most five words")
    said: tuple[str, ...] = Limits((), description="other words for it")
    procedures: tuple[str, ...] = Limits((), description="official codes that need it")
    recipient: str = Limits(description="{ward} is the ward, e.g. phường Cửa Nam")
    sections: tuple[Section, ...] = Limits(min_length=1)
    declaration: str = ""
    signatures: tuple[Signature, ...] = Limits(min_length=1, max_length=4)

    @property
    def fields(self) -> tuple[Field, ...]:
        """All fields in the order of the form."""
        return tuple(field for section in self.sections for field in section.fields)

    def field(self, name: str) -> Field:
        """The field of a name.

        :raises LookupError: there is none.
        """
        for field in self.fields:
            if field.name == name:
                return field
        raise LookupError(name)

    @field_validator("recipient")
    @classmethod
    def _ward_is_filled_in(cls, value: str) -> str:
        _check_placeholders(value, {"ward"})
        return value

    @model_validator(mode="after")
    def _fields_refer_to_fields_before_them(self) -> Self:
        seen: dict[str, Field] = {}
        for field in self.fields:
            if field.name in seen:
                raise ValueError(f"{field.name}: there are two fields of this name")
            for name, value in (*field.only_if.items(), *field.taken_if.items()):
                values = [option.value for option in seen[name].options] if name in seen else []
                if value not in values:
                    raise ValueError(f"{field.name}: no choice {name} before it offers {value!r}")
            if field.copies and (field.copies not in seen or not field.taken_if):
                raise ValueError(f"{field.name}: `copies` names a field before it, with taken_if")
            seen[field.name] = field
        return self


@dataclass(frozen=True)
class Forms:
    """All forms of this point, by code."""

    by_code: Mapping[str, Form]

    def __iter__(self) -> Iterator[Form]:
        return iter(self.by_code.values())

    def get(self, code: str) -> Form | None:
        """The form of a code."""
        return self.by_code.get(code)

    def named(self, text: str) -> Form | None:
        """The form that a sentence names, by the longest of the words for it."""
        spoken = f" {' '.join(map(fold, words_of(text)))} "
        found = [
            (len(plain), form.code)
            for form in self
            for words in (form.name.vi, form.name.en, *form.said)
            if f" {(plain := ' '.join(map(fold, words_of(words))))} " in spoken
        ]
        return self.by_code[max(found)[1]] if found else None

    def for_procedure(self, code: str | None) -> Form | None:
        """The form that a procedure needs, if the robot has it."""
        return next((form for form in self if code in form.procedures), None)


def load_forms(overlay: Path | None = None) -> Forms:
    """The packaged forms, with those of the ward (`overlay`, else config/forms/) over them.

    :raises FormError: a definition is wrong.
    """
    folder = config_dir() / "forms" if overlay is None else overlay
    packaged = Path(str(files("kiosk_robot.documents").joinpath("forms")))
    paths = [*sorted(packaged.glob("*.yaml")), *sorted(folder.glob("*.yaml"))]
    return Forms({path.stem: read_form(path) for path in paths})


def read_form(path: Path) -> Form:
    """One definition.

    :raises FormError: it is wrong.
    """
    try:
        content = parse_yaml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise FormError(f"{path}: cannot be read: {' '.join(str(error).split())}") from None
    try:
        form = Form.model_validate(content)
    except ValidationError as error:
        raise FormError(f"{path}: {_first_problem(error, content)}") from None
    if form.code != path.stem:
        raise FormError(f"{path}: code: is {form.code!r}, the file is called {path.stem!r}")
    return form


def _first_problem(error: ValidationError, content: Any) -> str:
    """Where, with the names fields have instead of their places, and what."""
    problem = error.errors()[0]
    where, at = [], content
    for step in problem["loc"]:
        try:
            at = at[step]
        except (KeyError, IndexError, TypeError):
            at = None
        named = at.get("name") if isinstance(at, dict) else None
        where.append(named if isinstance(named, str) else str(step))
    return f"{'.'.join(where) or 'form'}: {problem['msg'].removeprefix('Value error, ')}"
