import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk_robot.dispensing.registers import InputRegister

GENERATOR = Path(__file__).parents[3] / "hardware/dispenser/generate.py"


@pytest.fixture(scope="module")
def generate():
    spec = importlib.util.spec_from_file_location("generate", GENERATOR)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_both_sides_of_the_line_are_as_the_map_says() -> None:
    done = subprocess.run(
        [sys.executable, GENERATOR, "--check"], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.returncode == 0


def test_a_change_of_the_map_reaches_both_sides(generate) -> None:
    text = generate.SOURCE.read_text(encoding="utf-8").replace("| 12 | uptime |", "| 40 | uptime |")
    assert "    UPTIME = 40\n" in generate.python(text)
    assert "    INPUT_UPTIME = 40,\n" in generate.header(text)


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (("## Slot", "## Magazine"), "no 'Slot'"),
        (("| 2 | candy | candies |", "| 2 | candy |"), "'2 | candy' is cut short"),
        (("| value | name | meaning |", "| number | name | meaning |"), "no 'value'"),
    ],
)
def test_a_damaged_map_is_named(generate, damage: tuple[str, str], complaint: str) -> None:
    text = generate.SOURCE.read_text(encoding="utf-8").replace(*damage)
    with pytest.raises(generate.MapError, match=complaint):
        generate.python(text)


def test_input_block_has_no_gap() -> None:
    assert [register.value for register in InputRegister] == list(range(len(InputRegister)))
