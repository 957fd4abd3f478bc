"""A filled form on paper: PDF/A-2b on A4, set by Typst with the packaged Be Vietnam Pro.

One template (form.typ) sets every form. Values reach it as data, so nothing in them is ever read
as Typst. Everything happens in memory.
"""

import json
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import Any

from kiosk_robot.documents.filling import Filling
from kiosk_robot.documents.form import Field, Section

IDENTITY_DIGITS = 12
FOOTER = "Robot lễ tân in theo lời khai. Bác đọc lại trước khi ký."
_FONTS = str(files("kiosk_robot.printing").joinpath("fonts"))
_TEMPLATE = Path(str(files("kiosk_robot.documents").joinpath("form.typ")))


def typeset(filling: Filling, ward: str, ticket: str = "") -> bytes:
    """The form as PDF/A-2b. `ward` as in "phường Cửa Nam"; `ticket` is the queue number, if any."""
    return bytes(_compiled(filling, ward, ticket, format="pdf", pdf_standards="a-2b"))


def pictures(filling: Filling, ward: str, ticket: str = "", dpi: float = 72.0) -> list[bytes]:
    """The pages of the form as PNG."""
    pages = _compiled(filling, ward, ticket, format="png", ppi=dpi)
    return pages if isinstance(pages, list) else [pages]


def _compiled(filling: Filling, ward: str, ticket: str, **output: Any) -> Any:
    return compiled(_TEMPLATE, {"form": layout(filling, ward, ticket)}, **output)


def compiled(template: Path, values: dict[str, Any], **output: Any) -> Any:
    """What Typst makes of a template; it finds each value as JSON in `sys.inputs`."""
    import typst

    return typst.compile(
        template,
        root=template.parent,
        font_paths=[_FONTS],
        ignore_system_fonts=True,
        sys_inputs={name: json.dumps(value, ensure_ascii=False) for name, value in values.items()},
        **output,
    )


def layout(filling: Filling, ward: str, ticket: str = "") -> dict[str, Any]:
    """What the template sets, in its order."""
    form, today = filling.form, filling.today
    return {
        "title": form.title,
        "model": ", ".join(filter(None, (form.model, form.basis))),
        "ticket": ticket,
        "recipient": form.recipient.format(ward=ward),
        "sections": [_section(filling, section) for section in form.sections],
        "declaration": form.declaration,
        "place": ward[:1].upper() + ward[1:],
        "day": f"{today.day:02d}",
        "month": f"{today.month:02d}",
        "year": str(today.year),
        "signatures": [signature.model_dump() for signature in form.signatures],
        "footer": FOOTER,
    }


def _section(filling: Filling, section: Section) -> dict[str, Any]:
    lines: list[list[dict[str, Any]]] = []
    for field in section.fields:
        entry = _entry(field, filling.value(field))
        if field.beside and lines:
            lines[-1].append(entry)
        else:
            lines.append([entry])
    return {
        "heading": section.heading,
        "lines": list(chain.from_iterable(map(_fitting, lines))),
        "table": section.table.model_dump() if section.table else None,
    }


_HALF_LINE = 34
"""Characters that fit beside another field."""


def _fitting(line: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """A line as it is, or one line a field when a value is too long to stand beside another."""
    longest = max(len(entry["label"]) + len(entry["value"]) for entry in line)
    return [line] if longest * len(line) <= 2 * _HALF_LINE else [[entry] for entry in line]


def _entry(field: Field, value: str) -> dict[str, Any]:
    unit = f" {field.unit}" if field.unit and value else ""
    return {
        "number": field.number,
        "label": field.label.vi,
        "value": value + unit,
        "boxes": IDENTITY_DIGITS if field.boxes else 0,
    }
