"""SIGKILL of any device node: the robot talks on, offers the next best thing, loses no ticket."""

import os
import signal
import time

import pytest

from kiosk_robot.demo import BIRTH_REGISTRATION
from kiosk_robot.node_table import DEVICE_NODES
from kiosk_robot.queueing.ticket import Status


def kill(bench, node: str) -> None:
    os.kill(bench.robot.supervisor.pid(node), signal.SIGKILL)


def wait_back(bench, visit, node: str) -> None:
    """The node is a new process and active again."""
    visit.wait_for(lambda: node in _lost(visit), f"{node} to be missed")
    visit.wait_for(lambda: node not in _lost(visit), f"{node} to be back", patience=10.0)


def _lost(visit) -> set[str]:
    health = visit.latest("health") or {"devices": {}}
    return {name for name, how in health["devices"].items() if how != "ok"}


@pytest.mark.parametrize("node", DEVICE_NODES)
def test_a_killed_node_is_a_new_process_within_five_seconds(bench, visit, node):
    before = bench.robot.supervisor.pid(node)
    kill(bench, node)
    deadline = time.monotonic() + 5.0
    while time.monotonic() < deadline:
        try:
            if bench.robot.supervisor.pid(node) != before:
                break
        except LookupError:
            pass
        time.sleep(0.02)
    else:
        pytest.fail(f"{node} was not started again within 5 s")
    wait_back(bench, visit, node)


def test_without_printer_node_the_number_is_on_the_screen(bench, visit):
    visit.approach()
    visit.say(BIRTH_REGISTRATION)
    kill(bench, "ticket_printer")
    turn = visit.say("có")
    assert any(command.startswith("print_ticket: node_lost") for command in turn["commands"])
    state = visit.latest("state")
    assert state["ticket_number"].startswith("A")
    assert not state["ticket_on_paper"]
    assert any("Máy in đang trục trặc" in caption for caption in visit.captions("robot"))
    number, status, delivery = bench.tickets()[-1]
    assert (number, status, delivery) == (state["ticket_number"], Status.ISSUED, "screen")
    wait_back(bench, visit, "ticket_printer")


def test_without_dispenser_node_staff_are_called(bench, visit):
    visit.approach()
    kill(bench, "dispenser")
    turn = visit.say("cho tôi xin cốc nước")
    assert turn["commands"][0].startswith("dispense: ")
    assert ": ok" not in turn["commands"][0]
    assert turn["commands"][1].startswith("call_staff: ok")
    assert any("xin lỗi" in caption for caption in visit.captions("robot"))
    wait_back(bench, visit, "dispenser")


def test_a_voice_lost_in_mid_sentence_comes_back_and_says_it(bench, visit):
    visit.approach()
    seen = len(visit.turns())
    visit.devices.say(BIRTH_REGISTRATION)
    visit.wait_for(lambda: any("giấy chứng sinh" in c for c in visit.captions("robot")), "an answer")
    kill(bench, "text_to_speech")
    visit.wait_for(lambda: len(visit.turns()) > seen, "the answer to be said")
    assert visit.latest("state")["phase"] == "confirm_ticket"
    wait_back(bench, visit, "text_to_speech")
    assert visit.say("không")["intent"] == "deny"


def test_deaf_it_says_so_and_works_by_touch(bench, visit):
    visit.approach()
    kill(bench, "speech_recognition")
    visit.wait_for(
        lambda: any("không nghe được" in c for c in visit.captions("robot")), "an apology"
    )
    turn = visit.press("procedure:1.001193")
    assert turn["intent"] == "ask_procedure"
    wait_back(bench, visit, "speech_recognition")
    assert not visit.latest("state")["notice"]


@pytest.mark.parametrize("node", ["camera", "document_scanner"])
def test_blind_it_goes_on_without_a_card(bench, visit, node):
    visit.approach()
    visit.say("đọc thẻ căn cước giúp tôi")
    seen = len(visit.turns())
    visit.devices.say("đồng ý")
    visit.wait_for(lambda: visit.latest("state")["phase"] == "scanning", "the scan to begin")
    kill(bench, node)
    visit.wait_for(lambda: len(visit.turns()) > seen, "the scan to end")
    assert ": ok" not in visit.turns()[-1]["commands"][0]
    assert visit.latest("state")["phase"] == "listening"
    assert visit.say(BIRTH_REGISTRATION)["intent"] == "ask_procedure"
    wait_back(bench, visit, node)


def test_without_presence_a_visit_begins_by_speaking(bench, visit):
    kill(bench, "presence")
    assert visit.say(BIRTH_REGISTRATION)["intent"] == "ask_procedure"
    wait_back(bench, visit, "presence")
