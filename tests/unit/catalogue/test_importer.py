import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kiosk_robot.catalogue import Catalogue, Duration, Fee, PaperCase, Procedure
from kiosk_robot.catalogue.check import problems
from kiosk_robot.catalogue.importer import (
    ExportError,
    ExportRow,
    apply,
    diff,
    read_export,
)

DAY = date(2027, 1, 15)
ROW = {"code": "2.000635", "name": "Cấp bản sao Trích lục hộ tịch", "field": "Hộ tịch"}


def export(tmp_path: Path, *rows: Any, name: str = "export.jsonl") -> Path:
    lines = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    (tmp_path / name).write_text("\n".join(lines), encoding="utf-8")
    return tmp_path / name


def read_one(tmp_path: Path, **cells: Any) -> ExportRow:
    rows, errors = read_export(export(tmp_path, ROW | cells))
    assert errors == []
    return rows[0]


@pytest.mark.parametrize(
    ("text", "fee"),
    [
        ("Trực tuyến: 8,000; Dịch vụ bưu chính: 8,000; Trực tiếp: 8,000", Fee(amount_vnd=8000)),
        (
            "Trực tuyến: 10,000 Việt Nam Đồng (qua cổng); Trực tiếp: 20,000 Việt Nam Đồng",
            Fee(amount_vnd=20000, online_vnd=10000),
        ),
        ("Trực tiếp: 2,000 Việt Nam Đồng (/trang); Trực tiếp: 10 USD (/bản)", Fee(amount_vnd=2000)),
        ("50.000 đồng", Fee(amount_vnd=50000)),
        ("Phí : 0 Đồng", Fee(amount_vnd=0)),
        ("Trực tuyến: Miễn phí; Trực tiếp: Miễn phí", Fee(amount_vnd=0)),
        ("Trực tiếp: Miễn phí (Miễn lệ phí.)", Fee(amount_vnd=0)),
        (
            "Trực tuyến: Miễn phí; Trực tiếp: Miễn phí (Mức lệ phí cụ thể do Hội đồng nhân dân "
            "tỉnh quyết định.)",
            Fee(set_locally=True),
        ),
        ("Trực tiếp: Miễn phí (Theo quy định của Luật phí và lệ phí.)", Fee(set_locally=True)),
        ("Trực tiếp: Miễn phí (Áp dụng mức thu theo Thông tư số 48.)", None),
        ("Trực tiếp: None (1)", None),
        (None, None),
    ],
)
def test_fees_of_the_portal(tmp_path: Path, text: str | None, fee: Fee | None) -> None:
    assert read_one(tmp_path, fee=text).fee == fee


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("Trực tiếp: 7 Ngày làm việc", Duration(quantity=7, unit="working_day")),
        ("Trực tuyến: 5 Ngày; Trực tiếp: 10 Ngày", Duration(quantity=10, unit="day")),
        ("Trực tiếp: 2 Ngày; Trực tiếp: 36 Giờ", Duration(quantity=2, unit="day")),
        ("Trực tiếp: 5 Ngày làm việc; Trực tiếp: 6 Ngày", Duration(quantity=5, unit="working_day")),
        ("Trực tuyến: 0 (đơn vị không ghi)", None),
        ("Trực tiếp: 1 Giờ", Duration(quantity=1, unit="hour")),
        ("Trực tuyến: 3 (đơn vị không ghi)", Duration(quantity=3)),
        ("2,5 ngày làm việc", Duration(quantity=2.5, unit="working_day")),
        ("Trực tiếp: Không quy định", None),
        (None, None),
    ],
)
def test_durations_of_the_portal(
    tmp_path: Path, text: str | None, duration: Duration | None
) -> None:
    assert read_one(tmp_path, duration=text).duration == duration


def test_bad_rows_are_named_by_line_and_column_and_skipped(tmp_path: Path) -> None:
    path = export(
        tmp_path,
        ROW,
        ROW | {"code": "2.0006"},
        "",
        "{broken",
        ROW | {"code": "2.000636", "name": " "},
        ROW | {"code": "2.000637", "fee": "tùy tâm"},
        ROW | {"code": "2.000638", "duration": "sớm"},
        ROW | {"code": "2.000640", "fee": "Trực tiếp: 40 Việt Nam Đồng"},
        ROW,
        ROW | {"code": "2.000639"},
    )
    rows, errors = read_export(path)

    assert [(row.line, row.code) for row in rows] == [(1, "2.000635"), (10, "2.000639")]
    assert [str(error) for error in errors] == [
        "line 2, column code: '2.0006' is not a code such as 1.001193",
        "line 4, column code: the row is not readable",
        "line 5, column name: is empty",
        "line 6, column fee: 'tùy tâm' is not an amount in đồng",
        "line 7, column duration: 'sớm' is not a number of days",
        "line 8, column fee: 40 đồng is too little to be the fee",
        "line 9, column code: 2.000635 stands already at line 1",
    ]


def test_procedures_of_other_levels_are_left_out(tmp_path: Path) -> None:
    levels = {"2.000001": "tỉnh", "2.000002": "Cấp Xã", "2.000003": "xã/tỉnh", "2.000004": None}
    rows, errors = read_export(
        export(tmp_path, *(ROW | {"code": code, "level": level} for code, level in levels.items()))
    )
    assert [row.code for row in rows] == ["2.000002", "2.000003", "2.000004"]
    assert errors == []


def test_json_with_the_portals_own_headings(tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    row = {"STT": 1, "Mã thủ tục": "2.000635", "Tên thủ tục": "Cấp bản sao", "Lĩnh vực": "Hộ tịch"}
    path.write_text(json.dumps([row]), encoding="utf-8-sig")

    assert read_export(path) == ([ExportRow(1, "2.000635", "Cấp bản sao", "Hộ tịch")], [])


def test_xlsx_with_a_title_above_the_headings(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["DANH MỤC THỦ TỤC HÀNH CHÍNH"])
    sheet.append(["STT", "Mã thủ tục", "Tên thủ tục", "Lĩnh vực", "Phí, lệ phí"])
    sheet.append([1, 2.00063, "Cấp bản sao", "Hộ tịch", "8.000 đồng"])
    sheet.append([None] * 5)
    sheet.append([2, "x", "Chứng thực", "Chứng thực", None])
    book.save(tmp_path / "export.xlsx")

    rows, errors = read_export(tmp_path / "export.xlsx")
    assert rows == [ExportRow(3, "2.000630", "Cấp bản sao", "Hộ tịch", Fee(amount_vnd=8000))]
    assert [error.line for error in errors] == [5]


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("export.csv", "a,b", "only .xlsx, .json, .jsonl"),
        ("export.json", "{", "export.json: cannot be read"),
        ("export.json", "{}", "a list of procedures is needed"),
        ("export.xlsx", "not a zip", "export.xlsx: "),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str, text: str, complaint: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ExportError, match=complaint):
        read_export(tmp_path / name)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="cannot be read"):
        read_export(tmp_path / "none.json")


def known(**facts: Any) -> Procedure:
    record: dict[str, Any] = {
        "code": "2.000635",
        "name": "cấp bản sao trích lục hộ tịch",
        "official_name": "Cấp bản sao Trích lục hộ tịch",
        "field": "Hộ tịch",
        "counter_group": "civil_status",
        "snapshot": date(2026, 7, 1),
        "source": "Cổng Dịch vụ công quốc gia",
        "aliases": ("xin trích lục",),
        "cases": (PaperCase(id="ordinary", label="tự đi xin", papers=("Tờ khai",)),),
        "fee": Fee(amount_vnd=8000, per="bản", note="Trả tại quầy."),
        "duration": Duration(quantity=1, same_day=True),
    }
    return Procedure(**(record | facts))


def catalogue_of(*records: Procedure) -> Catalogue:
    return Catalogue({r.code: r for r in records}, {r.code: "civil_status/a.yaml" for r in records})


def row(**facts: Any) -> ExportRow:
    cells: dict[str, Any] = {"line": 1, **ROW, "fee": Fee(amount_vnd=8000)}
    return ExportRow(**(cells | facts))


@pytest.mark.parametrize(
    "same",
    [
        row(),
        row(name="Thủ tục CẤP BẢN SAO, trích lục hộ tịch (cấp xã)."),
        row(fee=None),
        row(duration=Duration(quantity=1)),
    ],
)
def test_a_row_that_says_nothing_else_is_no_change(same: ExportRow) -> None:
    assert diff(catalogue_of(known()), [same], DAY) == []


def test_a_changed_fact_keeps_our_words() -> None:
    [change] = diff(catalogue_of(known()), [row(fee=Fee(amount_vnd=10000))], DAY)

    assert str(change) == "changed 2.000635 cấp bản sao trích lục hộ tịch (fee)"
    assert change.after is not None
    assert change.after.fee == Fee(amount_vnd=10000, per="bản")
    assert change.after.snapshot == DAY
    assert change.after.aliases == known().aliases
    assert change.after.cases == known().cases


def test_new_absent_and_unplaced_procedures() -> None:
    rows = [
        row(code="2.111111", name="Thủ tục đăng ký việc mới"),
        row(code="2.222222", name="Cấp phép bay", field="Hàng không"),
    ]
    new, unplaced, absent = diff(catalogue_of(known()), rows, DAY)

    assert (new.kind, new.name) == ("new", "Đăng ký việc mới")
    assert new.after is not None
    assert new.after.counter_group == "civil_status"
    assert (unplaced.kind, unplaced.after) == ("unplaced", None)
    assert (absent.kind, absent.code, absent.after) == ("absent", "2.000635", None)


BASE = """\
source: Cổng Dịch vụ công quốc gia
snapshot: 2026-07-01
counter_group: civil_status
field: Hộ tịch
procedures:
  - code: "2.000635"
    name: cấp bản sao trích lục hộ tịch
    official_name: Cấp bản sao Trích lục hộ tịch
    aliases: [xin trích lục]
    fee: {amount_vnd: 8000}
  - code: "1.001193"
    name: đăng ký khai sinh
    official_name: Đăng ký khai sinh
"""


def test_applied_changes_come_back_with_the_next_load_and_add_up(tmp_path: Path) -> None:
    base, overlay = tmp_path / "base", tmp_path / "overlay"
    (base / "civil_status").mkdir(parents=True)
    (base / "civil_status/a.yaml").write_text(BASE, encoding="utf-8")
    catalogue = Catalogue.load(base)

    apply(diff(catalogue, [row(fee=Fee(amount_vnd=10000))], DAY), catalogue, overlay)
    once = Catalogue.load(base, overlay)
    assert once["2.000635"].fee == Fee(amount_vnd=10000)
    assert once["2.000635"].aliases == ("xin trích lục",)
    assert [c.code for c in diff(once, [row(fee=Fee(amount_vnd=10000))], DAY)] == ["1.001193"]

    birth = row(code="1.001193", name="Đăng ký khai sinh", fee=Fee(amount_vnd=0))
    file = apply(diff(once, [birth], DAY), once, overlay)
    twice = Catalogue.load(base, overlay)
    assert twice["1.001193"].fee == Fee(amount_vnd=0)
    assert twice["2.000635"].fee == Fee(amount_vnd=10000)
    assert list(overlay.rglob("*.*")) == [file]
    assert not [p for p in problems(twice) if "counter_group is" in p]


def test_a_failed_write_leaves_the_earlier_import_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = catalogue_of(known())
    file = apply(diff(catalogue, [row(fee=Fee(amount_vnd=10000))], DAY), catalogue, tmp_path)
    before = file.read_bytes()

    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match="No space"):
        apply(diff(catalogue, [row(fee=Fee(amount_vnd=20000))], DAY), catalogue, tmp_path)
    assert file.read_bytes() == before
    assert Catalogue.load(tmp_path)["2.000635"].fee == Fee(amount_vnd=10000, per="bản")
