"""The robot does not take its own words for the citizen's."""

import pytest

from kiosk_robot.dialogue.sentences import Sentences
from kiosk_robot.speech.echo import OwnWords, letters
from kiosk_robot.speech.engine import Final
from kiosk_robot.speech.following import sentences

OFFER = "Thủ tục này không mất tiền. Bác có muốn lấy số để nộp hồ sơ không ạ?"


@pytest.fixture
def own() -> OwnWords:
    own = OwnWords()
    own.said(OFFER)
    return own


def citizens(own: OwnWords, text: str, *others: str, over=False, quiet=0.4) -> str:
    final = Final(text, 0.8, "vi-VN", alternatives=others)
    return own.citizens(final, over_robot=over, quiet_before=quiet)


@pytest.mark.parametrize(
    "heard",
    [
        "bác có muốn lấy số để nộp hồ sơ không ạ",
        "bac co muon lay so de nop ho so",
        "thủ tục lày không mất tiên",
    ],
)
def test_its_own_words_are_dropped_however_badly_they_were_heard(own, heard):
    assert citizens(own, heard) == ""


@pytest.mark.parametrize("heard", ["có", "lấy số", "không", "tôi muốn làm giấy khai sinh"])
def test_what_a_citizen_answers_at_once_is_kept(own, heard):
    assert citizens(own, heard) == heard


def test_a_while_later_a_citizen_may_repeat_what_the_robot_said(own):
    assert citizens(own, "bác có muốn lấy số", quiet=3.0) == "bác có muốn lấy số"


@pytest.mark.parametrize(
    ("heard", "word"),
    [("dừng lại", "dừng lại"), ("Robot ơi!", "robot ơi"), ("rừng lại", "dừng lại")],
)
def test_while_the_robot_speaks_a_word_stops_it(own, heard, word):
    assert citizens(own, heard, over=True) == word


def test_the_word_may_be_the_engines_second_guess(own):
    assert citizens(own, "đường lái", "dừng lại", over=True) == "dừng lại"


@pytest.mark.parametrize("heard", ["tôi muốn lấy số", "xe dừng lại ở đâu thế cháu ơi", ""])
def test_while_the_robot_speaks_nothing_else_counts(own, heard):
    assert citizens(own, heard, over=True) == ""


def test_a_word_the_robot_itself_has_just_said_stops_nothing(own):
    own.said("Vâng, cháu dừng lại ạ. Bác cần gì cứ nói.")
    assert citizens(own, "dừng lại", over=True) == ""


@pytest.mark.parametrize("locale", ["vi", "en"])
def test_no_sentence_of_its_own_is_ever_a_request_even_heard_without_a_mistake(locale):
    own = OwnWords()
    for sentence in Sentences.load(locale).fixed():
        own.said(sentence)
        heard = [sentence, *sentences(sentence)]
        assert [citizens(own, text, over=True) for text in heard] == [""] * len(heard)
        longer = [text for text in heard if len(letters(text)) >= 8]
        assert [citizens(own, text) for text in longer] == [""] * len(longer)
