"""The robot's fixed phrases: one YAML file per topic and locale, checked when it is read."""

from collections.abc import Mapping, Set
from pathlib import Path
from string import Formatter

import yaml

_ADDRESS = {"citizen", "Citizen", "robot", "Robot"}


class PromptError(ValueError):
    """A prompt file is wrong; the message names the file, the key and the placeholder."""


def load_prompts(path: Path, expected: Mapping[str, Set[str]]) -> dict[str, str]:
    """Read the phrases of a prompt file, by key.

    `expected` has every key the file must have, with the placeholders its phrase may use beside
    those of the address ({citizen}, {Citizen}, {robot}, {Robot}). Raises PromptError when the file
    cannot be read, a key is missing or unknown, or a placeholder is.
    """
    phrases = _read(path)
    for problem, keys in (
        ("is missing", expected.keys() - phrases),
        ("is unknown", phrases.keys() - expected.keys()),
    ):
        if keys:
            raise PromptError(f"{path}: the prompt {min(map(str, keys))!r} {problem}")
    return {key: _checked(path, key, phrases[key], expected[key]) for key in expected}


def _read(path: Path) -> dict[str, object]:
    try:
        phrases = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise PromptError(f"{path}: cannot be read: {' '.join(str(error).split())}") from error
    if not isinstance(phrases, dict):
        raise PromptError(f"{path}: a mapping of keys to phrases is needed")
    return phrases


def _checked(path: Path, key: str, phrase: object, placeholders: Set[str]) -> str:
    if not isinstance(phrase, str) or not phrase.strip():
        raise PromptError(f"{path}: the prompt {key!r} must be a text")
    try:
        used = {name for _, name, _, _ in Formatter().parse(phrase) if name is not None}
    except ValueError as error:
        raise PromptError(f"{path}: the prompt {key!r}: {error}") from error
    unknown = used - placeholders - _ADDRESS
    if unknown:
        raise PromptError(f"{path}: the prompt {key!r} has no placeholder {{{min(unknown)}}}")
    return phrase
