import re
from enum import IntEnum, IntFlag
from pathlib import Path

import pytest

from kiosk_robot.dispensing import registers
from kiosk_robot.dispensing.registers import (
    BoardState,
    HoldingRegister,
    InputRegister,
    JobReason,
    JobState,
    Slot,
    slot_named,
)

REGISTER_MAP = Path(__file__).parents[3] / "hardware/dispenser/registers.md"


def tables() -> dict[str, list[dict[str, str]]]:
    """Every table of the register map by the heading above it, as rows of column -> cell."""
    found: dict[str, list[dict[str, str]]] = {}
    for section in REGISTER_MAP.read_text(encoding="utf-8").split("\n#")[1:]:
        heading, _, body = section.partition("\n")
        lines = [line for line in body.splitlines() if line.startswith("|")]
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        if rows:
            found[heading.strip("# ")] = [dict(zip(rows[0], row, strict=True)) for row in rows[2:]]
    return found


@pytest.mark.parametrize(
    ("kind", "block"), [("input", InputRegister), ("holding", HoldingRegister)]
)
def test_register_addresses_equal_the_map(kind: str, block: type[IntEnum]) -> None:
    rows = [row for row in tables()["Registers"] if row["kind"] == kind]
    documented = {row["name"].upper(): int(row["address"]) for row in rows}
    assert documented == {register.name: register.value for register in block}


@pytest.mark.parametrize(
    ("heading", "values"),
    [
        ("Board state", BoardState),
        ("Job state", JobState),
        ("Job reason", JobReason),
        ("Slot", Slot),
    ],
)
def test_values_equal_the_map(heading: str, values: type[IntEnum] | type[IntFlag]) -> None:
    documented = {row["name"].upper(): int(row["value"]) for row in tables()[heading]}
    assert documented == {value.name: value.value for value in values}


def test_line_settings_equal_the_map() -> None:
    text = REGISTER_MAP.read_text(encoding="utf-8")
    settings = dict(
        re.findall(r"^\| (protocol version|baud rate|unit id) \| (\d+) \|$", text, re.M)
    )
    assert settings == {
        "protocol version": str(registers.PROTOCOL_VERSION),
        "baud rate": str(registers.BAUD_RATE),
        "unit id": str(registers.UNIT_ID),
    }


def test_input_block_has_no_gap() -> None:
    assert [register.value for register in InputRegister] == list(range(len(InputRegister)))


def test_slots_go_by_their_configured_name() -> None:
    assert slot_named("candy") is Slot.CANDY


def test_unknown_slot_name_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match="no slot 'coffee'; its slots are water, candy"):
        slot_named("coffee")
