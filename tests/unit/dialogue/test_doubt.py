"""What was perhaps misheard is asked about before anything is done."""

from dataclasses import replace

import pytest

from kiosk_robot.dialogue.session import (
    CallStaff,
    Dispense,
    Phase,
    Requested,
    ReserveTicket,
    Say,
    SubmitFeedback,
)
from kiosk_robot.understanding.model import RankedProcedure, Understanding

BIRTH = "1.001193"
WATER = Understanding("cho sin cốc nước", "request_drink", "command", sure=False)
BIRTH_ASKED = Understanding(
    "làm dấy khai sinh", "ask_procedure", "answer", (RankedProcedure(BIRTH, 0.9),), sure=False
)


def say(visit, understanding: Understanding) -> list:
    return visit.step(Requested("visit", understanding))


def word(intent, sure=True) -> Understanding:
    return Understanding(intent, intent, "command", sure=sure)


def spoken(commands) -> str:
    return " ".join(command.text for command in commands if isinstance(command, Say))


def kinds(commands) -> set[type]:
    return {type(command) for command in commands}


@pytest.fixture
def here(visit):
    visit.arrive()
    return visit


def test_a_procedure_is_asked_about_by_name_and_answered_after_a_yes(here):
    assert "Bác muốn làm thủ tục đăng ký khai sinh, đúng không ạ?" in spoken(say(here, BIRTH_ASKED))
    assert here.session.phase is Phase.CONFIRM_HEARD
    assert "giấy tờ thứ nhất" in spoken(say(here, word("affirm")))
    assert here.session.phase is Phase.CONFIRM_TICKET


def test_nothing_drops_before_the_yes(here):
    assert Dispense not in kinds(say(here, WATER))
    assert Dispense in kinds(say(here, word("affirm")))


def test_after_a_no_it_is_said_again_and_after_the_second_somebody_comes(here):
    say(here, WATER)
    first = say(here, word("deny"))
    assert (here.session.phase, CallStaff in kinds(first)) == (Phase.LISTENING, False)
    say(here, WATER)
    assert CallStaff in kinds(say(here, word("deny")))


@pytest.mark.parametrize("intent", ["affirm", "deny", "cancel"])
def test_a_word_that_decides_is_not_acted_on_unless_it_was_heard_clearly(here, intent):
    say(here, replace(BIRTH_ASKED, sure=True))
    commands = say(here, word(intent, sure=False))
    assert ReserveTicket not in kinds(commands)
    assert here.session.phase is Phase.CONFIRM_TICKET
    assert "nói lại giúp cháu" in spoken(commands)


def test_an_unclear_answer_to_the_question_itself_does_nothing(here):
    say(here, WATER)
    assert Dispense not in kinds(say(here, word("affirm", sure=False)))
    assert here.session.phase is Phase.CONFIRM_HEARD


def test_something_else_may_be_said_instead_of_an_answer(here):
    say(here, WATER)
    assert "giấy tờ thứ nhất" in spoken(say(here, replace(BIRTH_ASKED, sure=True)))
    assert here.session.phase is Phase.CONFIRM_TICKET


def test_a_mark_is_asked_about_by_its_number_and_a_comment_is_kept_as_heard(here):
    mark = Understanding("hai điểm", "give_feedback", "command", slots={"rating": "2"}, sure=False)
    assert "Bác muốn chấm 2 điểm, đúng không ạ?" in spoken(say(here, mark))
    given = say(here, word("affirm"))
    assert [c.rating for c in given if isinstance(c, SubmitFeedback)] == [2]
    here.run()
    assert here.session.phase is Phase.COMMENT
    slow = {"comment": "phải chờ lâu"}
    kept = say(
        here, Understanding("phải chờ lâu", "give_feedback", "command", slots=slow, sure=False)
    )
    assert [c.comment for c in kept if isinstance(c, SubmitFeedback)] == ["phải chờ lâu"]


def test_to_repeat_is_done_without_asking(here):
    assert here.session.phase is Phase.LISTENING
    say(here, word("slower", sure=False))
    assert here.session.rate < 1.0


def test_the_screen_offers_yes_no_and_a_person(here):
    say(here, WATER)
    assert [choice.id for choice in here.choices()][:3] == ["affirm", "deny", "call_staff"]
