"""A citizen with a booking: how they are asked, what they get, and what they are told instead."""

import pytest

from kiosk_robot.dialogue.choices import typed
from kiosk_robot.dialogue.session import (
    CallStaff,
    CheckIn,
    Finished,
    Phase,
    PrintTicket,
    Say,
    ScanDocument,
    SettleTicket,
    SubmitFeedback,
)
from kiosk_robot.queueing.claims import Claim, SealedClaim, SealingKey

KEY = SealingKey("2026-11-23", b"k" * 32)
SEALED = KEY.seal(Claim("code", "12345678"))
QR = "cua_nam:12345678"  # as the scanner gives it


@pytest.fixture
def asked(visit):
    """A visit in which the robot has asked for the booking."""
    visit.arrive()
    visit.run()
    visit.request("check_in_booking", text="tôi có lịch hẹn")
    visit.run()
    return visit


def claim(visit, sealed=SEALED):
    return visit.request("check_in_booking", slots={"claim": str(sealed)})


def told(visit) -> str:
    """The robot's last sentence."""
    return visit.captions()[-1]


def fail(visit, error: str, **facts: str) -> None:
    """The booking cannot be used."""
    claim(visit)
    visit.run(but=CheckIn)
    [command] = [one for one in visit.open if isinstance(one, CheckIn)]
    visit.open.remove(command)
    visit.step(Finished(command.id, error, booking=facts))
    visit.run()


def test_a_booking_found_is_printed_like_any_number(asked):
    assert "mã lịch hẹn hoặc số điện thoại" in told(asked)
    claim(asked)
    asked.run()
    assert asked.only(CheckIn).claim == SEALED
    printed = asked.only(PrintTicket)
    assert (printed.ticket.number, printed.procedure) == ("A001", "Lịch hẹn đã đặt trước")
    assert asked.settled() == [("printing", ""), ("issued", "paper")]
    assert asked.session.ticket.number == "A001"
    assert asked.session.phase is Phase.LISTENING


def test_the_same_by_touch(asked, new_visit):
    touched = new_visit()
    touched.arrive()
    touched.run()
    touched.press("check_in_booking")
    touched.run()
    heard = typed(touched.session.phase, "1234 5678", KEY)
    assert "12345678" not in repr(heard)
    claim(asked, heard.slots["claim"])
    touched.request(heard.intent, slots=heard.slots)
    for visit in (asked, touched):
        visit.run()
    assert touched.captions() == asked.captions()
    assert touched.kinds() == asked.kinds()


def test_the_code_is_looked_at_only_after_a_yes(asked):
    asked.payload = QR
    assert asked.all(ScanDocument) == []
    asked.press("affirm")
    asked.run()
    assert asked.only(ScanDocument).kinds == ("booking", "citizen_card")
    shown = asked.only(CheckIn).claim
    assert (shown.kind, shown.value, shown.point) == ("code", "12345678", "cua_nam")
    assert "12345678" not in repr(asked.commands), "what was shown is not told"
    assert asked.settled()[-1] == ("issued", "paper")


def test_a_card_finds_a_booking_without_being_greeted_by_name(asked):
    asked.press("affirm")
    asked.run()
    assert asked.only(CheckIn).claim.kind == "card"
    assert not any(command.personal for command in asked.all(Say))
    assert asked.session.card is None


@pytest.mark.parametrize("error", ["nothing_read", "not_a_card", "no_camera"])
def test_a_code_that_cannot_be_read_leaves_the_other_ways(asked, error):
    asked.errors[ScanDocument] = error
    asked.press("affirm")
    asked.run()
    assert "đọc mã hoặc số điện thoại" in told(asked)
    assert asked.session.phase is Phase.CHECK_IN


@pytest.mark.parametrize(
    ("error", "facts", "words"),
    [
        ("already_used", {"number": "A007"}, "đã nhận số A007"),
        ("already_used", {}, "đã được dùng rồi"),
        ("too_early", {"opens": "08:30"}, "nhận số từ 08:30"),
        ("too_late", {"closes": "10:30"}, "chỉ giữ đến 10:30"),
        ("wrong_day", {"day": "24/11"}, "là ngày 24/11"),
        ("wrong_place", {"place": "phường Hoàn Kiếm"}, "ở phường Hoàn Kiếm"),
        ("wrong_place", {}, "ở điểm phục vụ khác"),
        ("not_connected", {}, "chưa nhận được lịch hẹn trên mạng"),
    ],
)
def test_why_not_is_explained_and_an_ordinary_number_stays_open(asked, error, facts, words):
    fail(asked, error, **facts)
    assert words in told(asked)
    assert asked.session.phase is Phase.LISTENING
    assert asked.all(SettleTicket) == []
    asked.ask("1.001193")
    asked.run()
    asked.request("affirm")
    asked.run()
    assert asked.settled()[-1] == ("issued", "paper")


@pytest.mark.parametrize("error", ["ambiguous", "no_such_booking"])
def test_who_is_not_found_may_try_once_more_and_is_then_helped(asked, error):
    fail(asked, error)
    assert asked.session.phase is Phase.CHECK_IN
    fail(asked, error)
    assert "gọi cán bộ" in told(asked)
    assert asked.session.phase is Phase.LISTENING


def test_without_a_line_the_robot_says_that_its_list_may_be_old(asked):
    fail(asked, "no_such_booking", offline="yes")
    assert "mạng đang mất" in told(asked)


@pytest.mark.parametrize("error", ["timeout", "store_failed", "node_lost"])
def test_trouble_of_the_robot_is_its_own_fault(asked, error):
    fail(asked, error)
    assert asked.only(CallStaff).reason == "device_failed"
    assert asked.session.phase is Phase.LISTENING


def test_no_list_has_ever_come(asked):
    heard = typed(Phase.CHECK_IN, "12345678", None)
    asked.request(heard.intent, slots=heard.slots)
    assert "chưa nhận được lịch hẹn" in told(asked)
    assert asked.all(CheckIn) == []


def test_further_bookings_today_are_mentioned(asked):
    claim(asked)
    asked.run(but=CheckIn)
    [command] = [one for one in asked.open if isinstance(one, CheckIn)]
    asked.open.remove(command)
    asked.step(Finished(command.id, ticket=asked.ticket_for(command), booking={"more": "1"}))
    asked.run()
    assert any("còn 1 lịch hẹn nữa" in caption for caption in asked.captions())


def test_a_second_claim_while_the_first_is_looked_for_gives_no_second_number(asked):
    claim(asked)
    claim(asked)
    asked.run()
    assert len(asked.all(CheckIn)) == 1


def test_a_citizen_who_leaves_meanwhile_leaves_no_number_behind(asked):
    claim(asked)
    asked.cancel()
    asked.run()
    assert [outcome for outcome, _ in asked.settled()] == ["void"]


@pytest.mark.parametrize("text", ["", "abc", "1234567", "chín giờ"])
def test_what_is_typed_must_be_a_claim(text):
    with pytest.raises(ValueError, match="nothing that is asked for"):
        typed(Phase.CHECK_IN, text, KEY)
    with pytest.raises(ValueError, match="nothing that is asked for"):
        typed(Phase.LISTENING, "12345678", KEY)


def test_a_comment_is_typed_or_said_masked_and_added_to_the_rating(with_ticket):
    with_ticket.request("give_feedback", slots={"rating": "1"})
    with_ticket.run()
    assert with_ticket.session.phase is Phase.COMMENT
    heard = typed(Phase.COMMENT, "số 001194026153 chờ lâu", None)
    with_ticket.request(heard.intent, slots=heard.slots, text=heard.text)
    with_ticket.run()
    first, second = with_ticket.all(SubmitFeedback)
    assert (first.request_id, first.comment) == (second.request_id, "")
    assert second.comment == "số 0011****6153 chờ lâu"
    assert "cảm ơn bác đã nói" in told(with_ticket)
    assert with_ticket.session.phase is Phase.LISTENING


def test_a_comment_that_names_a_form_asks_for_none(with_ticket):
    with_ticket.request("give_feedback", slots={"rating": "1"})
    with_ticket.run()
    complaint = "cán bộ bảo tôi điền tờ khai cư trú hai lần"
    with_ticket.request("give_feedback", slots={"comment": complaint}, text=complaint)
    with_ticket.run()
    assert with_ticket.all(SubmitFeedback)[-1].comment == complaint
    assert with_ticket.session.phase is Phase.LISTENING


def test_a_counter_that_does_not_exist_was_misheard(with_ticket):
    with_ticket.request("give_feedback", slots={"rating": "5", "counter": "9", "staff": "X99"})
    given = with_ticket.only(SubmitFeedback)
    assert (given.counter, given.staff) == ("1", "")


def test_who_says_nothing_more_after_a_bad_rating_is_let_go(with_ticket):
    with_ticket.request("goodbye")
    with_ticket.run()
    with_ticket.request("give_feedback", slots={"rating": "1"})
    with_ticket.run()
    with_ticket.wait(61.0)
    with_ticket.run()
    assert with_ticket.session.id == ""


def test_a_sealed_claim_survives_the_intent_message():
    heard = typed(Phase.CHECK_IN, "0912345678", KEY)
    assert SealedClaim.parse(heard.slots["claim"]) == KEY.seal(Claim("phone", "0912345678"))
