"""What was prepared once is read back, and never when it no longer fits."""

from pathlib import Path

import pytest

from kiosk_robot.catalogue import Catalogue
from kiosk_robot.understanding.prepared import prepared


class Made:
    """Something that takes long to make from a catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.words = ["khai", "sinh"]


@pytest.fixture
def small(catalogue: Catalogue) -> Catalogue:
    code = "1.001193"
    return Catalogue({code: catalogue[code]}, {code: catalogue.files[code]})


def make(small: Catalogue, folder: Path, made: list[int]) -> Made:
    def anew() -> Made:
        made.append(1)
        return Made(small)

    return prepared(Made, small, anew, folder)


def test_the_second_time_it_is_read_back(small: Catalogue, tmp_path: Path) -> None:
    made: list[int] = []
    make(small, tmp_path, made)
    again = make(small, tmp_path, made)
    assert made == [1]
    assert again.words == ["khai", "sinh"]
    assert again.catalogue is small


def test_another_catalogue_is_prepared_anew(
    small: Catalogue, catalogue: Catalogue, tmp_path: Path
) -> None:
    made: list[int] = []
    make(small, tmp_path, made)
    code = "1.001193"
    renamed = catalogue[code].model_copy(update={"name": "làm giấy cho cháu bé"})
    other = make(Catalogue({code: renamed}, {code: small.files[code]}), tmp_path, made)
    assert made == [1, 1]
    assert other.catalogue[code].name == "làm giấy cho cháu bé"
    assert len(list(tmp_path.iterdir())) == 1, "the older file is gone"


def test_a_damaged_file_is_made_anew(small: Catalogue, tmp_path: Path) -> None:
    made: list[int] = []
    make(small, tmp_path, made)
    file = next(tmp_path.iterdir())
    file.write_bytes(file.read_bytes()[:50])
    assert make(small, tmp_path, made).words == ["khai", "sinh"]
    make(small, tmp_path, made)
    assert made == [1, 1], "and kept whole again"


def test_a_folder_that_cannot_be_written_costs_only_time(small: Catalogue, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert make(small, blocked, []).words == ["khai", "sinh"]
