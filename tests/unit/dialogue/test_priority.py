"""Who is called earlier says so, by voice or by touch, and is told what to show."""

import pytest

from kiosk_robot.dialogue.priority import claimed_class
from kiosk_robot.dialogue.session import Phase, PrintTicket, ReserveTicket, Say

BIRTH = "1.001193"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("tôi tám mươi tuổi rồi", "age_75"),
        ("bác năm nay 77 tuổi", "age_75"),
        ("toi bay muoi sau tuoi", "age_75"),
        ("tôi bảy mươi tư tuổi", ""),
        ("con tôi ba tuổi", ""),
        ("i am 80 years old", "age_75"),
        ("em đang mang thai tháng thứ tám", "pregnant"),
        ("em co bau", "pregnant"),
        ("tôi bế con nhỏ", "with_infant"),
        ("tôi đi xe lăn", "disabled"),
        ("tôi là thương binh", "merit"),
        ("tôi lấy số", ""),
        ("", ""),
    ],
)
def test_people_say_it_in_their_own_words(knowledge, text, key):
    found = claimed_class(text, knowledge.site.queue.priority_classes)
    assert (found.key if found else "") == key


def test_a_number_is_asked_for_with_the_class_and_the_proof_is_named(visit):
    visit.ask(BIRTH)
    visit.request("not_understood", text="tôi tám mươi tuổi rồi")
    assert visit.only(ReserveTicket).priority == "age_75"
    visit.run()
    assert "căn cước hoặc VNeID" in visit.only(PrintTicket).papers
    assert any("cho cán bộ xem căn cước" in said.text for said in visit.all(Say))


def test_touch_does_the_same(visit):
    visit.ask(BIRTH)
    visit.press("priority")
    assert visit.session.phase == Phase.CHOOSE_PRIORITY
    assert not visit.all(ReserveTicket)
    visit.press("priority:pregnant")
    assert visit.only(ReserveTicket).priority == "pregnant"


def test_an_ordinary_number_after_all(visit):
    visit.ask(BIRTH)
    visit.request("not_understood", text="tôi được ưu tiên")
    visit.press("deny")
    assert visit.only(ReserveTicket).priority == ""
    visit.run()
    assert not any("để được gọi sớm" in said.text for said in visit.all(Say))


def test_a_class_is_named_with_the_wish(visit):
    visit.request("take_ticket", text="lấy số khai sinh, em đang mang thai", procedures=())
    assert not visit.all(ReserveTicket), "it is not known what for"
    visit.ask(BIRTH)
    visit.request("take_ticket", text="lấy số cho em, em đang mang thai")
    assert visit.only(ReserveTicket).priority == "pregnant"


def test_a_question_about_a_class_of_people_is_a_question(visit):
    visit.ask(BIRTH)
    visit.ask(
        "2.000815", text="thế làm giấy xác nhận cho người khuyết tật thì cần những giấy tờ gì"
    )
    assert not visit.all(ReserveTicket)
