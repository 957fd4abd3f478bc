"""`kiosk dispenser refill`, against a board."""

from pathlib import Path

import pytest
import yaml

from kiosk_robot.cli import main
from kiosk_robot.dispensing.registers import Slot
from kiosk_robot.drivers.simulated.dispenser_board import SimulatedDispenserBoard
from kiosk_robot.paths import config_dir


@pytest.fixture
def port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    port = tmp_path / "dispenser"
    parameters = {"port": str(port), "items": ["tea", "candy"]}
    config = yaml.safe_dump({"dispenser": {"ros__parameters": parameters}})
    (tmp_path / "kiosk.yaml").write_text(config)
    (tmp_path / "sites").symlink_to(config_dir() / "sites")
    monkeypatch.setenv("KIOSK_CONFIG", str(tmp_path))
    return port


def test_a_refill_is_told_to_the_board(port: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with SimulatedDispenserBoard(port) as board:
        assert main(["dispenser", "refill", "tea", "40"]) == 0
        assert board.stock[Slot.WATER] == 40
    assert "tea: 40 pieces\ncandy: 50 pieces\n" in capsys.readouterr().out


def test_a_slot_that_is_not_there(port: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dispenser", "refill", "beer", "40"]) == 1
    assert "no slot holds 'beer'; there are tea, candy" in capsys.readouterr().err


def test_a_board_that_is_not_there(port: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dispenser", "refill", "tea", "40"]) == 1
    assert f"there is no dispenser at {port}: plug the board in" in capsys.readouterr().err


@pytest.mark.parametrize("count", ["-1", "70000", "many", "1.5"])
def test_a_count_that_is_none(count: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["dispenser", "refill", "tea", count])
    assert "a number of pieces from 0 to 65535" in capsys.readouterr().err
