"""What `make lint` checks is tested too: style, types, and which part may import which."""

import subprocess
import sys
from pathlib import Path

import pytest

from kiosk_robot.paths import REPOSITORY

pytestmark = pytest.mark.thorough
TOOLS = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"], ["lint-imports"]],
    ids=["style", "format", "types", "layers"],
)
def test_the_house_rules_are_kept(command):
    tool = str(TOOLS / command[0])
    done = subprocess.run(
        [tool, *command[1:]], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
