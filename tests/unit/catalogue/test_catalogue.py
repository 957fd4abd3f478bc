from pathlib import Path

import pytest

from kiosk_robot.catalogue import Catalogue, CatalogueError, UnknownProcedureError

HEAD = """\
source: Cổng Dịch vụ công quốc gia
snapshot: 2026-07-01
counter_group: civil_status
field: Hộ tịch
procedures:
"""
BIRTH = '- {code: "1.001193", name: đăng ký khai sinh, official_name: Đăng ký khai sinh}\n'
COPY = (
    '- {code: "2.000815", name: chứng thực bản sao, official_name: Chứng thực bản sao, '
    "field: Chứng thực}\n"
)


def write(directory: Path, text: str, name: str = "civil_status/birth.yaml") -> Path:
    file = directory / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return directory


def test_defaults_of_the_file_fill_each_record_and_a_record_may_override(tmp_path: Path) -> None:
    catalogue = Catalogue.load(write(tmp_path, HEAD + BIRTH + COPY))

    assert [p.code for p in catalogue] == ["1.001193", "2.000815"]
    assert len(catalogue) == 2
    assert catalogue["1.001193"].field == "Hộ tịch"
    assert catalogue["2.000815"].field == "Chứng thực"
    assert catalogue["2.000815"].snapshot.isoformat() == "2026-07-01"
    assert catalogue.files["1.001193"] == "civil_status/birth.yaml"


def test_look_up(tmp_path: Path) -> None:
    catalogue = Catalogue.load(write(tmp_path, HEAD + BIRTH))

    assert "1.001193" in catalogue
    assert catalogue.get("9.999999") is None
    assert catalogue.in_group("land") == ()
    assert [p.code for p in catalogue.in_group("civil_status")] == ["1.001193"]
    with pytest.raises(UnknownProcedureError, match=r"no procedure with the code '9\.999999'"):
        catalogue["9.999999"]


def test_an_overlay_replaces_the_record_of_the_same_code(tmp_path: Path) -> None:
    base = write(tmp_path / "base", HEAD + BIRTH + COPY)
    newer = HEAD.replace("2026-07-01", "2027-01-01") + BIRTH
    catalogue = Catalogue.load(base, overlay=write(tmp_path / "overlay", newer))

    assert len(catalogue) == 2
    assert catalogue["1.001193"].snapshot.year == 2027
    assert catalogue["2.000815"].snapshot.year == 2026


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("procedures: [", "civil_status/birth.yaml: not YAML"),
        ("- a\n", "civil_status/birth.yaml: procedures: a list is needed"),
        ("colour: red\n" + HEAD + BIRTH, "civil_status/birth.yaml: colour: unknown key"),
        (HEAD + "- khai sinh\n", "civil_status/birth.yaml: record 1: a mapping is needed"),
        (HEAD + BIRTH + BIRTH, "1.001193: code: already in civil_status/birth.yaml"),
        (HEAD + BIRTH.replace("}", ", price: 0}"), "birth.yaml: 1.001193: price: "),
        (HEAD + BIRTH.replace("}", ", fee: {amount_vnd: -5}}"), "1.001193: fee.amount_vnd: "),
        (HEAD + "- {name: khai sinh, official_name: Khai sinh}\n", "birth.yaml: record 1: code: "),
        (HEAD + BIRTH.replace("1.001193", "11193"), "birth.yaml: 11193: code: "),
    ],
)
def test_a_bad_file_is_named_in_one_line(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(CatalogueError) as error:
        Catalogue.load(write(tmp_path, text))

    assert complaint in str(error.value)
    assert "\n" not in str(error.value)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="cannot be read"):
        Catalogue.load(tmp_path / "missing")


def test_a_file_in_another_encoding(tmp_path: Path) -> None:
    file = write(tmp_path, "") / "civil_status/birth.yaml"
    file.write_bytes("tên: đăng ký".encode("utf-16"))

    with pytest.raises(CatalogueError, match=r"birth\.yaml: cannot be read"):
        Catalogue.load(tmp_path)
