"""What was prepared once is read back, and never when it no longer fits."""

from pathlib import Path

import pytest

from kiosk_robot.understanding.prepared import prepared


class Shared:
    """Something that is there already, and must not be kept twice."""


class Made:
    """Something that takes long to make."""

    def __init__(self, shared: Shared) -> None:
        self.shared = shared
        self.words = ["khai", "sinh"]


class Workshop:
    """Makes things, and counts how often."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.shared = Shared()
        self.times = 0

    def get(self, made_from: str = "as it was") -> Made:
        return prepared(Made, [made_from], self._make, self.folder, {"shared": self.shared})

    def _make(self) -> Made:
        self.times += 1
        return Made(self.shared)


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


def test_the_second_time_it_is_read_back(workshop: Workshop) -> None:
    workshop.get()
    again = workshop.get()
    assert workshop.times == 1
    assert again.words == ["khai", "sinh"]
    assert again.shared is workshop.shared


def test_it_is_prepared_anew_when_what_it_is_made_from_has_changed(workshop: Workshop) -> None:
    workshop.get()
    workshop.get("changed")
    assert workshop.times == 2
    workshop.get()
    assert workshop.times == 2, "the state before is still there"


def test_only_the_last_few_are_kept(workshop: Workshop) -> None:
    for state in "abcdefgh":
        workshop.get(state)
    assert len(list(workshop.folder.iterdir())) == 4


def test_a_damaged_file_is_made_anew(workshop: Workshop) -> None:
    workshop.get()
    file = next(workshop.folder.iterdir())
    file.write_bytes(file.read_bytes()[:20])
    assert workshop.get().words == ["khai", "sinh"]
    workshop.get()
    assert workshop.times == 2, "and kept whole again"


def test_a_folder_that_cannot_be_written_costs_only_time(workshop: Workshop) -> None:
    blocked = workshop.folder / "file"
    blocked.write_text("")
    workshop.folder = blocked
    assert workshop.get().words == ["khai", "sinh"]
