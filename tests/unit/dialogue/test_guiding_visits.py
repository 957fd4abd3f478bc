"""Visits to a robot on wheels: led to the counter, water to the seat, and home again."""

import pytest

from kiosk_robot.dialogue.politeness import Address
from kiosk_robot.dialogue.sentences import Sentences
from kiosk_robot.dialogue.session import (
    Base,
    BaseChanged,
    CallStaff,
    Dispense,
    Guide,
    GuideProgressed,
    Phase,
    PrintTicket,
    Requested,
    Say,
    StopGuide,
)
from kiosk_robot.understanding.model import Understanding

BIRTH, RESIDENCE = "1.001193", "1.004222"
SEAT = {"place": "seat"}
VI = Sentences.load("vi")
FILLED_IN = dict.fromkeys(("counter", "place", "number", "site"), "\0")


def said(commands, key: str) -> bool:
    """Whether a sentence is among what the robot says, whatever is filled in."""
    first, _, rest = VI.text(key, Address(), **FILLED_IN).partition("\0")
    words = first or rest.partition("\0")[0]
    return any(words in c.caption for c in commands if isinstance(c, Say))


@pytest.fixture
def on_wheels(visit):
    """A robot at home with navigation served."""
    visit.step(BaseChanged(Base.READY))
    visit.run()
    visit.commands.clear()
    return visit


@pytest.fixture
def offered(on_wheels):
    """A citizen who has a ticket and is asked whether to be led."""
    on_wheels.arrive()
    on_wheels.ask(BIRTH)
    on_wheels.run()
    on_wheels.request("affirm")
    on_wheels.run()
    return on_wheels


@pytest.fixture
def led(offered):
    """A citizen on the way to counter 1."""
    offered.request("affirm")
    offered.run(but=Guide)
    return offered


def journeys(visit) -> list[tuple[str, bool]]:
    return [(c.place, c.follow) for c in visit.all(Guide)]


def end(visit, error: str = "") -> None:
    """The journey that runs ends."""
    visit.finish(visit.session.journey, error)
    visit.run(but=Guide)


# --- to the counter -----------------------------------------------------------------------------


def test_after_the_ticket_the_citizen_is_led_and_the_robot_goes_home(offered):
    assert offered.session.phase == Phase.CONFIRM_GUIDE
    assert offered.captions()[-1] == "Bác có muốn cháu dẫn đến quầy số 1 không ạ?"
    assert not said(offered.commands, "anything_else")

    assert said(offered.request("affirm", text="có, dẫn bác đi"), "guide_follow")
    assert offered.captions()[-1] == "Mời bác đi theo cháu ạ."
    offered.run(but=Guide)
    assert journeys(offered) == [("counter:1", True)]
    end(offered)
    assert offered.captions()[-2:] == [
        "Đến quầy số 1 rồi ạ.", "Mời bác ngồi chờ, cán bộ sẽ gọi số A001 ạ.",
    ]  # fmt: skip
    assert offered.session.phase == Phase.LISTENING

    offered.leave()
    offered.wait(31)
    assert journeys(offered)[1:] == [("home", False)]
    end(offered)
    assert offered.session.place == "home"


def test_nobody_is_led_on_a_word_that_was_perhaps_misheard(offered):
    for intent in ("affirm", "ask_directions"):
        heard = Understanding("quầy ở đâu", intent, "command", sure=False)
        offered.step(Requested(offered.session.id, heard))
        assert not journeys(offered)


def test_on_the_way_a_stop_counts_however_badly_it_was_heard(led):
    led.step(Requested(led.session.id, Understanding("dừng", "cancel", "command", sure=False)))
    assert StopGuide in {type(command) for command in led.commands}


@pytest.mark.parametrize(("yes", "no"), [("affirm", "deny")])
def test_the_same_by_touch(offered, yes, no):
    labels = {choice.id: choice.label for choice in offered.choices()}
    assert (labels[yes], labels[no]) == ("Dẫn tôi đi", "Tôi tự đi")
    offered.press(yes)
    assert journeys(offered) == [("counter:1", True)]
    assert "cancel" in {choice.id for choice in offered.choices()}
    offered.press("cancel")
    assert offered.all(StopGuide)


def test_who_finds_the_way_alone_is_let_go(offered):
    assert said(offered.request("deny"), "no_guide")
    offered.run()
    assert offered.session.phase == Phase.LISTENING
    assert journeys(offered) == []


def test_without_wheels_the_way_is_told_in_words_as_ever(with_ticket):
    assert with_ticket.session.phase == Phase.LISTENING
    assert with_ticket.captions()[-1] == "Bác cần gì nữa không ạ?"
    shown = {choice.id for choice in with_ticket.choices()}
    assert not shown & {"ask_directions", "request_drink:seat"}
    with_ticket.request("request_drink", slots=SEAT)
    with_ticket.run()
    assert said(with_ticket.commands, "dispensed_water")
    with_ticket.request("goodbye")
    with_ticket.run()
    assert journeys(with_ticket) == []


def test_who_asks_for_the_way_is_told_and_offered_company(on_wheels):
    on_wheels.arrive()
    on_wheels.ask(RESIDENCE)
    on_wheels.run()
    on_wheels.press("deny")
    on_wheels.run()
    told = on_wheels.press("ask_directions")
    assert "Quầy số 2 ở" in told[-2].caption
    on_wheels.request("ask_directions", text="dẫn tôi đến quầy")
    assert journeys(on_wheels) == [("counter:2", True)]


def test_another_counter_named_is_another_offer(offered):
    offered.request("ask_directions", slots={"counter": "4"})
    assert offered.captions()[-1] == "Bác có muốn cháu dẫn đến quầy số 4 không ạ?"
    offered.request("affirm")
    assert journeys(offered) == [("counter:4", True)]


def test_nobody_is_led_to_where_they_stand(led):
    end(led)
    led.request("ask_directions", slots={"counter": "1"})
    led.run()
    assert led.session.phase == Phase.LISTENING


def test_on_the_way_no_silence_and_no_absence_ends_the_visit(led):
    led.leave()  # they walk behind, where the range sensor does not look
    led.wait(200)
    assert led.session.phase == Phase.GUIDING
    end(led)
    led.wait(29)
    assert led.session.id, "at the counter the time of absence begins anew"
    led.wait(2)
    assert not led.session.id


def test_it_tells_that_it_waits_but_not_all_the_time(led):
    assert said(led.step(GuideProgressed("waiting")), "guide_waiting")
    led.run(but=Guide)
    assert led.step(GuideProgressed("waiting")) == []
    led.now += 10
    assert said(led.step(GuideProgressed("blocked")), "guide_blocked")
    assert led.step(GuideProgressed("leading")) == []


def test_a_citizen_who_does_not_come_along_is_given_up_politely(led):
    end(led, "follower_lost")
    assert said(led.commands, "guide_lost")
    assert "Quầy số 1 ở bên trái cửa vào" in led.captions()[-1]
    assert not led.session.id
    assert journeys(led)[-1] == ("home", False)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ("blocked", "guide_failed"),
        ("node_lost", "guide_failed"),
        ("no_sight", "guide_failed"),
        ("emergency_stop", "emergency_stopped"),
        ("bumped", "guide_bumped"),
    ],
)
def test_what_ends_the_way_is_told_and_staff_called(led, error, sentence):
    end(led, error)
    assert said(led.commands, sentence)
    assert led.only(CallStaff).reason == "device_failed"
    assert led.session.phase == Phase.LISTENING
    assert led.session.id


@pytest.mark.parametrize("intent", ["cancel", "deny", "goodbye"])
def test_a_word_stops_it(led, intent):
    led.request(intent)
    assert led.all(StopGuide)
    end(led, "canceled")
    assert not led.all(CallStaff)
    assert not said(led.commands, "guide_failed")


def test_an_answer_on_the_way_does_not_lose_the_way(led):
    led.ask(RESIDENCE)
    led.run(but=Guide)
    end(led)
    assert said(led.commands, "guide_arrived")
    assert led.session.phase == Phase.CONFIRM_TICKET


def test_a_visit_ended_from_outside_stops_the_robot_and_sends_it_home(led):
    led.cancel()
    assert led.all(StopGuide)
    end(led, "canceled")
    assert journeys(led)[-1] == ("home", False)


def test_who_says_yes_and_lead_me_hears_it_once(offered):
    offered.request("affirm", text="có")
    offered.request("ask_directions", text="dẫn tôi đi")
    offered.run(but=Guide)
    assert offered.captions().count("Mời bác đi theo cháu ạ.") == 1
    offered.request("ask_directions", slots={"counter": "4"})
    assert said(offered.commands, "directions")
    assert offered.session.phase == Phase.GUIDING


# --- water to the seat --------------------------------------------------------------------------


def test_water_is_brought_to_the_seat(on_wheels):
    on_wheels.arrive()
    assert said(on_wheels.request("request_drink", slots=SEAT), "dispensing_to_seat")
    on_wheels.run(but=(Dispense, Guide))
    assert journeys(on_wheels) == [], "first the cup, then the way"
    on_wheels.run(but=Guide)
    assert journeys(on_wheels) == [("seat:1", False)]
    end(on_wheels)
    assert said(on_wheels.commands, "delivered_water")
    on_wheels.request("goodbye")
    on_wheels.run(but=Guide)
    on_wheels.request("deny")
    on_wheels.run(but=Guide)
    assert journeys(on_wheels)[-1] == ("home", False)


def test_the_button_asks_for_the_same(on_wheels):
    on_wheels.arrive()
    on_wheels.press("request_drink:seat")
    on_wheels.run()
    assert journeys(on_wheels) == [("seat:1", False)]


def test_a_cup_that_did_not_drop_is_not_brought(on_wheels):
    on_wheels.arrive()
    on_wheels.errors[Dispense] = "empty"
    on_wheels.request("request_drink", slots=SEAT)
    on_wheels.run()
    assert journeys(on_wheels) == []


def test_water_that_cannot_be_brought_waits_in_the_tray(on_wheels):
    on_wheels.arrive()
    on_wheels.request("request_drink", slots=SEAT)
    on_wheels.run(but=Guide)
    end(on_wheels, "blocked")
    assert said(on_wheels.commands, "deliver_failed")


def test_nothing_is_dispensed_while_it_drives(led):
    assert said(led.request("request_drink"), "dispense_on_arrival")
    assert not led.all(Dispense)


# --- by itself ----------------------------------------------------------------------------------


def test_it_goes_to_its_place_when_it_is_switched_on(visit):
    visit.step(BaseChanged(Base.READY))
    assert journeys(visit) == [("home", False)]
    visit.run()
    assert visit.wait(1) == []


def test_who_meets_it_on_its_way_home_is_greeted_there(led):
    led.cancel()
    end(led, "canceled")
    assert led.arrive() == []
    end(led)
    assert led.session.id
    assert said(led.commands[-1:], "greeting")


def test_who_speaks_to_it_on_its_way_home_is_listened_to(led):
    led.cancel()
    end(led, "canceled")
    led.ask(RESIDENCE)
    assert len(led.all(StopGuide)) == 2
    end(led, "canceled")
    assert led.session.procedure == RESIDENCE
    assert led.session.place == ""


def test_a_way_home_that_is_blocked_is_told_once_and_tried_again(led):
    led.cancel()
    end(led, "canceled")
    end(led, "blocked")
    assert said(led.commands, "cannot_get_home")
    assert led.wait(5) == []
    led.wait(11)
    end(led, "blocked")
    assert len(led.all(CallStaff)) == 1
    led.wait(16)
    end(led)
    assert led.session.place == "home"


def test_the_emergency_stop_holds_it_until_it_is_released(led):
    led.cancel()
    end(led, "canceled")
    led.step(BaseChanged(Base.STOPPED))
    end(led, "emergency_stop")
    assert said(led.commands, "emergency_stopped")
    led.commands.clear()
    led.wait(100)
    assert journeys(led) == []
    led.step(BaseChanged(Base.READY))
    assert journeys(led) == [("home", False)]


def test_while_it_is_stopped_the_screen_says_so_and_nobody_is_led(on_wheels):
    on_wheels.arrive()
    on_wheels.step(BaseChanged(Base.STOPPED))
    assert on_wheels.session.notice == "emergency_stopped"
    on_wheels.ask(BIRTH)
    on_wheels.run()
    on_wheels.request("affirm")
    on_wheels.run()
    assert said(on_wheels.commands, "anything_else")
    on_wheels.step(BaseChanged(Base.READY))
    assert on_wheels.session.notice == ""


def test_with_a_low_battery_it_finishes_and_goes_to_the_dock(on_wheels):
    on_wheels.arrive()
    on_wheels.step(BaseChanged(Base.LOW_BATTERY))
    on_wheels.ask(BIRTH)
    on_wheels.request("affirm")
    on_wheels.run()
    assert on_wheels.only(PrintTicket), "the visit goes on"
    assert journeys(on_wheels) == []
    on_wheels.leave()
    gone = on_wheels.wait(31)
    assert said(gone, "battery_low")
    assert journeys(on_wheels) == [("dock", False)]
    on_wheels.run()
    assert on_wheels.wait(60) == []
    on_wheels.step(BaseChanged(Base.READY))
    assert journeys(on_wheels)[-1] == ("home", False)
