"""Ctrl-C and SIGTERM end everything cleanly; a mistake in the configuration is told."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from kiosk_robot.node_table import NODES
from kiosk_robot.paths import REPOSITORY

KIOSK = [sys.executable, "-m", "kiosk_robot.cli"]
PORT = "18471"


def processes_of(folder: Path) -> list[int]:
    """Processes that were started with a parameter file of this robot."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and str(folder).encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def start(folder: Path, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*KIOSK, "up", "--simulated"],
        env=os.environ
        | {"KIOSK_HOME": str(folder), "KIOSK_PORT": PORT, "ROS_DOMAIN_ID": "101"}
        | environment,
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_up() -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"http://127.0.0.1:{PORT}/api/health").json()["ready"]:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    pytest.fail("the robot did not come up")


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_every_process_with_status_0(tmp_path, ending):
    robot = start(tmp_path)
    wait_up()
    assert len(processes_of(tmp_path)) == len(NODES)
    robot.send_signal(ending)
    _, complaint = robot.communicate(timeout=10)
    assert robot.returncode == 0, complaint
    assert processes_of(tmp_path) == []


def test_a_supervisor_killed_outright_leaves_no_orphans(tmp_path):
    robot = start(tmp_path)
    wait_up()
    robot.kill()
    robot.communicate()
    deadline = time.monotonic() + 5
    while processes_of(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes_of(tmp_path) == []


def test_a_mistake_in_the_configuration_is_one_line_and_nothing_starts(tmp_path):
    config = tmp_path / "config"
    subprocess.run(["cp", "-r", str(REPOSITORY / "config"), str(config)], check=True)  # noqa: S607
    file = config / "kiosk.yaml"
    file.write_text(file.read_text().replace("paper_width:", "paper_widht:"))
    robot = start(tmp_path / "home", KIOSK_CONFIG=str(config))
    _, complaint = robot.communicate(timeout=30)
    assert robot.returncode == 1
    assert complaint.strip().count("\n") == 0
    assert "kiosk.yaml" in complaint
    assert "paper_widht" in complaint
    assert "did you mean paper_width" in complaint
    assert not (tmp_path / "home" / "log").exists()
