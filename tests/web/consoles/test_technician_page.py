"""The technician's page: nodes, logs, configuration, and the doctor with the robot's hands off."""

import time

import pytest
from playwright.sync_api import expect

from kiosk_robot.doctor import CHECKS, Finding
from kiosk_robot.node_table import NODES


def told(**changed):
    """What the nodes tell of themselves."""
    return [
        {
            "name": spec.name,
            "ok": True,
            "message": "running",
            "hardware": "aplay aav/vi" if spec.name == "text_to_speech" else "",
            "values": {"lifecycle": "active"} if spec.is_device else {},
            "seen": time.time() + 60,
        }
        | changed.get(spec.name, {})
        for spec in NODES
        if spec.name not in ("web_gateway", "lifecycle_manager")
    ]


@pytest.fixture
def checked(monkeypatch):
    """A check that asks two things of the technician."""

    def check(_settings, technician):
        yield Finding("ticket_printer", "status", True, "adequate")
        out = technician.ask("Did a test ticket come out?")
        yield Finding(
            "ticket_printer", "test ticket", out, "came out" if out else "nothing", "paper"
        )

    monkeypatch.setitem(CHECKS, "ticket_printer", check)


def lying_still(point):
    point.console.told["devices"] = [
        one | {"values": {"lifecycle": "unconfigured"} if one["values"] else {}} for one in told()
    ]


def test_every_node_with_its_engine_and_its_trouble(served, window):
    served.console.told["devices"] = told(
        camera={"ok": False, "message": "no /dev/video0: is it plugged in?"},
        queue={"seen": time.time() - 60},
    )
    (served.folder / "log").mkdir()
    (served.folder / "log" / "queue.log").write_text("\x1b[31mdied\x1b[0m <script>\n")
    page = window.sign_in("ky-thuat")
    expect(page.locator("#nodes tbody tr")).to_have_count(len(NODES))
    expect(page.locator("#nodes")).to_contain_text("2 cần xem")
    expect(page.locator("#nodes")).to_contain_text("aplay aav/vi")
    expect(page.locator("#nodes tr", has_text="queue")).to_contain_text("im lặng")
    page.get_by_role("button", name="Nhật ký của queue").click()
    expect(page.locator("#log pre")).to_have_text("died <script>")
    page.locator("#config summary", has_text="text_to_speech").click()
    expect(page.locator("#config")).to_contain_text("words_per_minute")
    window.check("technician")


def test_the_doctor_asks_and_the_technician_answers(served, window, checked):
    served.console.told["devices"] = told()
    page = window.sign_in("ky-thuat")
    page.get_by_role("button", name="Máy in phiếu").click()
    expect(page.locator("#doctor")).to_contain_text("đang xem Máy in phiếu")
    expect(page.get_by_role("button", name="Micro")).to_be_disabled()
    assert served.robot.asked[-1][1] == {"command": "RESET"}
    expect(page.locator(".notice").first).not_to_be_visible()
    lying_still(served)
    expect(page.locator("#doctor .notice")).to_have_text("Did a test ticket come out?")
    window.check("technician-doctor")
    page.get_by_role("button", name="Không", exact=True).click()
    expect(page.locator(".findings")).to_contain_text("hỏng test ticket: nothing → paper")
    expect(page.get_by_role("button", name="Micro")).to_be_enabled()
    assert served.robot.asked[-1][1] == {"command": "STARTUP"}


def test_a_robot_that_does_not_let_go_is_told(served, monkeypatch, checked):
    monkeypatch.setattr("kiosk_robot.web.examination.RELEASE", 0.1)
    served.console.told["devices"] = told()
    browser = served.sign_in("ky-thuat")
    browser.post("/api/technician/checks", json={"device": "ticket_printer"})
    while (view := browser.get("/api/technician").json()["examination"])["running"]:
        pass
    assert "does not let go" in view["findings"][0]["found"]
    assert served.robot.asked[-1][1] == {"command": "STARTUP"}


def test_one_device_at_a_time_and_answers_only_to_questions(served, checked):
    lying_still(served)
    browser = served.sign_in("ky-thuat")
    begin = {"device": "ticket_printer"}
    assert browser.post("/api/technician/answers", json={"yes": True}).status_code == 409
    assert browser.post("/api/technician/checks", json={"device": "the door"}).status_code == 422
    assert browser.post("/api/technician/checks", json=begin).status_code == 200
    assert browser.post("/api/technician/checks", json=begin).status_code == 409
    while not browser.get("/api/technician").json()["examination"]["question"]:
        pass
    assert browser.post("/api/technician/answers", json={"yes": True}).status_code == 200
    while browser.get("/api/technician").json()["examination"]["running"]:
        pass


@pytest.mark.parametrize("node", ["..%2fsecrets", "queue.log", "audit-2026-11", "ros", "%00"])
def test_only_logs_of_nodes_are_shown(point, node):
    (point.folder / "log").mkdir()
    browser = point.sign_in("ky-thuat")
    assert browser.get(f"/api/technician/logs/{node}").status_code == 404


def test_no_password_is_shown_with_the_configuration(point):
    config = point.sign_in("ky-thuat").get("/api/technician/config").json()
    [url] = [one["value"] for one in config["queue"] if one["name"] == "database_url"]
    assert url == "postgresql://…@db/kiosk"


def test_the_device_nodes_are_told_what_to_do(point):
    browser = point.sign_in("ky-thuat")
    assert browser.post("/api/technician/manage", json={"command": "PAUSE"}).status_code == 200
    assert point.robot.asked == [("lifecycle_manager/manage_nodes", {"command": "PAUSE"})]
    assert browser.post("/api/technician/manage", json={"command": "SHUTDOWN"}).status_code == 422
