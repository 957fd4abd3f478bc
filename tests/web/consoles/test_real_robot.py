"""The consoles of a whole robot: every node a process, a citizen before it, staff behind it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from kiosk_robot.demo import BIRTH_REGISTRATION
from kiosk_robot.robot import Robot, running_robot
from kiosk_robot.visit import Visit

SPEED = 20.0  # speech and motors, times real time


@pytest.fixture(scope="module")
def robot(tmp_path_factory, prepared) -> Iterator[Robot]:
    folder = tmp_path_factory.mktemp("robot")
    accounts = folder / "accounts.json"
    accounts.write_bytes((prepared / "accounts.json").read_bytes())
    accounts.chmod(0o600)
    with running_robot(
        folder, simulated=True, tell=lambda _: None, speed=SPEED, private=True
    ) as robot:
        yield robot


@pytest.fixture
def windows(robot, browser, open_window):
    """Opens windows on the robot's pages, each with cookies of its own."""
    return lambda: open_window(browser, robot.url)


def served(desk, begun, ended):
    """Somebody is there, and is helped: what the page says at the begin and the end."""
    desk.keyboard.press("s")
    expect(desk.locator("#present")).to_contain_text(begun)
    desk.keyboard.press("f")
    desk.get_by_role("dialog").wait_for()
    desk.keyboard.press("1")
    expect(desk.locator("#present")).to_contain_text(ended)


def test_a_citizen_takes_a_number_and_is_called_and_heard_of(robot, windows):
    staff, board = windows(), windows()
    with Visit(robot.url, robot.devices) as visit:
        visit.approach()
        assert visit.say("hôm nay giá vàng bao nhiêu")["intent"] == "out_of_scope"
        visit.say(BIRTH_REGISTRATION)
        visit.say("có")
        desk, hall = staff.sign_in("an"), board.open("/board")
        desk.get_by_role("button", name="Quầy 1").click()
        expect(desk.locator("#waiting")).to_contain_text("A001")
        desk.keyboard.press("n")
        expect(desk.locator("#present .number")).to_have_text("A001")
        expect(desk.locator("#present")).to_contain_text("Giấy chứng sinh")
        expect(hall.locator("#last-number")).to_have_text("A001")
        call = hall.request.get(f"{robot.url}/api/board/calls/A001.wav")
        assert call.body().startswith(b"RIFF")
        expect(desk.locator("#messages")).to_contain_text("khách")
        desk.get_by_role("button", name="Tôi ra ngay").click()
        expect(desk.locator("#messages")).to_contain_text("an đang ra")
        served(desk, "đang làm", "Chưa có ai tại quầy")


def test_the_same_in_english(robot, windows):
    with Visit(robot.url, robot.devices) as visit:
        visit.leave()
        visit.wait_for(lambda: visit.latest("state")["phase"] == "idle", "the end of a visit")
        visit.approach()
        visit.press("switch_language")
        visit.say("I would like to register a birth")
        visit.say("yes")
        visit.wait_for(lambda: visit.latest("state")["ticket_number"], "a number")
        number = visit.latest("state")["ticket_number"]
        desk, leader = windows().sign_in("an", "en"), windows().sign_in("truc", "en")
        desk.get_by_role("button", name="Counter 1").click()
        expect(desk.locator("#waiting")).to_contain_text(number)
        desk.keyboard.press("n")
        expect(desk.locator("#present .number")).to_have_text(number)
        expect(desk.locator("#present")).to_contain_text("birth registration")
        expect(desk.locator("#present")).to_contain_text("Original hospital birth notice")
        served(desk, "in service", "Nobody at the counter")
        expect(leader.locator("#alerts")).to_contain_text("A citizen at the robot needs help")
        expect(leader.locator("#lines")).to_contain_text(number)


def test_leader_and_technician_see_what_the_robot_tells_of_itself(robot, windows):
    leader, technician = windows().sign_in("truc"), windows().sign_in("ky-thuat")
    expect(leader.locator("#questions q")).to_contain_text("giá vàng")
    expect(leader.locator("#devices")).to_contain_text("ticket_printer")
    expect(leader.locator("#devices")).to_contain_text("water")
    expect(technician.locator("#nodes")).to_contain_text("tất cả chạy tốt")
    expect(technician.locator("#nodes")).to_contain_text("aav/vi")
    technician.get_by_role("button", name="Nhật ký của lifecycle_manager").click()
    expect(technician.locator("#log pre")).to_contain_text("active")
    technician.locator("#config summary", has_text="ticket_printer").click()
    expect(technician.locator("#config")).to_contain_text("tcp://")
    technician.get_by_role("button", name="Loa").click()
    question = technician.locator("#doctor .notice")
    expect(question).to_contain_text("hear the robot", timeout=40_000)
    technician.get_by_role("button", name="Có", exact=True).click()
    expect(technician.locator(".findings li")).to_have_count(2)
    expect(technician.locator(".findings .bad")).to_have_count(0)
    expect(technician.locator("#nodes")).to_contain_text("tất cả chạy tốt", timeout=40_000)
