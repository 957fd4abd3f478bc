#!/usr/bin/env python3
"""Make the constants of both sides of the line from registers.md, their single source.

Standard library only. `--check` changes nothing and fails when a file is not what it should be.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
SOURCE = HERE / "registers.md"
PYTHON = REPOSITORY / "src/kiosk_robot/dispensing/registers.py"
HEADER = HERE / "firmware/registers.h"

ENUMS = {  # heading in registers.md -> class in Python, prefix in C
    "Board state": ("BoardState(IntFlag, boundary=STRICT)", "BOARD"),
    "Job state": ("JobState(IntEnum)", "JOB"),
    "Job reason": ("JobReason(IntEnum)", "REASON"),
    "Slot": ("Slot(IntEnum)", "SLOT"),
}
BLOCKS = {  # kind of register -> class in Python, prefix in C, what it is
    "input": ("InputRegister", "INPUT", "Addresses of the input block, read whole in one request."),
    "holding": (
        "HoldingRegister",
        "HOLDING",
        "Addresses of the command block and the refill block, each written whole in one request.",
    ),
}
Row = dict[str, str]


class MapError(Exception):
    """registers.md lacks a table or a column."""


def tables(text: str) -> dict[str, tuple[str, list[Row]]]:
    """Each table of the map by the heading above it: the sentence before it, and its rows.

    Raises MapError for a row that has not as many cells as its table has columns.
    """
    found = {}
    for section in text.split("\n#"):
        heading, _, body = section.partition("\n")
        lines = [line for line in body.splitlines() if line.startswith("|")]
        cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        for row in cells:
            if len(row) != len(cells[0]):
                raise MapError(f"under {heading.strip('# ')!r}: {' | '.join(row)!r} is cut short")
        rows = [dict(zip(cells[0], row, strict=True)) for row in cells[2:]]
        found[heading.strip("# ")] = (body.strip().partition("\n")[0], rows)
    return found


def constants(text: str) -> list[tuple[str, int]]:
    """The settings: name in capitals, value."""
    rows = tables(text)["Register map of the dispenser board"][1]
    return [(capitals(row["setting"]), int(row["value"])) for row in rows]


def members(text: str) -> Iterator[tuple[str, str, str, list[tuple[str, int]]]]:
    """Every enumeration: class in Python, prefix in C, docstring, names with values."""
    found = tables(text)
    try:
        for kind, (name, prefix, meaning) in BLOCKS.items():
            rows = [row for row in found["Registers"][1] if row["kind"] == kind]
            values = [(capitals(row["name"]), int(row["address"])) for row in rows]
            yield f"{name}(IntEnum)", prefix, meaning, values
        for heading, (name, prefix) in ENUMS.items():
            meaning, rows = found[heading]
            yield name, prefix, meaning, [(capitals(r["name"]), int(r["value"])) for r in rows]
    except KeyError as missing:
        raise MapError(f"registers.md has no {missing}") from None


def capitals(name: str) -> str:
    """A name of the map as a constant."""
    return re.sub(r"\W", "_", name).upper()


def python(text: str) -> str:
    """The module of the Python side."""
    lines = [
        '"""The register map of the dispenser board.',
        "",
        "Made by hardware/dispenser/generate.py from registers.md; do not edit.",
        '"""',
        "",
        "from enum import STRICT, IntEnum, IntFlag",
        "",
        *(f"{name} = {value}" for name, value in constants(text)),
    ]
    for name, _, meaning, values in members(text):
        lines += ["", "", f"class {name}:", f'    """{meaning}"""', ""]
        lines += [f"    {member} = {value}" for member, value in values]
    return "\n".join(lines) + "\n"


def header(text: str) -> str:
    """The header of the firmware."""
    lines = [
        "/* The register map of the dispenser board.",
        " * Made by hardware/dispenser/generate.py from registers.md; do not edit. */",
        "#ifndef REGISTERS_H",
        "#define REGISTERS_H",
        "",
        *(f"#define {name} {value}L" for name, value in constants(text)),
    ]
    for _, prefix, meaning, values in members(text):
        lines += ["", f"/* {meaning} */", "enum {"]
        lines += [f"    {prefix}_{member} = {value}," for member, value in values]
        lines += ["};"]
        if prefix in ("INPUT", "SLOT"):
            lines += [f"#define {prefix}_COUNT {len(values)}"]
    return "\n".join([*lines, "", "#endif", ""])


def main(arguments: list[str]) -> None:
    """Write both files, or check them."""
    text = SOURCE.read_text(encoding="utf-8")
    for path, wanted in ((PYTHON, python(text)), (HEADER, header(text))):
        if path.is_file() and path.read_text(encoding="utf-8") == wanted:
            continue
        if "--check" in arguments:
            sys.exit(f"{path.relative_to(REPOSITORY)} is not as registers.md says")
        path.write_text(wanted, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
