"""A form filled in talk: consent first, each answer read back, nothing shown, nothing left."""

from dataclasses import replace

import pytest

from kiosk_robot.dialogue.sentences import Sentences
from kiosk_robot.dialogue.session import (
    CallStaff,
    DeviceChanged,
    Phase,
    PrintForm,
    Say,
    ScanDocument,
    Session,
    StopScan,
)

BIRTH, RESIDENCE, COPY = "1.001193", "1.004222", "2.000815"
VI = Sentences.load("vi").by_key
SECRETS = ("Hằng", "HẰNG", "001194026153", "Phố Mẫu", "0912", "không chín một", "Danh", "DANH")
# What the citizen tells for CT01 after the card, in the order it is asked.
TOLD = (
    "không chín một hai ba bốn năm sáu bảy tám",
    "bỏ qua",
    "trần văn quý danh",
    "vợ",
    "001 090 026 153",
    "đăng ký thường trú vào nhà chồng",
)


def said(commands, key: str) -> bool:
    opening = VI[key].split("{")[0] or VI[key].split("}")[1].split("{")[0]
    return any(opening.strip() in c.caption for c in commands if isinstance(c, Say))


@pytest.fixture
def consenting(visit):
    """Asked for the residence form; nothing answered yet."""
    visit.arrive()
    visit.run()
    visit.request("fill_form", text="điền tờ khai cư trú giúp tôi")
    visit.run()
    return visit


@pytest.fixture
def filling(consenting):
    """The card is read; the first missing field is asked for."""
    consenting.request("affirm")
    consenting.run()
    return consenting


@pytest.fixture
def reviewing(filling):
    for words in TOLD:
        filling.dictate(words)
        filling.run()
    return filling


def form(visit):
    return visit.session.form


def value(visit, name: str) -> str:
    return form(visit).value(form(visit).form.field(name))


# --- which form -------------------------------------------------------------------------------


def test_the_form_of_the_procedure_under_discussion_is_meant(visit):
    visit.arrive()
    visit.ask(BIRTH)
    visit.request("fill_form")
    assert form(visit).form.code == "birth"


def test_without_a_procedure_it_asks_which_and_any_form_can_be_pressed(visit, catalogue):
    visit.arrive()
    assert said(visit.request("fill_form"), "which_form")
    assert visit.session.phase == Phase.CHOOSE_FORM
    visit.press("form:land_tax")
    assert form(visit).form.code == "land_tax"


def test_the_form_can_be_told_by_its_procedure(visit):
    visit.arrive()
    visit.request("fill_form")
    visit.ask(BIRTH)
    assert form(visit).form.code == "birth"


@pytest.mark.parametrize("intent", ["out_of_scope", "ask_procedure", "not_understood"])
def test_a_form_that_is_named_is_meant_whatever_it_resembles(visit, intent):
    visit.arrive()
    visit.request(intent, "handoff", text="điền tờ khai thuế đất phi nông nghiệp")
    assert form(visit).form.code == "land_tax"
    visit.request("cancel")
    visit.request("fill_form")
    visit.request(intent, "handoff", text="biến động đất đai")
    assert form(visit).form.code == "land_change"


def test_a_form_that_is_only_talked_about_is_not_begun(visit):
    visit.arrive()
    visit.ask(BIRTH, text="tờ khai khai sinh xin ở đâu")
    assert form(visit) is None


def test_another_question_instead_of_a_form_is_answered(visit):
    visit.arrive()
    visit.request("fill_form")
    visit.ask(COPY)
    assert visit.session.phase == Phase.CONFIRM_TICKET


def test_a_form_we_have_not_is_not_begun(visit):
    visit.arrive()
    visit.ask(COPY)
    assert said(visit.request("fill_form"), "form_not_ready")
    assert visit.only(CallStaff).reason == "asked"


def test_without_its_printer_no_form_is_begun(visit):
    visit.step(DeviceChanged("form_printer", False))
    visit.arrive()
    assert said(visit.request("fill_form", text="điền tờ khai cư trú"), "form_no_printer")
    assert form(visit) is None
    assert visit.only(CallStaff).reason == "asked"


# --- consent ----------------------------------------------------------------------------------


def test_the_notice_says_what_why_how_long_and_by_what_and_the_camera_waits(consenting):
    notice = " ".join(consenting.captions())
    for part in ("là máy", "xem mã trên thẻ", "chỉ để in tờ khai", "xóa", "đồng ý"):
        assert part in notice
    assert consenting.all(ScanDocument) == []
    assert [c.id for c in consenting.choices()][:2] == ["affirm", "deny"]


def test_with_a_yes_the_card_fills_its_fields_and_greets_once(filling):
    assert len(filling.all(ScanDocument)) == 1
    greetings = [c for c in filling.all(Say) if "Hằng" in c.text]
    assert len(greetings) == 1
    assert greetings[0].personal
    assert "(tên trên thẻ)" in greetings[0].caption
    assert (filling.session.phase, filling.session.asking) == (Phase.FILLING_FORM, "phone")


def test_with_a_no_the_camera_stays_blind_and_everything_is_asked(consenting):
    consenting.request("deny")
    consenting.run()
    assert consenting.all(ScanDocument) == []
    assert (consenting.session.phase, consenting.session.asking) == (Phase.FILLING_FORM, "name")


def test_a_card_that_cannot_be_read_is_asked_for_in_words(consenting):
    consenting.errors[ScanDocument] = "nothing_read"
    consenting.request("affirm")
    consenting.run()
    assert said(consenting.commands, "form_without_card")
    assert consenting.session.asking == "name"


def test_a_card_read_before_is_not_asked_for_again(visit):
    visit.arrive()
    visit.request("scan_card")
    visit.request("affirm")
    visit.run()
    visit.request("fill_form", text="điền tờ khai cư trú")
    visit.request("affirm")
    assert len(visit.all(ScanDocument)) == 1
    assert value(visit, "name") == "NGUYỄN THỊ BÍCH HẰNG"


def test_cancel_while_scanning_blinds_the_camera(consenting):
    consenting.request("affirm")
    consenting.request("cancel")
    assert consenting.only(StopScan)
    assert form(consenting) is None


# --- field by field ---------------------------------------------------------------------------


def test_each_answer_is_said_back_and_the_next_is_asked(filling):
    commands = [c for c in filling.dictate(TOLD[0]) if isinstance(c, Say)]
    assert commands[0].text == "Dạ, không chín một, hai ba bốn, năm sáu bảy, tám."
    assert commands[0].caption == "Dạ, (điều đã khai)."
    assert commands[0].personal
    assert filling.session.asking == "email"


def test_what_does_not_fit_is_asked_again_and_never_written(filling):
    for _ in range(2):
        assert said(filling.dictate("chín một hai"), "form_unclear_phone")
        assert value(filling, "phone") == ""
        assert filling.session.asking == "phone"
    assert said(filling.dictate("chín một hai"), "form_left_blank"), "the third time it is left"
    assert value(filling, "phone") == ""
    assert filling.session.asking == "email"


def test_only_what_may_be_blank_is_skipped(filling):
    assert said(filling.dictate("bỏ qua"), "form_required")
    assert filling.session.asking == "phone"
    filling.dictate("0912345678")
    filling.dictate("bỏ qua ạ")
    assert filling.session.asking == "head_name"
    assert value(filling, "email") == ""


def test_the_last_answer_and_any_other_can_be_corrected(filling):
    filling.dictate("0912345678")
    filling.dictate("nhầm rồi")
    assert filling.session.asking == "phone"
    filling.dictate("0987654321")
    assert value(filling, "phone") == "0987654321"
    filling.dictate("sửa ngày sinh")
    assert filling.session.asking == "birth_date"
    filling.dictate("mùng ba tháng hai năm chín mươi")
    assert value(filling, "birth_date") == "03/02/1990"
    assert filling.session.asking == "email"


def test_a_choice_can_be_pressed(filling):
    for words in TOLD[:3]:
        filling.dictate(words)
    filling.press("answer:Chủ hộ")
    assert value(filling, "relation") == "Chủ hộ"
    assert value(filling, "head_identity") == "001194026153"
    assert filling.session.asking == "request"


def test_the_question_is_repeated_on_request(filling):
    filling.run()
    [question] = [c for c in filling.dictate("nhắc lại")[-1:] if isinstance(c, Say)]
    assert question.caption == "Số điện thoại của bác là gì ạ?"


def test_stopping_forgets_form_and_card(filling):
    filling.dictate("0912345678")
    filling.run()
    filling.dictate("thôi")
    filling.run()
    assert (filling.session.form, filling.session.card) == (None, None)
    assert filling.session.phase == Phase.LISTENING
    assert not any(secret in text for text, *_ in filling.session.last_said for secret in SECRETS)


def test_staff_can_be_called_without_losing_the_form(filling):
    filling.dictate("gọi cán bộ")
    assert filling.only(CallStaff).reason == "asked"
    assert filling.session.asking == "phone"


def test_words_outside_a_form_are_not_taken_for_answers(visit):
    visit.arrive()
    before = visit.session
    assert visit.dictate("0912345678") == []
    assert visit.session == before


def test_the_other_language_goes_on_with_the_same_field(filling):
    commands = filling.press("switch_language")
    assert any(c.caption == "What is your phone number?" for c in commands if isinstance(c, Say))
    assert filling.session.asking == "phone"


# --- read-back and paper ----------------------------------------------------------------------


def test_everything_is_read_back_and_printed_after_a_yes(reviewing):
    spoken = " ".join(c.text for c in reviewing.all(Say))
    for words in ("Nguyễn Thị Bích Hằng", "02/09/1994", "không không một, một chín bốn", "Vợ"):
        assert words in spoken
    assert reviewing.all(PrintForm) == []
    reviewing.dictate("đúng rồi ạ")
    reviewing.run()
    printed = reviewing.only(PrintForm)
    assert printed.filling.blank() == []
    assert said(reviewing.commands, "form_printed")
    assert (reviewing.session.form, reviewing.session.card) == (None, None)


def test_what_is_wrong_is_asked_again_and_all_read_back(reviewing):
    reviewing.dictate("chưa đúng")
    fields = [c.id for c in reviewing.choices() if c.id.startswith("field:")]
    assert "field:phone" in fields
    reviewing.press("field:phone")
    assert reviewing.session.phase == Phase.FILLING_FORM
    reviewing.dictate("0987654321")
    assert reviewing.session.phase == Phase.REVIEWING_FORM
    assert value(reviewing, "phone") == "0987654321"


def test_in_the_read_back_a_field_is_corrected_by_its_name(reviewing):
    reviewing.dictate("sửa số điện thoại")
    assert reviewing.session.asking == "phone"


def test_the_ticket_number_goes_on_the_form(with_ticket):
    with_ticket.request("fill_form", text="điền tờ khai cư trú")
    with_ticket.request("deny")
    with_ticket.session = replace(with_ticket.session, phase=Phase.REVIEWING_FORM)
    with_ticket.press("affirm")
    assert with_ticket.only(PrintForm).ticket == "A001"


def test_a_form_that_was_not_printed_can_be_tried_again(reviewing):
    reviewing.errors[PrintForm] = "offline"
    reviewing.dictate("đúng")
    reviewing.run()
    assert said(reviewing.commands, "form_print_failed")
    assert reviewing.only(CallStaff).reason == "device_failed"
    reviewing.errors.clear()
    reviewing.dictate("in lại")
    reviewing.run()
    assert len(reviewing.all(PrintForm)) == 2
    assert form(reviewing) is None


# --- nothing remains --------------------------------------------------------------------------


def test_nothing_personal_is_ever_shown(reviewing):
    reviewing.dictate("sửa số điện thoại")
    reviewing.dictate("0912345670")
    reviewing.dictate("đúng")
    reviewing.run()
    shown = [*reviewing.captions(), repr(reviewing.session), *map(repr, reviewing.commands)]
    shown += [f"{c.id} {c.label}" for c in reviewing.choices()]
    assert not any(secret in text for secret in SECRETS for text in shown)
    assert all(c.personal for c in reviewing.all(Say) if any(s in c.text for s in SECRETS))


@pytest.mark.parametrize("ending", ["cancelled", "absent", "silent"])
def test_whoever_leaves_is_forgotten(reviewing, ending):
    if ending == "cancelled":
        reviewing.cancel()
    elif ending == "absent":
        reviewing.leave()
        reviewing.wait(30.5)
    else:
        for _ in range(2):
            reviewing.wait(60.5)
            reviewing.run()
    assert replace(reviewing.session, serial=0, lost=frozenset(), pending=()) == Session()


def test_who_leaves_while_the_form_is_printed_leaves_nothing(reviewing):
    reviewing.dictate("đúng")
    reviewing.run(but=PrintForm)
    reviewing.leave()
    reviewing.wait(30.5)
    assert reviewing.session.pending == ()
    assert reviewing.finish(reviewing.only(PrintForm)) == []


def test_another_request_ends_the_form(filling):
    filling.dictate("0912345678")
    filling.ask(BIRTH)
    assert (filling.session.form, filling.session.card) == (None, None)
