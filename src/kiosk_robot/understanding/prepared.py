"""Keeps what was prepared from the data files: reading it back takes a fraction of preparing it.

What is kept belongs to one state of the code, the data files and the catalogue; another state has
another name, so that nothing stale is ever read. It is a pickle, read only from the robot's own
data folder: whoever can write there can already change the robot.
"""

import hashlib
import pickle
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeVar

from kiosk_robot.catalogue.catalogue import Catalogue

_CATALOGUE = "catalogue"  # stands for the catalogue itself, which is not kept twice
_T = TypeVar("_T")


def prepared(kind: type[_T], catalogue: Catalogue, make: Callable[[], _T], folder: Path) -> _T:
    """Return what `make` gives for `catalogue`, read back from `folder` when it was made before.

    A folder that cannot be written and a file that cannot be read only cost the time to make it.
    """
    path = folder / f"understanding-{_state(catalogue)}.pickle"
    kept = _read(path, catalogue)
    if isinstance(kept, kind):
        return kept
    made = make()
    with suppress(OSError):
        _write(path, made, catalogue)
    return made


def _state(catalogue: Catalogue) -> str:
    """Return the name of this state of code, data and catalogue: 16 hexadecimal digits."""
    state = hashlib.sha256(sys.version.encode())
    for file in _files(files("kiosk_robot.understanding")):
        state.update(file.read_bytes())
    for procedure in catalogue:
        state.update(procedure.model_dump_json().encode())
    return state.hexdigest()[:16]


def _files(folder: Traversable) -> list[Traversable]:
    entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    found = [entry for entry in entries if entry.name.endswith((".py", ".yaml"))]
    return found + [file for entry in entries if entry.name == "data" for file in _files(entry)]


class _Pickler(pickle.Pickler):
    def __init__(self, file: Any, catalogue: Catalogue) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._catalogue = catalogue

    def persistent_id(self, obj: object) -> str | None:
        return _CATALOGUE if obj is self._catalogue else None


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: Any, catalogue: Catalogue) -> None:
        super().__init__(file)
        self._catalogue = catalogue

    def persistent_load(self, pid: object) -> Catalogue:
        if pid != _CATALOGUE:
            raise pickle.UnpicklingError(f"unknown object {pid!r}")
        return self._catalogue


def _read(path: Path, catalogue: Catalogue) -> object:
    try:
        with path.open("rb") as file:
            return _Unpickler(file, catalogue).load()
    except Exception:  # missing, cut short or written by another version: made anew
        return None


def _write(path: Path, made: object, catalogue: Catalogue) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    older = set(path.parent.glob("understanding-*.pickle")) - {path}
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".understanding-") as folder:
        whole = Path(folder) / path.name
        with whole.open("wb") as file:
            _Pickler(file, catalogue).dump(made)
        whole.replace(path)  # readers see the whole file or none
    for file_of_before in older:
        file_of_before.unlink(missing_ok=True)
