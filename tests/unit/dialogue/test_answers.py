import re
import unicodedata
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest

from kiosk_robot.catalogue.catalogue import Catalogue
from kiosk_robot.catalogue.model import Duration, Fee, PaperCase, Procedure
from kiosk_robot.dialogue.answers import screen_answer, spoken_answer
from kiosk_robot.dialogue.politeness import Address
from kiosk_robot.dialogue.prompts import PromptError
from kiosk_robot.speech.reading import read_aloud
from kiosk_robot.understanding.model import Facet

CATALOGUE = Catalogue.load()
FACETS: tuple[Facet | None, ...] = (None, *get_args(Facet))
ORDINARY = PaperCase(
    id="ordinary",
    label="Có giấy cũ",
    papers=("Giấy cư trú, nếu máy chưa tra được", "Tờ khai CT01", "Căn cước (bản chính)"),
)
PROXY = PaperCase(id="by_proxy", label="Người khác đi thay", papers=("Giấy ủy quyền",))


def procedure(**changes: Any) -> Procedure:
    record: dict[str, Any] = {
        "code": "1.000001",
        "name": "xin giấy mẫu",
        "official_name": "Xin giấy mẫu",
        "field": "Hộ tịch",
        "counter_group": "civil_status",
        "snapshot": date(2026, 7, 1),
        "source": "Cổng Dịch vụ công quốc gia",
        "cases": (ORDINARY,),
        "fee": Fee(amount_vnd=20_000, per="bản"),
        "duration": Duration(quantity=3, unit="working_day"),
    }
    return Procedure(**{**record, **changes})


def spoken(
    record: Procedure, facet: Facet | None = None, case_id: str | None = None, **changes: Any
) -> list[str]:
    settings = {"counter": "3", "address": Address(), **changes}
    return spoken_answer(record, facet=facet, case_id=case_id, **settings)


def sentences(part: str) -> list[str]:
    return re.split(r"(?<=[.!?])\s+", part)


def test_the_first_part_is_a_whole_answer() -> None:
    first = spoken(procedure())[0]
    assert first == (
        "Xin giấy mẫu cần tờ khai CT01, căn cước bản chính và giấy cư trú, nếu máy chưa tra được. "
        "Lệ phí hai mươi nghìn đồng một bản, kết quả trả trong ba ngày làm việc, "
        "bác nộp ở quầy số ba ạ."
    )


def test_the_robot_speaks_as_the_citizen_does() -> None:
    first = spoken(procedure(name="thủ tục có tên rất là dài dòng"), address=Address("chị", "em"))[
        0
    ]
    assert first.startswith("Chị cần mang")
    assert "chị nộp ở quầy" in first
    assert "bác" not in first.lower()


@pytest.mark.parametrize(
    ("fee", "words"),
    [
        (Fee(set_locally=True), "theo quy định của thành phố, mời bác hỏi tại quầy"),
        (Fee(set_locally=True, amount_vnd=0, online_vnd=0), "theo quy định của thành phố"),
        (Fee(amount_vnd=0), "không mất tiền"),
        (Fee(), "cháu chưa có thông tin, mời bác hỏi tại quầy"),
        (None, "cháu chưa có thông tin, mời bác hỏi tại quầy"),
        (Fee(amount_vnd=2_000, per="trang"), "hai nghìn đồng một trang"),
        (Fee(amount_vnd=10_000, online_vnd=0), "Nộp trên mạng thì không mất tiền"),
        (Fee(amount_vnd=10_000, online_vnd=7_000), "Nộp trên mạng thì bảy nghìn đồng"),
    ],
)
def test_fees_are_said_as_they_are_known(fee: Fee | None, words: str) -> None:
    [answer] = spoken(procedure(fee=fee), "fee")
    assert words in answer
    assert words in " ".join(spoken(procedure(fee=fee)))


def test_a_fee_set_by_the_city_is_never_called_free() -> None:
    record = procedure(fee=Fee(set_locally=True, amount_vnd=0, online_vnd=0))
    screen = screen_answer(record, case_id=None, counter="3")
    texts = [*spoken(record), *spoken(record, "fee"), screen.fee]
    assert not re.search("không mất tiền|miễn phí", " ".join(texts), re.IGNORECASE)
    assert "no fee" not in " ".join(spoken(record, locale="en")).lower()


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        (Duration(quantity=1), "cán bộ sẽ hẹn ngày trả kết quả"),
        (None, "cán bộ sẽ hẹn ngày trả kết quả"),
        (Duration(quantity=1, same_day=True), "ngay trong ngày"),
        (Duration(quantity=2.5, unit="day"), "hai phẩy năm ngày"),
        (Duration(quantity=15, unit="minute"), "mười lăm phút"),
    ],
)
def test_times_are_said_only_when_they_are_known(duration: Duration | None, words: str) -> None:
    [answer] = spoken(procedure(duration=duration), "time")
    assert words in answer.lower()


def test_a_facet_is_answered_by_that_facet_only() -> None:
    record = procedure(forms=("Tờ khai CT01",), online="vneid", online_note="")
    assert spoken(record, "fee") == ["Lệ phí hai mươi nghìn đồng một bản ạ."]
    assert spoken(record, "where") == ["Mời bác đến quầy số ba ạ."]
    assert spoken(record, "form") == ["Bác điền tờ khai CT01."]
    assert spoken(record, "online") == ["Bác cũng làm được trên ứng dụng VNeID."]
    assert spoken(procedure(), "form") == [
        "Cháu chưa có thông tin về tờ khai, mời bác hỏi tại quầy số ba ạ."
    ]


def test_other_cases_are_mentioned_until_one_is_chosen() -> None:
    record = procedure(cases=(ORDINARY, PROXY))
    open_question = spoken(record)[0]
    assert "Tờ khai CT01".lower() in open_question.lower()
    assert "người khác đi thay thì giấy tờ khác một chút, bác bảo cháu nhé" in open_question
    chosen = spoken(record, case_id="by_proxy")[0]
    assert "giấy ủy quyền" in chosen
    assert "khác một chút" not in chosen


def test_papers_that_do_not_fit_are_counted_and_told_next() -> None:
    papers = tuple(f"Giấy xác nhận số {n} của cơ quan cũ" for n in range(1, 11))
    parts = spoken(procedure(cases=(PaperCase(id="ordinary", label="Thường", papers=papers),)))
    assert re.search(r"và \w+ giấy tờ nữa", parts[0])
    said = " ".join(parts)
    for number in ("một", "năm", "mười"):
        assert f"giấy xác nhận số {number} của cơ quan cũ" in said


def test_people_who_must_come_are_not_brought_like_papers() -> None:
    case = PaperCase(id="ordinary", label="Thường", papers=("Tờ khai", "Hai bên cùng có mặt"))
    answer = " ".join(spoken(procedure(cases=(case,))))
    assert "Khi nộp, cần hai bên cùng có mặt." in answer
    assert "cần tờ khai." in answer


def test_a_procedure_without_details_is_left_to_the_staff() -> None:
    [answer] = spoken(procedure(cases=(), fee=None, duration=None))
    assert "chưa có thông tin" in answer
    assert "quầy số ba" in answer


def test_a_counter_may_be_a_number_a_name_or_unknown() -> None:
    assert spoken(procedure(), "where", counter="quầy 3") == ["Mời bác đến quầy số ba ạ."]
    assert spoken(procedure(), "where", counter="Tư pháp") == ["Mời bác đến quầy Tư pháp ạ."]
    assert spoken(procedure(), "where", counter="") == ["Mời bác đến quầy hướng dẫn ạ."]


def test_english_frames_vietnamese_paper_names_and_says_so_once() -> None:
    said = " ".join(spoken(procedure(), locale="en"))
    assert said.count("in Vietnamese") == 1
    assert "tờ khai CT01" in said
    assert "twenty thousand dong per copy" in said
    assert "within three working days, please hand it in at counter three" in said


def test_english_names_papers_people_and_other_cases() -> None:
    birth = " ".join(spoken(CATALOGUE["1.001193"], locale="en"))
    assert birth.startswith("Please bring: birth registration form, original hospital birth notice")
    assert "In the case of a baby without a hospital birth notice or another one" in birth
    move = " ".join(spoken(CATALOGUE["1.004222"], locale="en"))
    assert "residence change form CT01" in move
    marriage = spoken(CATALOGUE["1.000894"], "papers", locale="en")
    assert "When you hand it in, we need both the man and the woman in person." in marriage[0]


def test_papers_needed_only_if_come_last_in_english_too() -> None:
    said = " ".join(spoken(CATALOGUE["1.001776"], "papers", locale="en"))
    assert said.index("application for social allowance") < said.index("if not in the system")


def test_the_screen_in_english_names_papers_and_cases_without_a_note() -> None:
    answer = screen_answer(CATALOGUE["1.001193"], case_id="by_proxy", counter="3", locale="en")
    assert answer.case_label == "Somebody else registering for you"
    assert ("surrogate", "A baby born by surrogacy") in answer.cases
    assert answer.papers[0] == "Birth registration form"
    assert answer.papers_note == ""


@pytest.mark.parametrize("locale", ["vi", "en"])
@pytest.mark.parametrize("address", [Address(), Address("anh chị", "em")])
@pytest.mark.thorough
def test_every_answer_can_be_listened_to(locale: str, address: Address) -> None:
    for record in CATALOGUE:
        for case_id in (None, *(case.id for case in record.cases)):
            for facet in FACETS:
                parts = spoken(record, facet, case_id, address=address, locale=locale)
                assert parts, (record.code, facet)
                for part in parts:
                    assert unicodedata.is_normalized("NFC", part)
                    assert not re.search(r"\b[0-9]+\b", part), (record.code, part)
                    assert len(sentences(part)) <= 3, (record.code, part)
                    for sentence in sentences(part):
                        assert len(read_aloud(sentence, locale).split()) <= 25, sentence


@pytest.mark.thorough
def test_every_first_part_has_papers_fee_time_and_counter() -> None:
    for record in CATALOGUE:
        first = spoken(record)[0].lower()
        assert "quầy số ba" in first, record.code
        assert re.search("lệ phí|không mất tiền", first), record.code
        assert re.search("cần|giấy tờ", first), record.code
        assert re.search("kết quả|thời gian", first), record.code


def test_the_screen_has_the_complete_answer() -> None:
    record = procedure(
        cases=(ORDINARY, PROXY),
        fee=Fee(amount_vnd=20_000, per="trang", online_vnd=0, note="Hộ nghèo được miễn."),
        online="national_portal",
        forms=("Tờ khai CT01",),
    )
    answer = screen_answer(record, case_id=None, counter="3")
    assert answer.title == "Xin giấy mẫu"
    assert answer.case_label == "Có giấy cũ"
    assert answer.cases == (("ordinary", "Có giấy cũ"), ("by_proxy", "Người khác đi thay"))
    assert answer.papers == ORDINARY.papers
    assert answer.fee == "20.000 đồng/trang. Nộp trên mạng: không mất tiền. Hộ nghèo được miễn."
    assert answer.duration == "3 ngày làm việc"
    assert answer.forms == ("Tờ khai CT01",)
    assert answer.counter == "Quầy số 3"
    assert answer.online == "Nộp được trên Cổng Dịch vụ công quốc gia"
    assert answer.source_line == "Nguồn: Cổng Dịch vụ công quốc gia, ảnh chụp tháng 07/2026"
    assert answer.papers_note == ""


def test_the_screen_in_english_says_that_papers_are_named_in_vietnamese() -> None:
    record = procedure(duration=Duration(quantity=1, unit="day"))
    answer = screen_answer(record, case_id=None, counter="3", locale="en")
    assert answer.fee == "20,000 dong per copy"
    assert answer.duration == "1 day"
    assert answer.counter == "Counter 3"
    assert "Vietnamese" in answer.papers_note


def test_unknown_cases_and_locales_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"1\.000001 has no case 'nobody'"):
        spoken(procedure(), case_id="nobody")
    with pytest.raises(ValueError, match="'fr'"):
        screen_answer(procedure(), case_id=None, counter="3", locale="fr")


def test_another_prompt_directory_can_be_given(tmp_path: Path) -> None:
    with pytest.raises(PromptError, match=re.escape(str(tmp_path))):
        spoken(procedure(), directory=tmp_path)


def test_english_names_what_a_fee_is_for() -> None:
    for record in CATALOGUE:
        if record.fee and record.fee.per and record.fee.amount_vnd:
            [answer] = spoken(record, "fee", locale="en")[:1]
            assert re.search(r"dong per [a-z]+\.", answer), (record.code, answer)
