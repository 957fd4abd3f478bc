"""YAML, read by libyaml: ten times as fast as the pure-Python parser, but a wheel may lack it."""

from typing import Any

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse_yaml(text: str) -> Any:
    """What a YAML text says, of plain types only.

    :raises yaml.YAMLError: it is no YAML.
    """
    return yaml.load(text, Loader=_LOADER)  # noqa: S506  a safe loader, chosen above
