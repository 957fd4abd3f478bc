"""Which word of the caption is being said."""

import pytest

from kiosk_robot.speech.following import caption_spans, sentences
from kiosk_robot.speech.reading import read_aloud


def followed(caption: str, spoken: str) -> list[tuple[str, str]]:
    spans = caption_spans(caption, spoken)
    return [(word, caption[a:b]) for word, (a, b) in zip(spoken.split(), spans, strict=True)]


def test_words_shown_as_they_are_said_are_followed_one_by_one():
    caption = "Cháu chào bác ạ! Bác cần gì ạ?"
    assert followed(caption, caption) == [(word, word) for word in caption.split()]


def test_a_number_is_marked_for_as_long_as_it_is_read_out():
    caption = "Số của bác là A012. Bác cầm phiếu đến quầy số 1."
    marked = dict(followed(caption, read_aloud(caption)))
    assert {marked[word] for word in ("không", "hai.") if word in marked} == {"A012."}
    assert marked["một."] == "1."
    assert marked["phiếu"] == "phiếu"


def test_a_name_that_is_not_shown_leaves_the_mark_where_it_was():
    caption, spoken = "Cháu chào bác ạ!", "Cháu chào bác Hằng ạ!"
    assert followed(caption, spoken)[2:] == [("bác", "bác"), ("Hằng", "bác"), ("ạ!", "ạ!")]


def test_a_placeholder_is_marked_for_the_name_it_stands_for():
    caption, spoken = "Cháu chào bác (tên trên thẻ) ạ!", "Cháu chào bác Nguyễn Thị Hằng ạ!"
    assert [shown for _, shown in followed(caption, spoken)[3:6]] == ["(tên", "trên", "thẻ)"]


@pytest.mark.parametrize("caption", ["", "   "])
def test_no_caption_has_nothing_to_mark(caption):
    assert caption_spans(caption, "Cháu chào bác ạ!") == []


def test_nothing_said_marks_nothing():
    assert caption_spans("Cháu chào bác ạ!", "") == []


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Vâng ạ. Bác đợi cháu nhé!", ["Vâng ạ.", "Bác đợi cháu nhé!"]),
        ("Quầy mở lúc eight a.m. on Monday.", ["Quầy mở lúc eight a.m. on Monday."]),
        ("Bác ơi…  Đây ạ", ["Bác ơi…", "Đây ạ"]),
        ("không có dấu chấm", ["không có dấu chấm"]),
        ("  ", []),
    ],
)
def test_a_text_is_cut_between_its_sentences(text, parts):
    assert sentences(text) == parts
