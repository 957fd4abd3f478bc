"""Refreshes the catalogue from an export of the official portal.

An export (XLSX, JSON or JSON lines) has one procedure a row. Only facts are taken from it: code,
official name, field, fee and duration. Our own words, aliases and paper lists stay as they are.
"""

import importlib
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import yaml

from kiosk_robot.catalogue.catalogue import Catalogue
from kiosk_robot.catalogue.check import folded
from kiosk_robot.catalogue.model import CounterGroup, Duration, Fee, Procedure

SOURCE = "Cổng Dịch vụ công quốc gia"
OVERLAY_FILE = "imported/portal.yaml"
"""Where `apply` writes inside the overlay folder; one file, so that it is replaced as a whole."""

# The keys of JSON exports and the column headings of XLSX exports, as `folded` writes them.
_COLUMNS = {
    "code": "code",
    "ma": "code",
    "ma thu tuc": "code",
    "ma tthc": "code",
    "ma so": "code",
    "name": "name",
    "ten": "name",
    "ten thu tuc": "name",
    "ten tthc": "name",
    "ten thu tuc hanh chinh": "name",
    "field": "field",
    "linh vuc": "field",
    "level": "level",
    "cap thuc hien": "level",
    "fee": "fee",
    "le phi": "fee",
    "phi": "fee",
    "phi, le phi": "fee",
    "duration": "duration",
    "thoi han": "duration",
    "thoi han giai quyet": "duration",
}
_CODE = re.compile(r"\d\.\d{6}")
_AMOUNT = re.compile(r"(\d{1,3}(?:[.,]\d{3})+|\d+)\s*(?:(?:viet nam )?dong|vnd|d)?\b")
_QUANTITY = re.compile(r"(\d+(?:[.,]\d+)?)\s*(.*)")
_UNITS: dict[str, Literal["minute", "hour", "day", "working_day", "month"]] = {
    "phut": "minute",
    "gio": "hour",
    "ngay lam viec": "working_day",
    "ngay": "day",
    "thang": "month",
}
_HOURS = {"minute": 1 / 60, "hour": 1, "day": 24, "working_day": 34, "month": 720}  # to compare
_LEAST_FEE_VND = 1000
"""No fee is smaller: the portal's 40 or 50 đồng is 4.000 or 50.000 with its zeros lost."""
_METHODS = {"truc tiep": "counter", "truc tuyen": "online"}
# "Theo nghị quyết của Hội đồng nhân dân", "Theo quy định của Luật phí và lệ phí".
_SET_LOCALLY = re.compile(r"hoi dong nhan dan|theo quy dinh cua luat phi")
_FREE_NOTE = re.compile(r"[(\s]*(mien|khong thu|khong co|phi cap ban sao)")
_NOTHING_SAID = frozenset({"", "none", "khong quy dinh", "chua quy dinh"})


class ExportError(ValueError):
    """The export as a whole cannot be read; the message names the file."""


@dataclass(frozen=True)
class ExportRow:
    """The facts of one row. `fee` and `duration` are None where the export says nothing."""

    line: int
    code: str
    name: str
    field: str
    fee: Fee | None = None
    duration: Duration | None = None


@dataclass(frozen=True)
class RowError:
    """A row that was skipped, and why."""

    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.reason}"


@dataclass(frozen=True)
class Change:
    """One difference between the catalogue and an export.

    `after` is the record that `apply` would write: for a `new` procedure with the export's facts
    alone, for a `changed` one with our words kept. It is None for an `absent` procedure (not in the
    export, which may cover one field only) and an `unplaced` one (a new procedure of a field that
    no counter group has): both are for a person to decide.
    """

    kind: Literal["new", "changed", "absent", "unplaced"]
    code: str
    name: str
    fields: tuple[str, ...] = ()
    after: Procedure | None = None

    def __str__(self) -> str:
        fields = f" ({', '.join(self.fields)})" if self.fields else ""
        return f"{self.kind} {self.code} {self.name}{fields}"


def read_export(path: Path) -> tuple[list[ExportRow], list[RowError]]:
    """The good rows of an export and the errors of the skipped ones, in the file's order.

    Reads `.xlsx` (first sheet; needs openpyxl), `.json` (a list) and `.jsonl`. Rows of other levels
    than cấp xã are left out. Raises ExportError when the file cannot be read at all.
    """
    readers: dict[str, Callable[[Path], list[tuple[int, dict[str, Any]]]]] = {
        ".xlsx": _xlsx,
        ".json": _json,
        ".jsonl": _jsonl,
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise ExportError(f"{path.name}: only {', '.join(readers)} can be imported")
    try:
        raw = reader(path)
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ExportError(f"{path.name}: cannot be read: {error}") from error
    rows: list[ExportRow] = []
    errors: list[RowError] = []
    seen: dict[str, int] = {}
    for line, cells in raw:
        try:
            row = _row(line, cells)
        except _BadCellError as error:
            errors.append(RowError(line, error.column, error.reason))
            continue
        if row is None:
            continue
        first = seen.setdefault(row.code, line)
        if first == line:
            rows.append(row)
        else:
            errors.append(RowError(line, "code", f"{row.code} stands already at line {first}"))
    return rows, errors


def diff(catalogue: Catalogue, rows: Iterable[ExportRow], snapshot: date) -> list[Change]:
    """What the export of the day `snapshot` says differently, in its order; absent ones last."""
    groups = _groups_by_field(catalogue)
    changes: list[Change] = []
    seen: set[str] = set()
    for row in rows:
        seen.add(row.code)
        known = catalogue.get(row.code)
        change = _update(known, row, snapshot) if known else _addition(row, groups, snapshot)
        if change:
            changes.append(change)
    absent = [Change("absent", p.code, p.name) for p in catalogue if p.code not in seen]
    return changes + absent


def apply(changes: Iterable[Change], catalogue: Catalogue, overlay: Path) -> Path:
    """Write the new and changed records into the overlay folder; returns the file written.

    `catalogue` must have been loaded with this overlay: what earlier imports wrote is kept. The
    file appears as a whole or not at all.
    """
    records = {p.code: p for p in catalogue if catalogue.files[p.code] == OVERLAY_FILE}
    records |= {change.code: change.after for change in changes if change.after}
    file = overlay / OVERLAY_FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    document = {"procedures": [_plain(record) for record in records.values()]}
    # Not named *.yaml, so that a loader running now does not see the half-written file.
    draft = file.with_suffix(".draft")
    with draft.open("w", encoding="utf-8") as stream:
        yaml.safe_dump(document, stream, allow_unicode=True, sort_keys=False)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(file)
    return file


def _plain(record: Procedure) -> dict[str, Any]:
    plain = record.model_dump(mode="json", exclude_defaults=True)
    return plain | {"snapshot": record.snapshot}


class _BadCellError(Exception):
    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason


def _json(path: Path) -> list[tuple[int, dict[str, Any]]]:
    rows = json.loads(path.read_text(encoding="utf-8-sig"))
    if not isinstance(rows, list):
        raise ExportError(f"{path.name}: a list of procedures is needed")
    return [(line, _named(row)) for line, row in enumerate(rows, start=1)]


def _jsonl(path: Path) -> list[tuple[int, dict[str, Any]]]:
    lines = path.read_text(encoding="utf-8-sig").split("\n")
    return [(n, _named(_json_line(text))) for n, text in enumerate(lines, start=1) if text.strip()]


def _json_line(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return None  # not a row: reported with its line number


def _xlsx(path: Path) -> list[tuple[int, dict[str, Any]]]:
    try:
        openpyxl: Any = importlib.import_module("openpyxl")
    except ImportError as error:
        raise ExportError(f"{path.name}: reading XLSX needs openpyxl; export JSON") from error
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:
        # openpyxl lets zipfile, XML and its own errors through; to the user all mean the same.
        raise ExportError(f"{path.name}: not a readable XLSX file: {error}") from error
    table = list(book.worksheets[0].iter_rows(values_only=True))
    for index, header in enumerate(table):
        columns = [_COLUMNS.get(folded(str(cell or ""))) for cell in header]
        if "code" in columns and "name" in columns:
            return [
                (line, {c: v for c, v in zip(columns, cells, strict=False) if c})
                for line, cells in enumerate(table[index + 1 :], start=index + 2)
                if any(cell is not None for cell in cells)
            ]
    raise ExportError(f"{path.name}: no row with the headings Mã thủ tục and Tên thủ tục")


def _named(row: object) -> dict[str, Any]:
    if not isinstance(row, Mapping):
        return {}
    named = ((_COLUMNS.get(folded(str(key))), value) for key, value in row.items())
    return {column: value for column, value in named if column}


def _row(line: int, cells: Mapping[str, Any]) -> ExportRow | None:
    if not cells:
        raise _BadCellError("code", "the row is not readable")
    level = _text(cells.get("level"))
    if level and not re.search(r"\bxa\b", folded(level)):
        return None
    return ExportRow(
        line,
        code=_code(cells.get("code")),
        name=_needed("name", cells),
        field=_needed("field", cells),
        fee=_fee(_text(cells.get("fee"))),
        duration=_duration(_text(cells.get("duration"))),
    )


def _text(value: Any) -> str:
    return " ".join(str(value).split()) if value is not None else ""


def _needed(column: str, cells: Mapping[str, Any]) -> str:
    text = _text(cells.get(column))
    if not text:
        raise _BadCellError(column, "is empty")
    return text


def _code(value: Any) -> str:
    # A spreadsheet turns 2.000630 into a number and drops the last zero.
    text = f"{value:.6f}" if isinstance(value, float) else _text(value)
    if not _CODE.fullmatch(text):
        raise _BadCellError("code", f"{text!r} is not a code such as 1.001193")
    return text


def _methods(text: str) -> Iterator[tuple[str, str]]:
    """Split "Trực tuyến: 5,000; Trực tiếp: 8,000" by the way of handing in."""
    parts = re.split(r"(?:^|;\s*)(Trực tiếp|Trực tuyến|Dịch vụ bưu chính|Bưu chính):\s*", text)
    if len(parts) == 1:
        yield "counter", text
    for method, value in zip(parts[1::2], parts[2::2], strict=True):
        yield _METHODS.get(folded(method), "post"), value


def _fee(text: str) -> Fee | None:
    """The portal writes "Miễn phí" also where the People's Council decides: that is no zero."""
    if _SET_LOCALLY.search(folded(text)):
        return Fee(set_locally=True)
    by_method: dict[str, int | None] = {}
    for method, value in _methods(text):
        # Fees in foreign currency are for papers issued abroad: never the first thing to say.
        if "usd" not in value.lower():
            by_method.setdefault(method, _amount(value))
    amounts = [amount for amount in by_method.values() if amount is not None]
    if not amounts:
        return None
    at_counter = by_method.get("counter", amounts[0])
    online = by_method.get("online", at_counter)
    return Fee(amount_vnd=at_counter, online_vnd=online if online != at_counter else None)


def _amount(text: str) -> int | None:
    """In đồng; None where nothing is said, or a free fee only refers to another rule."""
    said, _, note = (part.strip() for part in folded(text).partition("("))
    if said.rstrip(".") in _NOTHING_SAID:
        return None
    found = _AMOUNT.search(said)
    if found is None and said not in ("mien phi", "khong"):
        raise _BadCellError("fee", f"{text[:40]!r} is not an amount in đồng")
    amount = int(re.sub(r"[.,]", "", found[1])) if found else 0
    if 0 < amount < _LEAST_FEE_VND:
        raise _BadCellError("fee", f"{amount} đồng is too little to be the fee")
    return None if amount == 0 and note and not _FREE_NOTE.match(note) else amount


def _duration(text: str) -> Duration | None:
    """The longest time for handing in at the counter: the robot promises no shorter one."""
    pairs = list(_methods(text))
    at_counter = [value for method, value in pairs if method == "counter"]
    times = [_time(value) for value in at_counter or [value for _, value in pairs]]
    return max((t for t in times if t), key=_hours, default=None)


def _time(text: str) -> Duration | None:
    said = folded(text)
    if said.partition("(")[0].strip(" .") in _NOTHING_SAID:
        return None
    found = _QUANTITY.match(said)
    if found is None:
        raise _BadCellError("duration", f"{text[:40]!r} is not a number of days")
    named = next((unit for word, unit in _UNITS.items() if found[2].startswith(word)), None)
    quantity = float(found[1].replace(",", "."))
    return Duration(quantity=quantity, unit=named) if quantity else None


def _hours(duration: Duration) -> float:
    return (duration.quantity or 0) * _HOURS.get(duration.unit or "day", 24)


def _groups_by_field(catalogue: Catalogue) -> dict[str, CounterGroup]:
    counted: dict[str, Counter[CounterGroup]] = {}
    for procedure in catalogue:
        counted.setdefault(folded(procedure.field), Counter())[procedure.counter_group] += 1
    return {field: groups.most_common(1)[0][0] for field, groups in counted.items()}


def _update(known: Procedure, row: ExportRow, snapshot: date) -> Change | None:
    facts: dict[str, Any] = {}
    if _bare(row.name) != _bare(known.official_name):
        facts["official_name"] = _official_name(row.name)
    if folded(row.field) != folded(known.field):
        facts["field"] = row.field
    if row.fee and not _same_fee(row.fee, known.fee):
        # What one amount covers is our word; a note about the old amount may be wrong now.
        facts["fee"] = row.fee.model_copy(update={"per": known.fee.per if known.fee else ""})
    if row.duration and not _same_duration(row.duration, known.duration):
        facts["duration"] = row.duration
    if not facts:
        return None
    after = known.model_copy(update=facts | {"snapshot": snapshot, "source": SOURCE})
    return Change("changed", row.code, known.name, tuple(facts), after)


def _addition(row: ExportRow, groups: Mapping[str, CounterGroup], snapshot: date) -> Change:
    official = _official_name(row.name)
    group = groups.get(folded(row.field))
    if group is None:
        return Change("unplaced", row.code, official, ("field",))
    after = Procedure(
        code=row.code,
        name=official[0].lower() + official[1:],
        official_name=official,
        field=row.field,
        counter_group=group,
        snapshot=snapshot,
        source=SOURCE,
        fee=row.fee,
        duration=row.duration,
    )
    return Change("new", row.code, official, after=after)


def _official_name(name: str) -> str:
    bare = re.sub(r"^thủ tục |\s*\(cấp \w+\)", "", name, flags=re.IGNORECASE).rstrip(" .")
    if bare.isupper():
        bare = bare.lower()
    return bare[:1].upper() + bare[1:]


def _bare(name: str) -> str:
    return re.sub(r"\W+", " ", folded(_official_name(name))).strip()


def _same_fee(new: Fee, old: Fee | None) -> bool:
    if old is None or new.set_locally != old.set_locally:
        return False
    return new.set_locally or (new.amount_vnd, new.online_vnd) == (old.amount_vnd, old.online_vnd)


def _same_duration(new: Duration, old: Duration | None) -> bool:
    """A unit that the export leaves out says nothing against the one we checked."""
    return old is not None and new.quantity == old.quantity and new.unit in (None, old.unit)
