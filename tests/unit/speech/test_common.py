"""Sentences often said: found by their letters, judged by the sound."""

import pytest

from kiosk_robot.speech.common import (
    LIKELY,
    SURE,
    THANKS,
    Weighed,
    common_sentences,
    judged,
    nearest,
    of_length,
)

MEANINGS = {"tôi khát nước": "drink", "cho tôi xin nước": "drink", "tôi muốn lấy số": "ticket"}


def judge(**likeness: float) -> tuple[str, float]:
    sentences = dict(zip(("khat", "xin", "so"), MEANINGS, strict=True))
    return judged([Weighed(sentences[k], v) for k, v in likeness.items()], MEANINGS)


@pytest.mark.parametrize(
    ("likeness", "expected"),
    [
        ({"khat": 0.5, "so": -1.5}, ("tôi khát nước", SURE)),
        ({"khat": 0.5, "xin": 0.4, "so": -1.5}, ("tôi khát nước", SURE)),
        ({"khat": -0.2, "so": -0.7}, ("tôi khát nước", LIKELY)),
        ({"khat": -0.2, "so": -0.3}, ("", 0.0)),
        ({"khat": -2.0, "so": -5.0}, ("", 0.0)),
        ({}, ("", 0.0)),
    ],
)
def test_a_sentence_must_fit_the_sound_and_better_than_any_of_another_meaning(likeness, expected):
    assert judge(**likeness) == expected


def test_thanks_are_asked_about_however_clear_as_other_words_are_taken_for_them():
    meanings = MEANINGS | {"cảm ơn": THANKS}
    assert judged([Weighed("cảm ơn", 1.0)], meanings) == ("cảm ơn", LIKELY)


def test_candidates_are_found_without_tones_and_with_merged_syllables():
    found = nearest(["Trôi muônlai sô"], MEANINGS, 1)
    assert found == ["tôi muốn lấy số"]


def test_a_sentence_must_have_the_length_of_the_utterance():
    assert of_length(["có", "tôi muốn lấy số"], 0.3) == ["có"]
    assert of_length(["có", "tôi muốn lấy số"], 1.5) == ["tôi muốn lấy số"]
    assert of_length(["có", "tôi muốn lấy số"], 15.0) == []


def test_every_common_sentence_has_one_meaning_and_letters():
    sentences = common_sentences()
    assert len(sentences) > 200
    assert all(sentence == sentence.strip().lower() for sentence in sentences)
