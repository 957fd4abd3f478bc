"""The first citizen's visit across processes: by voice, and the same by touch."""

import json

from kiosk_robot.demo import BIRTH_REGISTRATION, CARD
from kiosk_robot.dispensing.registers import Slot
from kiosk_robot.queueing.ticket import Status


def kinds(turn: dict) -> list[str]:
    """The commands of a turn without outcome and time."""
    return [command.split(":")[0] for command in turn["commands"]]


def test_a_citizen_leaves_with_papers_in_mind_number_in_hand_and_water(bench, visit):
    devices = visit.devices
    water = devices.dispenser.stock[Slot.WATER]
    visit.approach()
    assert "máy" in visit.captions("robot")[0], "the robot must say that it is a machine"

    answer = visit.say(BIRTH_REGISTRATION)
    told = " ".join(visit.captions("robot"))
    assert answer["intent"] == "ask_procedure"
    assert "giấy chứng sinh" in told
    assert "không mất tiền" in told
    assert "trong ngày" in told
    assert "quầy số" in told

    ticket = visit.say("có")
    assert ticket["commands"][0].startswith("reserve_ticket: ok")
    assert [c.split(",")[0] for c in ticket["commands"]] == [
        "reserve_ticket: ok", "settle_ticket: ok", "print_ticket: ok", "settle_ticket: ok",
    ]  # fmt: skip
    assert len(devices.printer.jobs) == 1
    number = visit.latest("state")["ticket_number"]
    assert number == "A001"
    assert bench.tickets() == [(number, Status.ISSUED, "paper")]

    water_turn = visit.say("cho tôi xin cốc nước")
    assert kinds(water_turn) == ["dispense"]
    assert devices.dispenser.stock[Slot.WATER] == water - 1
    assert devices.dispenser.drops == [Slot.WATER]

    visit.say("cảm ơn, tôi về đây")
    rated = visit.say("hai điểm")
    assert "alert raised" in rated["commands"][0]
    visit.say("phải chờ lâu quá, số của tôi là 001194026153")
    visit.wait_for(lambda: not visit.latest("state")["session_id"], "the session to be wiped")
    [feedback] = bench.rows("feedback")
    assert feedback[2:4] == (2, "phải chờ lâu quá, số của tôi là 0011****6153")
    assert [row[1] for row in bench.rows("alerts")] == ["low_rating"]


def test_a_card_greets_by_name_and_leaves_no_trace(bench, visit):
    visit.approach()
    visit.say("đọc thẻ căn cước giúp tôi")
    visit.devices.show_card(CARD)
    turn = visit.say("đồng ý")
    assert turn["commands"][0].startswith("scan_document: ok")
    assert any("(tên trên thẻ)" in caption for caption in visit.captions("robot"))

    number, _, name, *_ = CARD.split("|")
    given_name = name.split()[-1]
    screens = json.dumps(visit.messages, ensure_ascii=False)
    assert given_name not in screens
    for path in bench.folder.rglob("*"):
        # What the citizen holds up is the simulation's, not the robot's.
        if path.is_file() and path.name != "camera.png":
            kept = path.read_bytes()
            assert number.encode() not in kept, path
            assert name.encode() not in kept, path


def test_touch_does_what_voice_does(bench, visit):
    visit.approach()
    by_voice = [
        visit.say(BIRTH_REGISTRATION),
        visit.say("có"),
        visit.say("cho tôi xin cốc nước"),
        visit.say("cảm ơn, tôi về đây"),
        visit.say("hai điểm"),
        visit.say("không"),
    ]
    visit.wait_for(lambda: not visit.latest("state")["session_id"], "the session to be wiped")
    visit.leave()

    with bench.visit() as other:
        other.approach()
        by_touch = [
            other.press("procedure:1.001193"),
            other.press("affirm"),
            other.press("request_drink"),
            other.press("goodbye"),
            other.press("rating:2"),
            other.press("deny"),
        ]
        other.wait_for(lambda: not other.latest("state")["session_id"], "the session to be wiped")
    assert [kinds(turn) for turn in by_touch] == [kinds(turn) for turn in by_voice]
    assert all("ok" in command for turn in by_touch for command in turn["commands"])
