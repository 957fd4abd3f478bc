"""Reading of Vietnamese text: tone places, abbreviations, dialect, numbers, templates."""

import pytest

from kiosk_robot.catalogue.catalogue import Catalogue
from kiosk_robot.understanding import spoken_numbers
from kiosk_robot.understanding.templates import TemplateError, core, expand, sample
from kiosk_robot.understanding.text import Reader, clean, fold, load_data, place_tones, words_of

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader.load("vi")


@pytest.mark.parametrize(
    ("modern", "old"),
    [("hoà", "hòa"), ("thuỷ", "thủy"), ("khoẻ", "khỏe"), ("quý", "quý"), ("hoàn", "hoàn")],
)
def test_tone_marks_move_to_their_old_place(modern: str, old: str) -> None:
    assert place_tones(modern) == old


def test_folding_drops_marks_and_joins_i_and_y() -> None:
    assert [fold(w) for w in ("đường", "kỳ", "kì", "thủy", "quý")] == [
        "duong",
        "ki",
        "ki",
        "thuy",
        "qui",
    ]


@pytest.mark.parametrize(
    ("said", "standard"),
    [
        ("gks", "giấy khai sinh"),
        ("cccd hết hạn", "căn cước công dân hết hạn"),
        ("mần răng", "làm sao"),
        ("giấy khai sanh", "giấy khai sinh"),
        ("ba em mất", "bố em mất"),
        ("con ba tuổi rồi", "con ba tuổi rồi"),
        ("xin fép xây nhà", "xin phép xây nhà"),
        ("trứng thực chữ kí", "chứng thực chữ kí"),
    ],
)
def test_dialect_chat_and_misheard_words_become_standard(
    reader: Reader, said: str, standard: str
) -> None:
    assert " ".join(reader.read(said).words) == standard


def test_text_without_marks_is_recognised_as_such(reader: Reader) -> None:
    assert not reader.read("dang ky ket hon").marked
    assert reader.read("đăng ký kết hôn").marked
    assert reader.read("ba em la cuu chien binh").folded[0] == "bo"


def test_people_who_died_are_told_from_papers_that_are_lost(reader: Reader) -> None:
    assert "chết" in reader.read("bố em mới mất").concepts
    assert "chết" not in reader.read("em bị mất giấy khai sinh").concepts
    assert "mất_giấy" in reader.read("em bị mất giấy khai sinh").concepts


def test_every_standard_word_is_written_in_composed_form() -> None:
    for value in load_data("words.vi.yaml")["replace"].values():
        assert clean(value) == value
        assert words_of(value) == value.lower().split()


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("mười lăm", 15),
        ("hai mươi mốt", 21),
        ("một trăm linh ba", 103),
        ("bảy", 7),
        ("12", 12),
        ("khai sinh", None),
        ("", None),
    ],
)
def test_spoken_numbers(words: str, value: int | None) -> None:
    assert spoken_numbers.number(words.split()) == value


@pytest.mark.parametrize(
    ("words", "ticket"),
    [
        ("số a không một hai", "A012"),
        ("phiếu b mười lăm", "B015"),
        ("a012", "A012"),
        ("c 7", "C007"),
        ("ba số", None),
    ],
)
def test_ticket_numbers(words: str, ticket: str | None) -> None:
    assert spoken_numbers.ticket(words.split()) == ticket


def test_templates_stand_for_all_their_sentences() -> None:
    rules = {"thing": "(nước|kẹo)"}
    template = "cho [tôi|bác] (xin|lấy) <thing>"
    assert len(expand(template, rules)) == 12
    assert core(template, rules) == ["cho xin nước", "cho xin kẹo", "cho lấy nước", "cho lấy kẹo"]
    assert set(sample(template, rules, 5)) <= set(expand(template, rules))
    assert sample(template, rules, 5) == sample(template, rules, 5)


@pytest.mark.parametrize("template", ["cho (tôi", "cho tôi]", "[cho tôi)", "cho <tôi>"])
def test_a_broken_template_is_refused(template: str) -> None:
    with pytest.raises(TemplateError):
        expand(template, {})


def test_typed_without_marks_no_dialect_word_hides_an_everyday_one(catalogue: Catalogue) -> None:
    tables = load_data("words.vi.yaml")
    everyday: dict[str, set[str]] = {}
    for procedure in catalogue:
        for text in (procedure.name, procedure.official_name, *procedure.aliases):
            for word in words_of(text):
                everyday.setdefault(fold(word), set()).add(word)
    hidden = [
        word
        for word, standard in tables["replace"].items()
        if not word.isascii()
        and " " not in word
        and word not in tables["marked_only"]
        and fold(word) != fold(standard)
        and everyday.get(fold(word), set()) - {word}
    ]
    assert hidden == []
