"""Reads ROS parameter files and site files. A mistake is one clear error at start."""

import difflib
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from kiosk_robot.catalogue import Catalogue
from kiosk_robot.day_plan import DayPlan
from kiosk_robot.parameters import PARAMETERS, Parameters
from kiosk_robot.paths import config_dir, data_dir
from kiosk_robot.site import Site

EVERY_NODE = "/**"
STARTED_WITH = "parameters.yaml"  # the supervisor's, in the data folder
Data = TypeVar("Data", bound=BaseModel)
# The substitution of launch_ros parameter files, so that one file serves both launchers.
ENVIRONMENT = re.compile(r"\$\(env (?P<name>\w+)(?: (?P<default>[^)]*))?\)")


class ConfigError(Exception):
    """A configuration mistake; the message names file, key, what is wrong and what is right."""


def load_parameters(
    files: Iterable[Path], environ: Mapping[str, str] = os.environ
) -> dict[str, dict[str, Any]]:
    """Merge ROS parameter files, later files winning, and check them.

    :returns: node name to its explicitly set parameters, the ones of every node included.
    :raises ConfigError: unknown node or parameter, wrong type, value out of range, unreadable file.
    """
    merged: dict[str, dict[str, Any]] = {name: {} for name in PARAMETERS}
    for path in files:
        for section, values in _read_sections(path, environ).items():
            nodes = list(PARAMETERS) if section == EVERY_NODE else [section]
            for node in nodes:
                known = _known_node(path, node)
                merged[node] |= _checked(path, section, known, values)
    for node, values in merged.items():
        load_site(values.get("site", PARAMETERS[node].model_fields["site"].default))
    return merged


def parameters_in_force() -> dict[str, dict[str, Any]]:
    """What the nodes of this robot were started with: of `kiosk up`, else of kiosk.yaml.

    :raises ConfigError: as of `load_parameters`.
    """
    started_with = data_dir() / STARTED_WITH
    return load_parameters(
        [started_with if started_with.is_file() else config_dir() / "kiosk.yaml"]
    )


def load_site(name: str) -> Site:
    """The site file `config/sites/<name>.yaml`.

    :raises ConfigError: the file is missing or wrong.
    """
    return _load_data("sites", name, Site)


def load_day_plan(name: str) -> DayPlan:
    """An ordinary day of a site, `config/days/<name>.yaml`.

    :raises ConfigError: a file is missing or wrong, or the day does not fit the site.
    """
    plan, site = _load_data("days", name, DayPlan), load_site(name)
    counters = {counter.number for counter in site.counters}
    classes = {one.key for one in site.queue.priority_classes}
    if strange := [*(set(plan.rota) ^ counters), *(set(plan.priority) - classes)]:
        path = config_dir() / "days" / f"{name}.yaml"
        raise ConfigError(f"{path}: does not fit the site: {', '.join(sorted(strange))}")
    return plan


def _load_data(folder: str, name: str, model: type[Data]) -> Data:
    path = config_dir() / folder / f"{name}.yaml"
    if not path.is_file():
        have = ", ".join(sorted(p.stem for p in path.parent.glob("*.yaml"))) or "none"
        raise ConfigError(f"{path}: no such site; sites there are: {have}")
    try:
        return model.model_validate(_read_yaml(path))
    except ValidationError as error:
        raise ConfigError(f"{path}: {_first_problem(error, model.model_fields)}") from None


def map_file(site: Site) -> Path:
    """The map of a site, `config/maps/<map>.yaml`.

    :raises ConfigError: the site has no places to go to.
    """
    if site.navigation is None:
        raise ConfigError(f"the site {site.short_name!r} has no navigation: nothing to map")
    return config_dir() / "maps" / f"{site.navigation.map}.yaml"


def load_catalogue() -> Catalogue:
    """The catalogue as it stands at this point: ours, with what the ward has imported over it.

    :raises CatalogueError: a record is wrong.
    """
    imported = catalogue_overlay()
    return Catalogue.load(overlay=imported if imported.is_dir() else None)


def catalogue_overlay() -> Path:
    """Folder of imported records."""
    return data_dir() / "catalogue"


def _read_sections(path: Path, environ: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    content = _read_yaml(path, environ)
    if not isinstance(content, dict):
        raise ConfigError(f"{path}: expected node names at the top, found {type(content).__name__}")
    sections = {}
    for section, body in content.items():
        if not isinstance(body, dict) or set(body) != {"ros__parameters"}:
            raise ConfigError(f"{path}: {section}: expected exactly one key, ros__parameters")
        sections[str(section)] = body["ros__parameters"] or {}
    return sections


def _read_yaml(path: Path, environ: Mapping[str, str] | None = None) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
        if environ is not None:
            text = _substitute(path, text, environ)
        return yaml.safe_load(text)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None


def _substitute(path: Path, text: str, environ: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        found = environ.get(match["name"], match["default"])
        if found is None:
            raise ConfigError(f"{path}: environment variable {match['name']} is not set")
        return found

    return ENVIRONMENT.sub(value, text)


def _known_node(path: Path, node: str) -> type[Parameters]:
    if node not in PARAMETERS:
        raise ConfigError(f"{path}: {node}: no such node{_suggest(node, PARAMETERS)}")
    return PARAMETERS[node]


def _checked(path: Path, section: str, model: type[Parameters], values: Any) -> dict[str, Any]:
    if not isinstance(values, dict):
        raise ConfigError(f"{path}: {section}: ros__parameters must be a mapping")
    try:
        checked = model.model_validate(values)
    except ValidationError as error:
        raise ConfigError(
            f"{path}: {section}: {_first_problem(error, model.model_fields)}"
        ) from None
    # Dumped, not passed on as read: ROS refuses the YAML integer 1 for a double.
    return checked.model_dump(include=set(values))


def _first_problem(error: ValidationError, known: Iterable[str]) -> str:
    problem = error.errors()[0]
    where = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        # `known` are the keys at the top; of the ones further in we know no better.
        hint = _suggest(where, known) if len(problem["loc"]) == 1 else ""
        return f"{where}: unknown key{hint}"
    shown = problem["input"] if isinstance(problem["input"], str | int | float | bool) else "..."
    return f"{where}: {problem['msg']} (found {shown!r})"


def _suggest(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]}?" if close else f"; known are: {', '.join(sorted(known))}"
