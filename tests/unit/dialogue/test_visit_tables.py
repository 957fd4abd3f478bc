"""Whole visits as tables: what the citizen does, what the robot does and says."""

from dataclasses import replace

import pytest

from kiosk_robot.config import load_site
from kiosk_robot.dialogue.sentences import Sentences
from kiosk_robot.dialogue.session import (
    CallStaff,
    Cancelled,
    DeviceChanged,
    Dispense,
    Finished,
    Phase,
    PrintTicket,
    Requested,
    ReserveTicket,
    Say,
    ScanDocument,
    ScanHinted,
    Session,
    SettleTicket,
    StopScan,
    StopSpeech,
    SubmitFeedback,
)
from kiosk_robot.documents.card import parse_card
from kiosk_robot.documents.hints import Hint
from kiosk_robot.understanding.model import RankedProcedure, Understanding

BIRTH, COPY, RESIDENCE = "1.001193", "2.000815", "1.004222"
PRINTER_ERRORS = (
    "paper_out", "cover_open", "offline", "unknown_outcome", "canceled", "not_active",
    "render_failed", "node_lost",
)  # fmt: skip
ELDERLY = parse_card(
    "001053026153||Nguyễn Văn Mẫu|02091953|Nam|Số 5 Phố Mẫu, phường Cửa Nam, Hà Nội|10052021"
)
PERSONAL = ("Hằng", "HẰNG", "001194026153", "012345678", "Phố Mẫu")
VI, EN = Sentences.load("vi").by_key, Sentences.load("en").by_key


def begins(key: str, sentences: dict[str, str] = VI) -> str:
    """The words of a sentence before the first value, said to somebody of the default address."""
    text = sentences[key].format_map(
        _Marked(citizen="bác", Citizen="Bác", robot="cháu", Robot="Cháu")
    )
    first_words = text.partition("\0")[0]
    assert first_words, f"{key} begins with something filled in"
    return first_words


class _Marked(dict):
    def __missing__(self, _key: str) -> str:
        return "\0"


def said(commands, key: str, sentences: dict[str, str] = VI) -> bool:
    """Whether a sentence is among what the robot says."""
    captions = [command.caption for command in commands if isinstance(command, Say)]
    return any(caption.startswith(begins(key, sentences)) for caption in captions)


def nothing_personal(session: Session) -> bool:
    """Whether the session is that of a robot with nobody before it."""
    bare = replace(session, serial=0, lost=frozenset(), pending=(), rests={})
    return bare == Session()


# --- the first visit --------------------------------------------------------------------------


def test_the_first_visit_from_greeting_to_goodbye(visit):
    assert said(visit.arrive(), "greeting")
    visit.run()

    answer = visit.ask(BIRTH, text="tôi muốn làm giấy khai sinh cho con")
    for fact in ("giấy tờ thứ nhất", "không mất tiền", "ba ngày làm việc", "quầy số một"):
        assert fact in answer[0].caption
    assert said(answer, "offer_ticket_or_more")
    visit.run()

    assert said(visit.request("affirm", text="có"), "giving_ticket")
    visit.run(but=PrintTicket)
    assert visit.settled() == [("printing", "")], "not issued before it is in the citizen's hand"
    printed = visit.only(PrintTicket)
    assert (printed.ticket.number, printed.counter_label) == ("A001", "Quầy 1")
    assert printed.procedure == "Đăng ký khai sinh"
    assert len(printed.papers) == 8

    issued = visit.finish(printed)
    assert visit.settled() == [("printing", ""), ("issued", "paper")]
    assert said(issued, "ticket_issued")
    assert said(issued, "nobody_ahead")
    visit.run()
    assert visit.session.ticket.on_paper

    visit.request("request_drink", text="cho tôi xin cốc nước")
    visit.run()
    assert visit.only(Dispense).item == "water"
    assert said(visit.commands, "dispensed_water")

    assert said(visit.request("goodbye", text="cảm ơn, tôi về đây"), "ask_rating")
    visit.run()
    visit.request("give_feedback", text="hai điểm", slots={"rating": "2"})
    visit.run()
    feedback = visit.only(SubmitFeedback)
    assert (feedback.rating, feedback.counter) == (2, "1")
    assert said(visit.commands, "feedback_sorry_alerted")
    assert said(visit.commands, "ask_comment")
    visit.request("deny", text="không")
    visit.run()
    assert said(visit.commands, "goodbye")
    assert visit.kinds() == [
        "ReserveTicket", "SettleTicket", "PrintTicket", "SettleTicket", "Dispense",
        "SubmitFeedback",
    ]  # fmt: skip
    assert nothing_personal(visit.session)
    assert visit.session.pending == ()


def test_the_same_visit_by_touch_gives_the_same_commands(new_visit):
    spoken, touched = new_visit(), new_visit()
    for visit in (spoken, touched):
        visit.arrive()
        visit.run()
    steps = [
        (lambda: spoken.ask(BIRTH), f"procedure:{BIRTH}"),
        (lambda: spoken.request("tell_more"), "tell_more"),
        (lambda: spoken.request("affirm"), "affirm"),
        (lambda: spoken.request("request_drink"), "request_drink"),
        (lambda: spoken.request("request_snack"), "request_snack"),
        (lambda: spoken.request("scan_card"), "scan_card"),
        (lambda: spoken.request("affirm"), "affirm"),
        (lambda: spoken.request("call_staff"), "call_staff"),
        (lambda: spoken.request("goodbye"), "goodbye"),
        (lambda: spoken.request("give_feedback", slots={"rating": "2"}), "rating:2"),
        (lambda: spoken.request("deny"), "deny"),
    ]
    for say, button in steps:
        say()
        spoken.run()
        touched.press(button)
        touched.run()
    assert touched.kinds() == spoken.kinds()
    assert touched.captions() == spoken.captions()
    assert nothing_personal(touched.session)


def test_the_greeting_names_the_site_and_says_it_is_a_machine(visit):
    [greeting] = visit.arrive()
    assert "phường Cửa Nam" in greeting.caption
    assert "máy" in greeting.caption


def test_somebody_who_stays_is_greeted_once(visit):
    visit.arrive()
    assert visit.arrive() == []


# --- tickets ----------------------------------------------------------------------------------


@pytest.mark.parametrize("error", PRINTER_ERRORS)
def test_a_failing_printer_leaves_the_number_on_the_screen(printing, error):
    commands = printing.finish(printing.only(PrintTicket), error)
    assert said(commands, "ticket_on_screen")
    assert any("A001" in c.caption for c in commands if isinstance(c, Say))
    assert printing.settled() == [("printing", ""), ("issued", "screen")]
    printing.run()
    assert printing.session.ticket.number == "A001"
    assert not printing.session.ticket.on_paper
    assert printing.session.phase == Phase.LISTENING


@pytest.mark.parametrize("error", ["store_failed", "timeout", "unknown_procedure"])
def test_a_failing_queue_gets_an_apology_and_staff(visit, error):
    visit.arrive()
    visit.ask(BIRTH)
    visit.errors[ReserveTicket] = error
    visit.request("affirm")
    visit.run()
    assert said(visit.commands, "ticket_failed")
    assert visit.only(CallStaff).reason == "device_failed"
    assert visit.all(PrintTicket) == []
    assert visit.session.phase == Phase.LISTENING


def test_after_a_failing_queue_the_number_can_be_asked_for_again(visit):
    visit.arrive()
    visit.ask(BIRTH)
    visit.errors[ReserveTicket] = "store_failed"
    visit.request("affirm")
    visit.run()
    visit.errors.clear()
    visit.request("take_ticket")
    visit.run()
    first, second = visit.all(ReserveTicket)
    assert first.request_id != second.request_id
    assert visit.session.ticket.on_paper


@pytest.mark.parametrize("again", ["affirm", "take_ticket"])
def test_a_second_press_gives_no_second_ticket(printing, again):
    printing.request(again)
    printing.run()
    assert len(printing.all(ReserveTicket)) == 1
    assert len(printing.all(PrintTicket)) == 1


@pytest.mark.parametrize(
    "between",
    [
        lambda visit: visit.ask(BIRTH),
        lambda visit: visit.press("switch_language"),
        lambda visit: visit.press("cancel"),
        lambda visit: visit.request("scan_card"),
        lambda visit: visit.request("give_feedback"),
    ],
    ids=["asks again", "changes language", "cancels", "shows a card", "rates"],
)
def test_nothing_in_between_gives_a_second_ticket_while_the_first_is_printed(printing, between):
    between(printing)
    printing.request("take_ticket")
    printing.request("take_ticket")
    printing.run()
    assert len(printing.all(ReserveTicket)) == 1
    assert printing.settled() == [("printing", ""), ("issued", "paper")]


def test_while_a_number_is_printed_no_other_one_is_offered_for_the_same_procedure(printing):
    assert not said(printing.ask(BIRTH), "offer_ticket")


def test_who_has_a_ticket_is_told_so(with_ticket):
    assert said(with_ticket.request("take_ticket"), "already_has_ticket")
    assert len(with_ticket.all(ReserveTicket)) == 1


def test_another_procedure_gets_a_ticket_of_its_own(with_ticket):
    with_ticket.ask(RESIDENCE)
    with_ticket.request("affirm")
    with_ticket.run()
    assert [c.procedure_code for c in with_ticket.all(ReserveTicket)] == [BIRTH, RESIDENCE]
    assert with_ticket.session.ticket.procedure_code == RESIDENCE


def test_a_number_without_a_procedure_asks_what_for(visit):
    visit.arrive()
    assert said(visit.request("take_ticket"), "which_procedure")
    assert visit.all(ReserveTicket) == []


def test_no_number_wanted(visit):
    visit.arrive()
    visit.ask(BIRTH)
    assert said(visit.request("deny"), "no_ticket")
    assert visit.session.phase == Phase.LISTENING
    assert visit.all(ReserveTicket) == []


def test_how_long_to_wait_asks_for_the_same_ticket_and_prints_nothing(with_ticket):
    with_ticket.request("ask_wait")
    with_ticket.run()
    first, again = with_ticket.all(ReserveTicket)
    assert (again.request_id, again.procedure_code) == (first.request_id, first.procedure_code)
    assert len(with_ticket.all(PrintTicket)) == 1
    assert with_ticket.captions()[-1].startswith(begins("nobody_ahead"))


def test_how_long_to_wait_after_another_number_failed_gives_no_new_ticket(with_ticket):
    with_ticket.ask(RESIDENCE)
    with_ticket.errors[ReserveTicket] = "store_failed"
    with_ticket.request("affirm")
    with_ticket.run()
    with_ticket.errors.clear()
    with_ticket.request("ask_wait")
    with_ticket.run()
    assert len(with_ticket.all(PrintTicket)) == 1
    assert with_ticket.session.ticket.number == "A001"


def test_how_long_to_wait_asked_before_leaving_does_not_void_the_ticket_in_hand(with_ticket):
    with_ticket.request("ask_wait")
    with_ticket.cancel()
    with_ticket.run()
    assert with_ticket.settled() == [("printing", ""), ("issued", "paper")]


def test_how_long_to_wait_while_the_next_number_is_printed_prints_nothing_twice(with_ticket):
    with_ticket.ask(RESIDENCE)
    with_ticket.request("affirm")
    with_ticket.request("ask_wait")
    with_ticket.run(but=ReserveTicket)
    first, second, question = with_ticket.all(ReserveTicket)
    with_ticket.finish(second)
    with_ticket.run(but=ReserveTicket)
    with_ticket.finish(question)
    with_ticket.run()
    assert [c.ticket.number for c in with_ticket.all(PrintTicket)] == ["A001", "A002"]
    assert question.request_id == first.request_id


def test_without_a_ticket_there_is_no_waiting(visit):
    visit.arrive()
    assert said(visit.request("ask_wait"), "no_ticket_yet")


def test_people_ahead_are_told(visit):
    visit.people_ahead = 3
    visit.arrive()
    visit.ask(BIRTH)
    visit.request("affirm")
    visit.run()
    assert any("3 người" in caption for caption in visit.captions())


@pytest.mark.parametrize(
    ("wait", "words"),
    [((10, 20), "10 đến 20 phút"), ((0, 5), "5 phút"), ((0, 0), "")],
)
def test_the_wait_is_told_with_the_number_and_when_asked(visit, wait, words):
    visit.people_ahead, visit.told_wait = 3, wait
    visit.arrive()
    visit.ask(BIRTH)
    visit.request("affirm")
    visit.run()
    before = len(visit.captions())
    visit.request("ask_wait")
    visit.run()
    for said_then in (visit.captions()[:before], visit.captions()[before:]):
        told = [caption for caption in said_then if " phút" in caption]
        assert len(told) == bool(words)
        assert all(words in caption for caption in told)


def test_a_ticket_reserved_after_the_citizen_left_is_void(visit):
    visit.arrive()
    visit.ask(BIRTH)
    visit.request("affirm")
    visit.run(but=ReserveTicket)
    visit.cancel()
    visit.run()
    assert visit.settled() == [("void", "")]
    assert visit.all(PrintTicket) == []


def test_a_ticket_of_the_last_citizen_is_not_given_to_the_next(visit):
    visit.arrive()
    visit.ask(BIRTH)
    visit.request("affirm")
    visit.run(but=ReserveTicket)
    visit.cancel()
    visit.arrive()
    visit.run()
    assert visit.settled() == [("void", "")]
    assert visit.session.ticket is None


def test_a_ticket_printed_after_the_citizen_left_is_issued(printing):
    printing.cancel()
    printing.run()
    assert printing.settled() == [("printing", ""), ("issued", "paper")]
    assert nothing_personal(printing.session)


@pytest.mark.parametrize("error", PRINTER_ERRORS)
def test_a_ticket_in_doubt_after_the_citizen_left_is_for_the_queue_to_settle(printing, error):
    printing.cancel()
    printing.finish(printing.only(PrintTicket), error)
    printing.run()
    assert printing.settled() == [("printing", "")]


def test_a_number_that_the_queue_has_closed_is_not_shown(printing):
    printing.finish(printing.only(PrintTicket), "request_closed")
    printing.run()
    assert printing.session.ticket is None
    assert printing.settled() == [("printing", "")]
    assert printing.session.phase == Phase.LISTENING
    assert any("gọi cán bộ" in caption for caption in printing.captions())


def test_a_number_on_the_screen_that_cannot_be_issued_is_taken_back(printing):
    printing.finish(printing.only(PrintTicket), "paper_out")
    assert printing.session.ticket is not None
    settle = next(c for c in printing.all(SettleTicket) if c.outcome == "issued")
    printing.finish(settle, "not_allowed")
    assert printing.session.ticket is None
    printing.run()
    assert any("gọi cán bộ" in caption for caption in printing.captions())


def test_somebody_of_sixty_gets_large_print(visit):
    visit.arrive()
    visit.ask(BIRTH)
    visit.session = replace(visit.session, card=ELDERLY)
    visit.request("affirm")
    visit.run(but=PrintTicket)
    assert visit.only(PrintTicket).large_print


# --- water and candy --------------------------------------------------------------------------

COOL_DOWN_S = load_site("cua_nam").cool_down


def test_a_second_cup_is_refused_and_candy_is_not(visit):
    visit.arrive()
    visit.request("request_drink")
    visit.run()
    assert said(visit.request("request_drink"), "dispense_enough")
    visit.request("request_snack")
    visit.run()
    assert [c.item for c in visit.all(Dispense)] == ["water", "candy"]


def test_a_second_press_while_the_cup_is_on_its_way_gives_no_second_cup(visit):
    visit.arrive()
    visit.request("request_drink")
    visit.request("request_drink")
    visit.run()
    assert len(visit.all(Dispense)) == 1


@pytest.mark.parametrize(
    ("error", "sentence", "another_try"),
    [
        ("empty", "dispense_empty", True),
        ("jam", "dispense_failed", True),
        ("node_lost", "dispense_failed", True),
        ("unknown_outcome", "dispense_failed", False),
    ],
)
def test_a_failing_dispenser_gets_an_apology_and_staff(visit, error, sentence, another_try):
    visit.arrive()
    visit.errors[Dispense] = error
    visit.request("request_drink")
    visit.run()
    assert said(visit.commands, sentence)
    assert visit.only(CallStaff).reason == "device_failed"
    visit.errors.clear()
    visit.request("request_drink")
    visit.run()
    assert len(visit.all(Dispense)) == 1 + another_try
    assert said(visit.commands, "dispense_enough") is not another_try


def test_the_next_citizen_gets_water_too(visit):
    visit.arrive()
    visit.request("request_drink")
    visit.run()
    visit.cancel()
    visit.now += COOL_DOWN_S
    visit.arrive()
    visit.request("request_drink")
    visit.run()
    first, second = visit.all(Dispense)
    assert first.request_id != second.request_id


def test_who_comes_back_at_once_is_asked_to_wait_for_a_second_cup(visit):
    visit.arrive()
    visit.request("request_drink")
    visit.run()
    visit.cancel()
    visit.arrive()
    assert said(visit.request("request_drink"), "dispense_wait")
    visit.now += COOL_DOWN_S
    visit.request("request_drink")
    assert len(visit.all(Dispense)) == 2


def test_a_cup_that_did_not_drop_makes_nobody_wait(visit):
    visit.arrive()
    visit.errors[Dispense] = "jam"
    visit.request("request_drink")
    visit.run()
    visit.cancel()
    visit.arrive()
    visit.request("request_drink")
    assert len(visit.all(Dispense)) == 2


# --- the ID card ------------------------------------------------------------------------------


def test_the_camera_stays_blind_until_a_yes(visit):
    visit.arrive()
    assert said(visit.request("scan_card"), "scan_consent")
    for other in ("repeat", "slower", "greet", "ask_opening_hours"):
        visit.request(other)
    visit.run()
    assert visit.all(ScanDocument) == []
    visit.request("affirm")
    assert len(visit.all(ScanDocument)) == 1


def test_a_declined_card_is_never_looked_at(visit):
    visit.arrive()
    visit.request("scan_card")
    assert said(visit.request("deny"), "scan_declined")
    visit.request("affirm")
    visit.run()
    assert visit.all(ScanDocument) == []


@pytest.fixture
def scanned(visit):
    visit.arrive()
    visit.request("scan_card")
    visit.request("affirm")
    visit.run()
    return visit


def test_the_name_is_spoken_and_nowhere_else(scanned):
    scanned.request("repeat")
    scanned.request("slower")
    scanned.run()
    spoken = [c for c in scanned.all(Say) if "Hằng" in c.text]
    assert spoken
    assert "bác bác" not in spoken[0].text.lower()
    assert all(command.personal for command in spoken)
    shown = [*scanned.captions(), repr(scanned.session), *map(repr, scanned.commands)]
    assert not any(word in text for word in PERSONAL for text in shown)


def test_the_name_is_said_in_english_without_vietnamese_address(visit):
    visit.arrive()
    visit.request("switch_language")
    visit.request("scan_card")
    visit.request("affirm")
    visit.run()
    assert any(c.text.startswith("Hello, Hằng!") for c in visit.all(Say))


def test_a_scan_is_not_in_the_representation_of_its_result():
    assert "Hằng" not in repr(Finished("ScanDocument-1", payload="Nguyễn Thị Bích Hằng"))


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ("nothing_read", "scan_nothing"),
        ("not_a_card", "scan_not_a_card"),
        ("no_camera", "scan_no_camera"),
        ("node_lost", "scan_no_camera"),
    ],
)
def test_without_a_card_everything_goes_on(visit, error, sentence):
    visit.arrive()
    visit.errors[ScanDocument] = error
    visit.request("scan_card")
    visit.request("affirm")
    visit.run()
    assert said(visit.commands, sentence)
    assert visit.session.phase == Phase.LISTENING


def test_a_code_that_is_no_card_is_said_so(visit):
    visit.payload = "https://example.vn/"
    visit.arrive()
    visit.request("scan_card")
    visit.request("affirm")
    visit.run()
    assert said(visit.commands, "scan_not_a_card")
    assert visit.session.card is None


def test_a_card_read_after_the_citizen_changed_their_mind_is_forgotten(visit):
    visit.arrive()
    visit.request("scan_card")
    visit.request("affirm")
    visit.run(but=ScanDocument)
    visit.request("cancel")
    visit.run()
    assert visit.session.card is None
    assert not any("Hằng" in command.text for command in visit.all(Say))


# --- leaving ----------------------------------------------------------------------------------


@pytest.fixture
def known(with_ticket):
    """A citizen the robot knows a good deal about."""
    with_ticket.request("scan_card")
    with_ticket.request("affirm")
    with_ticket.request("request_drink", text="cho chị xin cốc nước")
    with_ticket.request("louder")
    with_ticket.run()
    return with_ticket


def test_the_session_is_wiped_when_goodbye_is_spoken(known):
    known.request("goodbye")
    known.run()
    known.request("deny")
    assert known.session.id, "not before the words are out"
    known.run()
    assert nothing_personal(known.session)


def test_the_session_is_wiped_after_thirty_seconds_of_absence(known):
    known.leave()
    known.wait(29.0)
    assert known.session.card
    known.wait(1.0)
    assert nothing_personal(known.session)


def test_who_comes_back_in_time_goes_on(known):
    known.leave()
    known.wait(20.0)
    assert known.arrive() == []
    known.wait(20.0)
    assert known.session.ticket.number == "A001"


def test_the_session_is_wiped_when_cancelled_from_outside(known):
    known.request("repeat")
    commands = known.step(Cancelled())
    assert [type(command) for command in commands] == [StopSpeech]
    known.run()
    assert nothing_personal(known.session)


@pytest.mark.parametrize("end", ["cancel", "ended from outside", "walked away"])
def test_the_camera_is_blind_again_as_soon_as_the_scan_is_not_wanted(visit, end):
    visit.arrive()
    visit.request("scan_card")
    visit.request("affirm")
    visit.run(but=ScanDocument)
    if end == "cancel":
        visit.request("cancel")
    elif end == "ended from outside":
        visit.cancel()
    else:
        visit.leave()
        visit.wait(30.0)
    assert len(visit.all(StopScan)) == 1


def test_nothing_personal_waits_to_be_spoken_after_a_wipe(visit):
    visit.arrive()
    visit.request("scan_card")
    visit.request("affirm")
    visit.run(but=Say)
    visit.cancel()
    assert not any(isinstance(command, Say) for command, _ in visit.session.pending)


def test_a_visit_without_anything_done_is_not_rated(visit):
    visit.arrive()
    assert said(visit.request("goodbye"), "goodbye")
    visit.run()
    assert nothing_personal(visit.session)


def test_silence_is_asked_about_once_then_ended(visit):
    visit.arrive()
    visit.run()
    assert visit.wait(59.0) == []
    assert said(visit.wait(1.0), "still_there")
    visit.run()
    assert said(visit.wait(60.0), "goodbye")
    visit.run()
    assert nothing_personal(visit.session)


def test_an_answer_to_still_there_keeps_the_visit(visit):
    visit.arrive()
    visit.run()
    visit.wait(60.0)
    visit.run()
    visit.request("greet")
    visit.run()
    assert said(visit.wait(60.0), "still_there")


def test_silence_does_not_count_while_the_robot_speaks(visit):
    visit.arrive()
    assert visit.wait(100.0) == []


def test_called_back_while_taking_leave(visit):
    visit.arrive()
    visit.request("goodbye")
    visit.ask(BIRTH)
    visit.run()
    assert visit.session.phase == Phase.CONFIRM_TICKET


# --- feedback ---------------------------------------------------------------------------------


def test_a_rating_that_cannot_be_kept_calls_staff(visit):
    visit.arrive()
    visit.errors[SubmitFeedback] = "store_failed"
    visit.request("give_feedback", slots={"rating": "5"})
    visit.run()
    assert said(visit.commands, "feedback_kept_later")
    assert visit.only(CallStaff).reason == "device_failed"


def test_a_good_rating_is_thanked_for(visit):
    visit.arrive()
    visit.request("give_feedback", slots={"rating": "5"})
    visit.run()
    assert said(visit.commands, "feedback_thanks")
    assert visit.session.id, "the visit goes on"


def test_a_rating_without_a_number_is_asked_again(visit):
    visit.arrive()
    assert said(visit.request("give_feedback"), "ask_rating")
    assert said(visit.request("give_feedback"), "rating_unclear")


# --- understanding ----------------------------------------------------------------------------


def test_not_understood_twice_calls_staff(visit):
    visit.arrive()
    assert said(visit.request("not_understood", "handoff"), "not_understood")
    assert visit.all(CallStaff) == []
    assert said(visit.request("not_understood", "handoff"), "not_understood_twice")
    assert visit.only(CallStaff).reason == "not_understood"


def test_something_understood_in_between_starts_afresh(visit):
    visit.arrive()
    visit.request("not_understood", "handoff")
    visit.request("greet")
    visit.request("not_understood", "handoff")
    assert visit.all(CallStaff) == []


def clarify(visit):
    options = (RankedProcedure(BIRTH, 0.8), RankedProcedure(COPY, 0.79))
    return visit.request(
        "ask_procedure", "clarify", procedures=options, question="Khai sinh hay bản sao ạ?"
    )


def test_a_clarifying_question_is_asked_chosen_and_answered(visit):
    visit.arrive()
    [question] = [c for c in clarify(visit) if isinstance(c, Say)]
    assert question.caption == "Khai sinh hay bản sao ạ?"
    assert [c.id for c in visit.choices()][:2] == [f"procedure:{BIRTH}", f"procedure:{COPY}"]
    answer = visit.press(f"procedure:{COPY}")
    assert said(answer, "offer_ticket_or_more")
    assert (visit.session.procedure, visit.session.offered) == (COPY, ())


def test_a_choice_that_was_not_understood_can_still_be_made(visit):
    visit.arrive()
    clarify(visit)
    visit.request("not_understood", "handoff")
    visit.request("take_ticket")
    assert f"procedure:{COPY}" in [c.id for c in visit.choices()]


def test_the_rest_of_an_answer_is_told_part_by_part_and_then_ends(visit):
    visit.arrive()
    visit.ask(BIRTH)
    parts = len(visit.session.parts)
    assert parts
    told = [visit.request("tell_more")[1].caption for _ in range(parts)]
    assert len(set(told)) == parts
    assert said(visit.request("tell_more"), "no_more")


def test_out_of_scope_calls_staff(visit):
    visit.arrive()
    assert said(visit.request("out_of_scope", "handoff"), "out_of_scope")
    assert visit.only(CallStaff).reason == "not_understood"


@pytest.mark.parametrize(
    ("intent", "rate", "volume"), [("slower", 0.75, 0.5), ("louder", 1.0, 1.0)]
)
def test_slower_and_louder_say_it_again_that_way(visit, intent, rate, volume):
    visit.arrive()
    visit.run()
    visit.ask(BIRTH)
    visit.run()
    before = visit.captions()[-2:]
    commands = [c for c in visit.request(intent) if isinstance(c, Say)]
    assert said(commands, intent)
    assert [c.caption for c in commands[1:]] == before
    assert {(c.rate, c.volume) for c in commands} == {(rate, volume)}
    visit.run()
    [later] = visit.request("greet")
    assert (later.rate, later.volume) == (rate, volume)


def test_slower_still_when_asked_again_but_not_without_end(visit):
    visit.arrive()
    rates = []
    for _ in range(3):
        rates += [c.rate for c in visit.request("slower") if isinstance(c, Say)][:1]
    assert rates[0] > rates[1] == rates[2]


def test_who_hears_badly_gets_a_large_print(visit):
    visit.arrive()
    visit.request("slower")
    visit.ask(BIRTH)
    visit.request("affirm")
    visit.run()
    assert visit.only(PrintTicket).large_print


def test_repeat_says_the_last_words_as_often_as_asked(visit):
    visit.arrive()
    visit.ask(BIRTH)
    visit.run()
    before = visit.captions()[-2:]
    for _ in range(3):
        assert [c.caption for c in visit.request("repeat") if isinstance(c, Say)] == before
        visit.run()


def test_there_may_be_nothing_to_repeat(visit):
    visit.arrive()
    visit.request("call_staff")
    assert said(visit.request("repeat"), "nothing_to_repeat")


def test_barge_in_silences_the_robot(visit):
    visit.arrive()
    assert isinstance(visit.ask(BIRTH)[0], StopSpeech)


def test_the_second_request_of_one_utterance_does_not(visit):
    visit.arrive()
    visit.run()
    visit.ask(BIRTH)
    drink = Understanding("cho tôi cốc nước", "request_drink", "command")
    commands = visit.step(Requested(visit.session.id, drink, False))
    assert [type(command) for command in commands] == [Say, Dispense]


def test_who_is_not_seen_but_heard_is_told_that_it_is_a_machine(visit):
    notice, answer, _offer = visit.ask(BIRTH)
    assert "máy" in notice.caption
    assert "giấy tờ thứ nhất" in answer.caption
    visit.run()
    assert not said(visit.ask(BIRTH), "machine_notice")


def test_cancel_drops_the_question(visit):
    visit.arrive()
    visit.ask(BIRTH)
    assert said(visit.request("cancel"), "cancelled")
    assert visit.session.phase == Phase.LISTENING


def test_cancel_does_not_stop_a_ticket_on_its_way(printing):
    printing.request("cancel")
    printing.run()
    assert printing.settled() == [("printing", ""), ("issued", "paper")]


def test_english_after_switching(visit):
    visit.arrive()
    assert said(visit.request("switch_language"), "language_switched", EN)
    commands = visit.ask(BIRTH)
    assert {c.locale for c in commands if isinstance(c, Say)} == {"en-US"}
    assert said(commands, "offer_ticket_or_more", EN)
    assert "Take a number" in [choice.label for choice in visit.choices()]
    assert said(visit.press("switch_language"), "language_switched")


def test_the_address_follows_the_citizen(visit):
    visit.arrive()
    [answer] = [c for c in visit.request("greet", text="chị chào em") if isinstance(c, Say)]
    assert answer.caption.startswith("Em nghe đây ạ. Chị")


# --- devices ----------------------------------------------------------------------------------


def test_deafness_is_told_and_shown_until_it_is_over(visit):
    visit.arrive()
    assert said(visit.step(DeviceChanged("speech_recognition", False)), "cannot_hear")
    assert visit.step(DeviceChanged("speech_recognition", False)) == []
    assert visit.session.notice == "cannot_hear"
    assert visit.step(DeviceChanged("speech_recognition", True)) == []
    assert visit.session.notice == ""


def test_who_comes_to_a_deaf_robot_is_told(visit):
    visit.step(DeviceChanged("speech_recognition", False))
    assert said(visit.arrive(), "cannot_hear")
    assert visit.session.notice == "cannot_hear"


def test_a_lost_printer_is_shown_and_not_told(visit):
    visit.arrive()
    assert visit.step(DeviceChanged("ticket_printer", False)) == []
    assert visit.session.notice == "cannot_print"


def test_a_lost_device_without_anybody_there_disturbs_nobody(visit):
    assert visit.step(DeviceChanged("speech_recognition", False)) == []
    assert visit.session.notice == ""


# --- staff ------------------------------------------------------------------------------------


def test_staff_are_called_when_asked_for(visit):
    visit.arrive()
    visit.request("call_staff")
    visit.run()
    assert visit.only(CallStaff).reason == "asked"
    assert said(visit.commands, "staff_called")


def test_when_staff_cannot_be_called_the_counter_is_named(visit):
    visit.arrive()
    visit.errors[CallStaff] = "timeout"
    visit.request("call_staff")
    visit.run()
    assert said(visit.commands, "staff_call_failed")


@pytest.mark.parametrize(
    ("intent", "sentence"),
    [
        ("dossier_status", "dossier_status"),
        ("ask_directions", "directions_unknown"),
    ],
)
def test_what_the_robot_cannot_do_it_says(visit, intent, sentence):
    visit.arrive()
    assert said(visit.request(intent), sentence)


def test_directions_name_the_counter_of_the_procedure_or_the_one_asked_for(visit):
    visit.arrive()
    visit.ask(RESIDENCE)
    assert "số 2" in visit.request("ask_directions")[-1].caption
    assert "số 4" in visit.request("ask_directions", slots={"counter": "4"})[-1].caption


def test_opening_hours_of_the_day(visit):
    visit.arrive()
    caption = visit.request("ask_opening_hours")[-1].caption
    assert "từ 08:00 đến 12:00, từ 13:00 đến 17:00" in caption


def test_an_answer_that_comes_twice_counts_once(with_ticket):
    reserved, printed = with_ticket.only(ReserveTicket), with_ticket.only(PrintTicket)
    assert with_ticket.step(Finished(reserved.id, ticket=with_ticket.session.ticket)) == []
    assert with_ticket.step(Finished(printed.id, "offline")) == []
    assert len(with_ticket.all(SettleTicket)) == 2


@pytest.fixture
def scanning(visit):
    visit.arrive()
    visit.request("scan_card")
    visit.request("affirm")
    visit.run(but=ScanDocument)
    return visit


@pytest.mark.parametrize("hint", [hint for hint in Hint if hint])
def test_how_to_hold_the_card_is_said(scanning, hint):
    assert said(scanning.step(ScanHinted(hint)), f"scan_{hint.value}")


def test_hints_leave_time_to_be_followed(scanning):
    scanning.step(ScanHinted(Hint.TILT))
    assert scanning.step(ScanHinted(Hint.HOLD_STILL)) == []  # the first is still being said
    scanning.run(but=ScanDocument)
    assert scanning.step(ScanHinted(Hint.HOLD_STILL)) == []
    scanning.now += 4.0
    assert said(scanning.step(ScanHinted(Hint.HOLD_STILL)), "scan_hold_still")


def test_a_name_does_not_wait_for_a_hint(scanning):
    scanning.step(ScanHinted(Hint.TILT))
    commands = scanning.finish(scanning.only(ScanDocument))
    assert [type(command) for command in commands] == [StopSpeech, Say]
    assert "Hằng" in commands[1].text


def test_no_hint_once_the_scan_is_over(scanned):
    assert scanned.step(ScanHinted(Hint.TILT)) == []
