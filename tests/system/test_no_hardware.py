"""A robot whose every device is missing still serves citizens by its screen."""

import time
from pathlib import Path

import httpx
import pytest

from kiosk_robot.robot import running_robot


def wait_for(url: str, path: str, condition) -> dict:
    deadline = time.monotonic() + 60
    answer: dict = {}
    while time.monotonic() < deadline:
        try:
            answer = httpx.get(url + path, timeout=2).json()
            if condition(answer):
                return answer
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    pytest.fail(f"{path}: still {answer}")


def wait_for_complaint(log: Path) -> str:
    deadline = time.monotonic() + 60
    while "/dev/kiosk/dispenser" not in (text := log.read_text()):
        assert time.monotonic() < deadline, f"the log only says: {text}"
        time.sleep(0.1)
    return text


def press(url: str, choice: str) -> None:
    wait_for(url, "/api/state", lambda s: choice in [c["id"] for c in s.get("choices", [])])
    assert httpx.post(f"{url}/api/choices", json={"id": choice}).status_code == 202


def test_a_number_is_given_on_the_screen_without_any_device(tmp_path):
    with running_robot(tmp_path, simulated=False, tell=lambda _: None, private=True) as robot:
        health = wait_for(
            robot.url,
            "/api/health",
            lambda h: h["nodes"] and h["nodes"]["queue"] == h["nodes"]["dialogue_manager"] == "ok",
        )
        assert not health["ready"]
        wait_for(robot.url, "/api/health", lambda h: "/dev/kiosk/disp" in h["nodes"]["dispenser"])
        press(robot.url, "greet")
        press(robot.url, "procedure:1.001193")
        press(robot.url, "affirm")
        state = wait_for(robot.url, "/api/state", lambda s: s["ticket_number"])
        assert state["ticket_number"] == "A001"
        assert not state["ticket_on_paper"]
        complaint = wait_for_complaint(tmp_path / "log" / "dispenser.log")
    assert "udev" in complaint, "the technician reads where to look"
