"""The dialogue with a phone: the robot's own answers, and nothing that only the robot can do."""

import pytest

from kiosk_robot.dialogue.chat import Chat, Thread
from kiosk_robot.dialogue.session import HeldTicket
from kiosk_robot.dialogue.turn import Knowledge
from kiosk_robot.understanding.model import RankedProcedure, Understanding

BIRTH, COPY = "1.001193", "2.000635"


@pytest.fixture(scope="module")
def chat():
    return Chat(Knowledge.read("cua_nam"))


def heard(intent, behaviour="command", codes=(), **more):
    procedures = tuple(RankedProcedure(code, 0.9) for code in codes)
    return Understanding("…", intent, behaviour, procedures=procedures, **more)


def test_a_question_about_a_procedure_is_answered_whole_without_offering_a_number(chat):
    reply = chat.reply([heard("ask_procedure", "answer", [BIRTH])], Thread())
    told = " ".join(reply.lines)
    for part in ("giấy chứng sinh", "không mất tiền", "trong ngày", "quầy số", "Cổng Dịch vụ công"):
        assert part in told
    assert "lấy số" not in told
    assert reply.thread == Thread(procedure=BIRTH)


def test_wanting_a_number_tells_what_to_bring_too(chat):
    reply = chat.reply([heard("take_ticket", "answer", [BIRTH])], Thread())
    assert "giấy chứng sinh" in reply.lines[0]


def test_a_clarifying_question_is_asked_and_what_it_offered_is_sent_along(chat):
    asked = heard(
        "ask_procedure", "clarify", [BIRTH, COPY], question="Bác làm mới hay xin bản sao ạ?"
    )
    reply = chat.reply([asked], Thread())
    assert reply.lines == ("Bác làm mới hay xin bản sao ạ?",)
    assert reply.thread.offered == (BIRTH, COPY)


def test_it_tells_the_turn_of_the_ticket_that_is_followed(chat):
    held = HeldTicket("id", "A012", BIRTH, "1", 4, 0.0, wait=(15, 25))
    told = " ".join(chat.reply([heard("ask_wait")], Thread(), held).lines)
    assert "4 người" in told
    assert "15 đến 25 phút" in told
    assert "không thấy số nào" in chat.reply([heard("ask_wait")], Thread()).lines[0]


@pytest.mark.parametrize(
    "intent",
    ["request_drink", "request_snack", "scan_card", "fill_form", "call_staff", "check_in_booking",
     "give_feedback", "take_ticket", "slower", "louder"],
)  # fmt: skip
def test_what_needs_the_robot_is_told_to_be_had_there(chat, intent):
    [line] = chat.reply([heard(intent)], Thread()).lines
    assert "robot ở điểm phục vụ" in line


@pytest.mark.parametrize(
    ("request_", "line"),
    [
        (heard("not_understood", "handoff"), "chưa hiểu"),
        (heard("ask_procedure", "handoff"), "chưa hiểu"),
        (heard("out_of_scope", "handoff"), "không làm ở phường"),
        (heard("goodbye"), "Chúc bác"),
        (heard("ask_opening_hours"), "điểm phục vụ"),
    ],
)
def test_every_message_has_an_answer_that_calls_nobody(chat, request_, line):
    told = " ".join(chat.reply([request_], Thread()).lines)
    assert line in told
    assert "gọi cán bộ" not in told


def test_it_goes_on_in_the_other_language(chat):
    reply = chat.reply([heard("switch_language")], Thread(procedure=BIRTH))
    assert reply.thread.locale == "en-US"
    again = chat.reply([heard("ask_procedure", "answer", [BIRTH], facet="fee")], reply.thread)
    assert again.lines == ("There is no fee.",)


def test_what_a_phone_made_up_is_left_out(chat):
    invented = Thread("xx-XX", "9.999999", "<script>", ("<img>",))
    assert chat.reply([heard("greet")], invented).thread == Thread()
    kept = chat.reply([heard("greet")], Thread(procedure=BIRTH, case_id="by_proxy")).thread
    assert (kept.procedure, kept.case_id) == (BIRTH, "by_proxy")


def test_a_message_of_many_requests_is_answered_in_part(chat):
    many = [heard("request_drink"), heard("ask_opening_hours"), heard("greet"), heard("goodbye")]
    assert 2 <= len(chat.reply(many, Thread()).lines) <= 4
