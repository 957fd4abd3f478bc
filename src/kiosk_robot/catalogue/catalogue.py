"""Reads the catalogue's YAML files and answers look-ups by official code."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import yaml
from pydantic import ValidationError

from kiosk_robot.catalogue.model import CounterGroup, Procedure
from kiosk_robot.yaml_text import parse_yaml

_DEFAULTS = frozenset({"source", "snapshot", "counter_group", "field"})


class CatalogueError(ValueError):
    """The catalogue's files are wrong; the message names file, code and field in one line."""


class UnknownProcedureError(KeyError):
    """No procedure has this code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    def __str__(self) -> str:
        return f"no procedure with the code {self.code!r} in the catalogue"


@dataclass(frozen=True)
class Catalogue:
    """All procedures by official code, in the order of the files; iterating gives the records."""

    procedures: Mapping[str, Procedure]
    files: Mapping[str, str]
    """The file each code was read from, as `group/topic.yaml`."""

    @classmethod
    def load(cls, directory: Path | None = None, overlay: Path | None = None) -> Self:
        """Read every `<group>/<topic>.yaml` of `directory`, by default the packaged catalogue.

        A record of `overlay` (a folder of the same layout, what `importer.apply` writes) replaces
        the record of the same code. Raises CatalogueError on the first bad file or record.
        """
        procedures, files = _read(directory or resources.files(__package__) / "data")
        if overlay is not None:
            newer, newer_files = _read(overlay)
            procedures |= newer
            files |= newer_files
        return cls(MappingProxyType(procedures), MappingProxyType(files))

    def __getitem__(self, code: str) -> Procedure:
        """The procedure of this code; raises UnknownProcedureError."""
        try:
            return self.procedures[code]
        except KeyError:
            raise UnknownProcedureError(code) from None

    def get(self, code: str) -> Procedure | None:
        """The procedure of this code, or None."""
        return self.procedures.get(code)

    def __iter__(self) -> Iterator[Procedure]:
        return iter(self.procedures.values())

    def __len__(self) -> int:
        return len(self.procedures)

    def __contains__(self, code: object) -> bool:
        return code in self.procedures

    def in_group(self, group: CounterGroup) -> tuple[Procedure, ...]:
        """The procedures of one counter group."""
        return tuple(p for p in self if p.counter_group == group)


def _read(directory: Traversable) -> tuple[dict[str, Procedure], dict[str, str]]:
    procedures: dict[str, Procedure] = {}
    files: dict[str, str] = {}
    for name, text in _texts(directory):
        for procedure in _procedures(name, text):
            if procedure.code in procedures:
                raise CatalogueError(
                    f"{name}: {procedure.code}: code: already in {files[procedure.code]}"
                )
            procedures[procedure.code] = procedure
            files[procedure.code] = name
    return procedures, files


def _texts(directory: Traversable) -> Iterator[tuple[str, str]]:
    try:
        groups = sorted((d for d in directory.iterdir() if d.is_dir()), key=lambda d: d.name)
    except OSError as error:
        raise CatalogueError(f"{directory}: cannot be read: {error.strerror}") from error
    for group in groups:
        for file in sorted(group.iterdir(), key=lambda f: f.name):
            if file.name.endswith(".yaml"):
                name = f"{group.name}/{file.name}"
                try:
                    yield name, file.read_text(encoding="utf-8")
                except (OSError, UnicodeDecodeError) as error:
                    raise CatalogueError(f"{name}: cannot be read: {error}") from error


def _procedures(name: str, text: str) -> Iterator[Procedure]:
    try:
        document = parse_yaml(text)
    except yaml.YAMLError as error:
        raise CatalogueError(f"{name}: not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(document, dict) or not isinstance(document.get("procedures"), list):
        raise CatalogueError(f"{name}: procedures: a list is needed")
    unknown = document.keys() - _DEFAULTS - {"procedures"}
    if unknown:
        raise CatalogueError(f"{name}: {min(map(str, unknown))}: unknown key")
    defaults = {key: document[key] for key in _DEFAULTS & document.keys()}
    for index, record in enumerate(document["procedures"]):
        if not isinstance(record, dict):
            raise CatalogueError(f"{name}: record {index + 1}: a mapping is needed")
        yield _procedure(name, index, defaults | record)


def _procedure(name: str, index: int, record: dict[str, Any]) -> Procedure:
    try:
        return Procedure.model_validate(record)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        code = record.get("code", f"record {index + 1}")
        raise CatalogueError(f"{name}: {code}: {field}: {first['msg']}") from error
