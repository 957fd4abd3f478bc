"""`kiosk scan`: one line a file, numbers masked; the exit code says whether all were read."""

import json

import cv2
import numpy as np
import pytest

from kiosk_robot.cli import main
from kiosk_robot.drivers.simulated.card_image import draw_card

# invented
PAYLOAD = "001098012345|012345678|NGUYỄN VĂN A|15081998|Nam|Số 1 Đại Cồ Việt, Hà Nội|25052021"
SECRETS = ("001098012345", "012345678", "NGUYỄN", "1508", "Cồ Việt")


@pytest.fixture
def pictures(tmp_path):
    def draw(name, payload):
        cv2.imwrite(str(tmp_path / name), draw_card(payload))
        return str(tmp_path / name)

    return draw


def lines(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_card_is_told_masked(pictures, capsys):
    assert main(["scan", "--json", pictures("card.png", PAYLOAD)]) == 0
    [line] = lines(capsys)
    assert (line["kind"], line["fields"]["number"]) == ("citizen_card", "0010****2345")
    assert line["fields"]["name"] == "N*** V*** A***"
    assert line["decoder"]
    assert line["ms"] > 0
    assert not any(secret in json.dumps(line, ensure_ascii=False) for secret in SECRETS)


def test_a_card_is_told_in_full_when_asked(pictures, capsys):
    assert main(["scan", "--json", "--reveal", pictures("card.png", PAYLOAD)]) == 0
    [line] = lines(capsys)
    assert line["fields"]["number"] == "001098012345"
    assert line["fields"]["name"] == "NGUYỄN VĂN A"
    assert line["fields"]["birth_date"] == "1998-08-15"


def test_another_code_is_told_by_its_reference_and_an_unknown_one_not_at_all(pictures, capsys):
    dossier = pictures("a.png", "H26.124-250718-0001")
    link = pictures("b.png", "https://example.vn/001098012345")
    assert main(["scan", "--json", dossier, link]) == 0
    known, unknown = lines(capsys)
    assert (known["kind"], known["fields"]) == ("dossier", {"reference": "H26.124-250718-0001"})
    assert (unknown["kind"], unknown["fields"]) == ("unknown", {})


def test_what_cannot_be_read_is_told_and_the_rest_is_read(pictures, tmp_path, capsys):
    (tmp_path / "notes.png").write_text("no picture")
    cv2.imwrite(str(tmp_path / "wall.png"), np.full((720, 1280, 3), 120, np.uint8))
    files = [tmp_path / name for name in ("gone.png", "notes.png", "wall.png")]
    assert main(["scan", "--json", *map(str, files), pictures("card.png", PAYLOAD)]) == 1
    captured = capsys.readouterr()
    told = [json.loads(line).get("error") for line in captured.out.splitlines()]
    assert told == ["no such file", "not a picture", "no code can be read", None]
    assert "3 of 4 files not read" in captured.err


def test_for_people_it_is_text(pictures, capsys):
    assert main(["scan", pictures("card.png", PAYLOAD)]) == 0
    out = capsys.readouterr().out
    assert "citizen_card" in out
    assert "0010****2345" in out
    assert not any(secret in out for secret in SECRETS)
