"""Keeps what was prepared from the data files: reading it back takes a fraction of preparing it.

What is kept is named by the state of all it was made from; another state has another name, so that
nothing stale is ever read. It is a pickle, read only from the folder of the Python environment:
whoever can write there can already change the robot.
"""

import hashlib
import pickle
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

_MOST_KEPT = 4  # states: of branches worked on in turn, or with and without a ward's own records
_T = TypeVar("_T")


def prepared(
    kind: type[_T],
    made_from: Iterable[str],
    make: Callable[[], _T],
    folder: Path,
    known: Mapping[str, object] | None = None,
) -> _T:
    """Return what `make` gives, read back from `folder` when it was made from the same before.

    `made_from` are the texts all of it follows from; objects in `known`, by name, are not kept but
    put back when reading. A folder that cannot be written and a file that cannot be read only cost
    the time to make it.
    """
    state = hashlib.sha256(sys.version.encode())
    for text in made_from:
        state.update(text.encode())
    path = folder / f"{kind.__name__.lower()}-{state.hexdigest()[:16]}.pickle"
    kept = _read(path, known or {})
    if isinstance(kept, kind):
        return kept
    made = make()
    with suppress(OSError):
        _write(path, made, known or {})
    return made


def texts_of(*names: str) -> list[str]:
    """Return the texts of this package's files that match the patterns, e.g. "data/*.yaml"."""
    package = Path(str(files("kiosk_robot.understanding")))
    paths = sorted(path for name in names for path in package.glob(name))
    return [path.read_text(encoding="utf-8") for path in paths]


class _Pickler(pickle.Pickler):
    def __init__(self, file: Any, known: Mapping[str, object]) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._names = {id(thing): name for name, thing in known.items()}

    def persistent_id(self, obj: object) -> str | None:
        return self._names.get(id(obj))


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: Any, known: Mapping[str, object]) -> None:
        super().__init__(file)
        self._known = known

    def persistent_load(self, pid: object) -> object:
        return self._known[str(pid)]


def _read(path: Path, known: Mapping[str, object]) -> object:
    try:
        with path.open("rb") as file:
            return _Unpickler(file, known).load()
    except Exception:  # missing, cut short or written by another version: made anew
        return None


def _write(path: Path, made: object, known: Mapping[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    kind = path.name.partition("-")[0]
    kept = sorted(path.parent.glob(f"{kind}-*.pickle"), key=lambda p: p.stat().st_mtime)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".") as folder:
        whole = Path(folder) / path.name
        with whole.open("wb") as file:
            _Pickler(file, known).dump(made)
        whole.replace(path)  # readers see the whole file or none
    for oldest in kept[: -_MOST_KEPT + 1]:
        oldest.unlink(missing_ok=True)
