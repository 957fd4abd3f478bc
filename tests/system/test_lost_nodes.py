"""SIGKILL of any device node: the robot talks on, offers the next best thing, loses no ticket."""

import os
import signal
import time

import pytest

from kiosk_robot.demo import BIRTH_REGISTRATION
from kiosk_robot.drivers.simulated.printer import Fault
from kiosk_robot.node_table import DEVICE_NODES
from kiosk_robot.queueing.ticket import Status


class Killer:
    """Kills a node and knows when it has been missed and is back."""

    def __init__(self, bench, visit) -> None:
        self._supervisor = bench.robot.supervisor
        self._visit = visit

    def kill(self, node: str) -> None:
        self._node = node
        self._seen = len(self._visit.messages)
        os.kill(self._supervisor.pid(node), signal.SIGKILL)

    def wait_back(self) -> None:
        """Until the node has been missed, and is a new process and active again."""
        self._visit.wait_for(lambda: "missed" in self._history(), f"{self._node} to be missed")
        self._visit.wait_for(lambda: self._history()[-1] == "ok", f"{self._node} to be back", 15.0)

    def _history(self) -> list[str]:
        health = [m for m in self._visit.messages[self._seen :] if m["type"] == "health"]
        return ["ok" if m["nodes"][self._node] == "ok" else "missed" for m in health] or ["ok"]


@pytest.fixture
def killer(bench, visit) -> Killer:
    return Killer(bench, visit)


@pytest.mark.parametrize("node", DEVICE_NODES)
def test_a_killed_node_is_a_new_process_within_five_seconds(bench, killer, node):
    before = bench.robot.supervisor.pid(node)
    killer.kill(node)
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
    killer.wait_back()


def test_without_printer_node_the_number_is_on_the_screen(bench, killer, visit):
    visit.approach()
    visit.say(BIRTH_REGISTRATION)
    killer.kill("ticket_printer")
    turn = visit.say("có")
    assert any(command.startswith("print_ticket: node_lost") for command in turn["commands"])
    state = visit.latest("state")
    assert state["ticket_number"].startswith("A")
    assert not state["ticket_on_paper"]
    assert any("Máy in đang trục trặc" in caption for caption in visit.captions("robot"))
    number, status, delivery = bench.tickets()[-1]
    assert (number, status, delivery) == (state["ticket_number"], Status.ISSUED, "screen")
    killer.wait_back()


def test_without_dispenser_node_staff_are_called(killer, visit):
    visit.approach()
    killer.kill("dispenser")
    turn = visit.say("cho tôi xin cốc nước")
    assert turn["commands"][0].startswith("dispense: ")
    assert ": ok" not in turn["commands"][0]
    assert turn["commands"][1].startswith("call_staff: ok")
    assert any("xin lỗi" in caption for caption in visit.captions("robot"))
    killer.wait_back()


def test_a_voice_lost_in_mid_sentence_comes_back_and_says_it(killer, visit):
    visit.approach()
    seen = len(visit.turns())
    visit.devices.say(BIRTH_REGISTRATION)
    visit.wait_for(
        lambda: any("giấy chứng sinh" in c for c in visit.captions("robot")), "an answer"
    )
    killer.kill("text_to_speech")
    visit.wait_for(lambda: len(visit.turns()) > seen, "the answer to be said")
    assert visit.latest("state")["phase"] == "confirm_ticket"
    killer.wait_back()
    assert visit.say("không")["intent"] == "deny"


def test_deaf_it_says_so_and_works_by_touch(killer, visit):
    visit.approach()
    killer.kill("speech_recognition")
    visit.wait_for(
        lambda: any("không nghe được" in c for c in visit.captions("robot")), "an apology"
    )
    turn = visit.press("procedure:1.001193")
    assert turn["intent"] == "ask_procedure"
    killer.wait_back()
    visit.wait_for(lambda: not visit.latest("state")["notice"], "the notice to go")


@pytest.mark.parametrize("node", ["camera", "document_scanner"])
def test_blind_it_goes_on_without_a_card(killer, visit, node):
    visit.approach()
    visit.say("đọc thẻ căn cước giúp tôi")
    visit.wait_quiet()
    seen = len(visit.turns())
    visit.devices.say("đồng ý")
    visit.wait_for(lambda: visit.latest("state")["phase"] == "scanning", "the scan to begin")
    killer.kill(node)
    visit.wait_for(lambda: len(visit.turns()) > seen, "the scan to end")
    assert ": ok" not in visit.turns()[-1]["commands"][0]
    assert visit.latest("state")["phase"] == "listening"
    assert visit.say(BIRTH_REGISTRATION)["intent"] == "ask_procedure"
    killer.wait_back()


def test_without_presence_a_visit_begins_by_speaking(killer, visit):
    killer.kill("presence")
    assert visit.say(BIRTH_REGISTRATION)["intent"] == "ask_procedure"
    killer.wait_back()


def wait_until(condition) -> None:
    """What no message tells of is looked at often."""
    deadline = time.monotonic() + 60.0
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("killed", [["dialogue_manager"], ["dialogue_manager", "ticket_printer"]])
def test_killed_in_the_middle_of_a_ticket_its_number_is_on_paper_or_announced_as_void(
    bench, visit, killed
):
    printer = visit.devices.printer
    papers, before = len(printer.jobs), len(bench.tickets())
    visit.approach()
    visit.say(BIRTH_REGISTRATION)
    printer.fault = Fault.SLOW
    visit.wait_quiet()
    visit.devices.say("có")
    wait_until(lambda: printer.is_printing)
    for node in killed:
        os.kill(bench.robot.supervisor.pid(node), signal.SIGKILL)
    wait_until(lambda: bench.tickets()[-1][1] in (Status.ISSUED, Status.VOID))
    [(number, status, delivery)] = bench.tickets()[before:]
    if killed == ["dialogue_manager"]:
        wait_until(lambda: len(printer.jobs) == papers + 1)
        assert (status, delivery) == (Status.ISSUED, "paper")
    else:  # whether the paper came out whole, nobody can know
        assert status == Status.VOID
        assert any(number in str(alert) for alert in bench.rows("alerts"))
