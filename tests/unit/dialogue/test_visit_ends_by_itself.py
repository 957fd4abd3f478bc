"""A visit that ends by itself: when, and what keeps it."""

import pytest

from kiosk_robot.dialogue.session import Phase, Session, Ticked


@pytest.fixture
def ends_in(dialogue, visit):
    return lambda: dialogue.ends_in(visit.session, visit.now)


def test_nobodys_visit_does_not_end(dialogue):
    assert dialogue.ends_in(Session(), 100.0) == 0.0


def test_silence_is_counted_down_once_it_was_asked_about(visit, ends_in):
    visit.arrive()
    visit.run()
    assert ends_in() == 0.0, "it asks first"
    visit.wait(60.0)
    assert ends_in() == 0.0, "not while it speaks"
    visit.run()
    assert ends_in() == pytest.approx(60.0)
    visit.wait(45.0)
    assert ends_in() == pytest.approx(15.0)
    visit.request("greet")
    visit.run()
    assert ends_in() == 0.0


def test_absence_is_counted_down_at_once_and_a_press_is_presence(visit, ends_in):
    visit.arrive()
    visit.run()
    visit.leave()
    assert ends_in() == pytest.approx(30.0)
    visit.now += 25.0
    visit.request("greet")
    visit.run()
    assert ends_in() == pytest.approx(30.0)
    visit.wait(29.0)
    assert visit.session.id
    visit.wait(1.0)
    assert not visit.session.id


def test_it_never_tells_less_than_nothing(visit, ends_in):
    visit.arrive()
    visit.run()
    visit.leave()
    visit.now += 100.0
    assert ends_in() == pytest.approx(0.1)
    visit.step(Ticked())
    assert ends_in() == 0.0


def test_what_was_asked_before_is_repeated_not_whether_they_are_there(visit):
    visit.ask("1.001193")
    visit.run()
    asked = [caption for _, caption, _ in visit.session.last_said]
    visit.wait(60.0)
    visit.run()
    repeated = [one.caption for one in visit.request("repeat") if hasattr(one, "caption")]
    assert repeated == asked
    assert visit.session.phase == Phase.CONFIRM_TICKET


def test_a_form_is_shown_as_far_as_it_is_known_with_the_line_that_is_asked(visit):
    visit.arrive()
    visit.request("fill_form")
    visit.press("form:ct01")
    visit.press("deny")
    visit.dictate("Trần Văn An")
    (name, value), *_ = lines = visit.session.form.lines(visit.session.asking)
    assert (name.name, value) == ("name", "TRẦN VĂN AN")
    assert (visit.session.asking, "") in [(one.name, known) for one, known in lines]
