"""An alert is kept in Vietnamese; its English is found again."""

import re

import pytest

from kiosk_robot.feedback.sentences import SENTENCES, in_both_languages, sentence


@pytest.mark.parametrize("name", SENTENCES)
def test_every_sentence_has_its_english(name):
    fields = {"counter": "3", "staff": "A12", "rating": 2, "number": "B007", "reason": "fire"}
    fields |= {"at": "09:30", "day": "2026-11-23"}
    both = in_both_languages(sentence(name, **fields))
    assert both["vi"] == SENTENCES[name][0].format(**fields)
    assert both["en"] == SENTENCES[name][1].format(**fields)


def test_a_counter_and_a_member_of_staff_are_both_named():
    text = "Khách chưa hài lòng về quầy số 3 (cán bộ A12): chấm 2 trên 5 điểm."
    english = in_both_languages(text)["en"]
    assert re.findall(r"\w*\d+", english) == ["3", "A12", "2", "5"]


def test_what_nobody_has_written_down_stays_as_it_is():
    assert in_both_languages("Cháy {number}!") == {"vi": "Cháy {number}!", "en": "Cháy {number}!"}
