"""Sentence templates: `cho [tôi] (xin|lấy) <water>` stands for every sentence it can be read as.

`[x]` is optional, `(a|b)` and `[a|b]` are alternatives, `<rule>` is replaced by the named rule.
"""

import random
import re
from collections.abc import Mapping
from itertools import product

_TOKEN = re.compile(r"[\[\]()|]|<\w+>|[^\[\]()|<>]+")

# A sequence holds plain text and lists of alternative sequences.
_Sequence = list["str | list[_Sequence]"]


class TemplateError(ValueError):
    """A template with unbalanced brackets or an unknown rule."""


def expand(template: str, rules: Mapping[str, str]) -> list[str]:
    """Return every sentence of `template`; for short templates.

    Raises:
        TemplateError: brackets do not balance or a rule is unknown.
    """
    return list(dict.fromkeys(_tidy(s) for s in _all(_parse(template, rules))))


def core(template: str, rules: Mapping[str, str]) -> list[str]:
    """Return the sentences of `template` with everything optional left out.

    Raises:
        TemplateError: brackets do not balance or a rule is unknown.
    """
    return list(dict.fromkeys(_tidy(s) for s in _all(_parse(template, rules), optional=False)))


def sample(template: str, rules: Mapping[str, str], count: int, seed: int = 0) -> list[str]:
    """Return up to `count` different sentences of `template`, the same ones for the same seed.

    Raises:
        TemplateError: brackets do not balance or a rule is unknown.
    """
    choices = _parse(template, rules)
    draw = random.Random(f"{seed} {template}")  # noqa: S311 - not a secret, only a spread
    decks: dict[int, list[_Sequence]] = {}
    return list(dict.fromkeys(_tidy(_one(choices, draw, decks)) for _ in range(count)))


def _parse(template: str, rules: Mapping[str, str]) -> list[_Sequence]:
    tokens = _TOKEN.findall(template)
    choices, end = _alternatives(tokens, 0, rules)
    if end != len(tokens):
        raise TemplateError(f"unbalanced brackets in template {template!r}")
    return choices


def _alternatives(
    tokens: list[str], at: int, rules: Mapping[str, str]
) -> tuple[list[_Sequence], int]:
    choices: list[_Sequence] = [[]]
    while at < len(tokens) and tokens[at] not in "])":
        token = tokens[at]
        at += 1
        if token == "|":
            choices.append([])
        elif token in "[(":
            inner, at = _alternatives(tokens, at, rules)
            if at >= len(tokens) or tokens[at] != {"[": "]", "(": ")"}[token]:
                raise TemplateError(f"bracket left open in {''.join(tokens)!r}")
            at += 1
            choices[-1].append([[], *inner] if token == "[" else inner)
        elif token.startswith("<"):
            if token[1:-1] not in rules:
                raise TemplateError(f"unknown rule {token} in {''.join(tokens)!r}")
            choices[-1].append(_parse(rules[token[1:-1]], rules))
        else:
            choices[-1].append(token)
    return choices, at


def _all(choices: list[_Sequence], optional: bool = True) -> list[str]:
    if not optional and not choices[0]:
        return [""]
    return [
        " ".join(parts)
        for sequence in choices
        for parts in product(*([p] if isinstance(p, str) else _all(p, optional) for p in sequence))
    ]


def _one(choices: list[_Sequence], draw: random.Random, decks: dict[int, list[_Sequence]]) -> str:
    """Return a sentence; alternatives are dealt like cards, so that each is used equally often."""
    deck = decks.setdefault(id(choices), [])
    if not deck:
        deck += choices
        draw.shuffle(deck)
    return " ".join(p if isinstance(p, str) else _one(p, draw, decks) for p in deck.pop())


def _tidy(sentence: str) -> str:
    return " ".join(sentence.split())
