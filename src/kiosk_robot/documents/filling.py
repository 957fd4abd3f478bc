"""One form being filled: what is known, what is to be asked next. Values, no effects.

The values live in a `Filling` and nowhere else; whoever drops it has forgotten them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from kiosk_robot.documents.card import Card
from kiosk_robot.documents.form import Field, Form
from kiosk_robot.documents.spoken_values import written
from kiosk_robot.understanding.text import fold, words_of

_SEXES = {"male": "Nam", "female": "Nữ"}
_COMMON = frozenset(
    {"và", "của", "số", "ngày", "tháng", "năm", "cho", "là", "va", "cua", "so", "ngay", "thang",
     "nam", "la", "of", "the"}
)  # fmt: skip
"""Words of so many labels that they name none."""


@dataclass(frozen=True, slots=True, repr=False)
class Filling:
    """A form with what the citizen has told and what their card says."""

    form: Form
    today: date
    card: Card | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    left_blank: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"Filling({self.form.code}, {len(self.filled())} values)"

    def value(self, asked: Field) -> str:
        """The value of a field: told, else taken from card, day or another field, else ""."""
        if not self._hold(asked.only_if):
            return ""
        if asked.name in self.answers:
            return self.answers[asked.name]
        if asked.name in self.left_blank or not self._hold(asked.taken_if):
            return ""
        if asked.source == "today":
            return _written_date(self.today)
        if asked.copies:
            return self.value(self.form.field(asked.copies))
        if asked.takes and self.card and asked.holder in ("", self.card.sex):
            return _from_card(self.card, asked.takes)
        return ""

    def next_field(self) -> Field | None:
        """What is to be asked now; None when everything is known or left blank."""
        return next((asked for asked in self._open() if asked.name not in self.left_blank), None)

    def blank(self) -> list[Field]:
        """The required fields without a value, to be filled by hand."""
        return [asked for asked in self._open() if asked.required]

    def filled(self) -> list[tuple[Field, str]]:
        """Every field that has a value, in the order of the form."""
        return self.lines("")

    def lines(self, asking: str) -> list[tuple[Field, str]]:
        """What is filled in and the field that is asked for, in the order of the form."""
        pairs = ((asked, self.value(asked)) for asked in self.form.fields)
        return [(asked, value) for asked, value in pairs if value or asked.name == asking]

    def from_card(self) -> int:
        """How many fields the card has filled."""
        bare = replace(self, card=None)
        return len(self.filled()) - len(bare.filled())

    def with_answer(self, asked: Field, heard: str) -> "Filling":
        """The form with what was said for a field. Raises AnswerError when it does not fit."""
        value = written(asked, heard, self.today)
        return replace(
            self,
            answers={**self.answers, asked.name: value},
            left_blank=self.left_blank - {asked.name},
        )

    def without(self, asked: Field) -> "Filling":
        """The form with a field left blank."""
        kept = {name: value for name, value in self.answers.items() if name != asked.name}
        return replace(self, answers=kept, left_blank=self.left_blank | {asked.name})

    def named_in(self, text: str) -> Field | None:
        """The field that words such as "sửa ngày sinh" point at; None when none or several do."""
        read = _plain if text.isascii() else words_of  # typed without marks
        spoken = set(read(text))
        scores = {
            asked.name: max(
                _likeness(spoken, set(read(words))) for words in (asked.talk.vi, asked.talk.en)
            )
            for asked in self.form.fields
            if self._hold(asked.only_if) and asked.source != "today"
        }
        best = max(scores.values())
        likeliest = [name for name, score in scores.items() if score == best]
        return self.form.field(likeliest[0]) if best[0] and len(likeliest) == 1 else None

    def _open(self) -> list[Field]:
        return [
            asked
            for asked in self.form.fields
            if self._hold(asked.only_if) and not self.value(asked)
        ]

    def _hold(self, conditions: Mapping[str, str]) -> bool:
        return all(self.value(self.form.field(name)) == value for name, value in conditions.items())


def _plain(text: str) -> list[str]:
    return [fold(word) for word in words_of(text)]


def _likeness(spoken: set[str], label: set[str]) -> tuple[int, float]:
    """Telling words in common, then how much of the label they are."""
    common = label & spoken
    return (len(common), len(common) / len(label)) if common - _COMMON else (0, 0.0)


def _written_date(day: date) -> str:
    return f"{day:%d/%m/}{day.year:04d}"


def _from_card(card: Card, taken: str) -> str:
    return {
        "name": card.name.upper(),
        "number": card.number,
        "birth_date": _written_date(card.birth_date),
        "sex": _SEXES[card.sex],
        "address": card.address,
    }[taken]
