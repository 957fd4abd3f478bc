"""Filling a form in talk: consent, card, the missing fields one by one, read-back, paper.

What a citizen says for a form comes as `Dictated`, past every topic; captions show that something
was said, never what.
"""

from dataclasses import replace
from typing import Literal

from kiosk_robot.dialogue.requests import ask_procedure, on, rule_for
from kiosk_robot.dialogue.session import Finished, Phase, PrintForm, ScanDocument
from kiosk_robot.dialogue.turn import Turn
from kiosk_robot.documents.card import CardError, parse_card, spoken_name
from kiosk_robot.documents.filling import Filling
from kiosk_robot.documents.form import Field, Form
from kiosk_robot.documents.spoken_values import AnswerError, Problem
from kiosk_robot.speech import numerals
from kiosk_robot.understanding.model import Intent, Understanding
from kiosk_robot.understanding.text import clean, words_of

DICTATED = "words_hidden"
"""The sentence that captions and transcripts have in place of what was dictated."""
MOST_MISSES = 3
"""Times a field is asked for before it is left to the hand."""
READ_AT_ONCE = 5
"""Fields read back in one breath."""

Spoken = Intent | Literal["skip", "correct"]
# What ends, repeats or corrects a dictation; whole utterances only: anything else may be a name.
COMMANDS: dict[Spoken, tuple[str, ...]] = {
    "cancel": (
        "thôi", "dừng", "dừng lại", "hủy", "không điền nữa", "stop", "cancel",
    ),
    "repeat": (
        "nhắc lại", "nói lại", "đọc lại", "gì cơ", "nói lại đi", "repeat", "say it again",
    ),
    "slower": ("nói chậm", "chậm thôi", "nói chậm lại", "nói chậm thôi", "slower"),
    "call_staff": (
        "gọi cán bộ", "gặp cán bộ", "cho tôi gặp cán bộ", "gọi người giúp", "call staff", "help",
    ),
    "skip": (
        "bỏ qua", "không có", "bỏ trống", "để trống", "không nhớ", "không biết", "skip",
        "i do not know",
    ),
    "correct": ("sửa", "sửa lại", "sai rồi", "nhầm rồi", "correct", "that is wrong"),
}  # fmt: skip
REVIEW_ANSWERS: dict[Spoken, tuple[str, ...]] = {
    "affirm": (
        "đúng", "đúng rồi", "đúng hết", "đúng hết rồi", "có", "vâng", "ừ", "phải", "chuẩn", "được",
        "in đi", "in ra", "in lại", "đồng ý", "ok", "yes", "right", "print it",
    ),
    "deny": ("không", "chưa", "chưa đúng", "không đúng", "sai", "sai rồi", "có mục sai", "no"),
}  # fmt: skip
_FILL = frozenset({"điền", "fill"})
_COURTESY = frozenset({"dạ", "vâng", "ạ", "thưa", "nhé", "please"})
_CORRECTIONS = ("sửa", "đổi", "chữa", "correct", "change")


# --- which form, and may it be -----------------------------------------------------------------


@on("ask_procedure", phase=Phase.CHOOSE_FORM, leads_to=(
    Phase.CONSENT_FORM, Phase.CONFIRM_TICKET, Phase.CHOOSE_PROCEDURE, Phase.LISTENING,
))  # fmt: skip
@on("fill_form", leads_to=(Phase.CONSENT_FORM, Phase.CHOOSE_FORM, Phase.LISTENING))
def fill_form(turn: Turn, heard: Understanding) -> None:
    """The form that was named, or that the procedure under discussion needs; else ask which."""
    if "form_printer" in turn.session.lost:
        turn.go(Phase.LISTENING)
        turn.say("form_no_printer")
        turn.call_staff("asked")
    elif form := _form_meant(turn, heard):
        ask_consent(turn, form)
    elif turn.session.phase == Phase.CHOOSE_FORM and heard.intent == "ask_procedure":
        ask_procedure(turn, heard)
    elif heard.procedures or turn.session.procedure:
        turn.go(Phase.LISTENING)
        turn.say("form_not_ready")
        turn.call_staff("asked")
    else:
        turn.go(Phase.CHOOSE_FORM)
        turn.say("which_form")


def as_form_request(turn: Turn, heard: Understanding) -> Understanding:
    """A form that is named, when one is asked for or wanted filled, whatever else it resembles.

    The understanding knows procedures; which forms there are, a ward's own too, is known here.
    """
    if turn.session.phase == Phase.COMMENT:
        return heard  # a complaint about a form asks for none
    wanted = turn.session.phase == Phase.CHOOSE_FORM or _FILL & set(words_of(heard.text))
    named = turn.knowledge.forms.named(heard.text) if wanted else None
    if named is None:
        return heard
    slots = heard.slots | {"form": named.code}
    return replace(heard, intent="fill_form", behaviour="command", slots=slots)


def _form_meant(turn: Turn, heard: Understanding) -> Form | None:
    forms = turn.knowledge.forms
    return (
        forms.get(heard.slots.get("form", ""))
        or forms.named(heard.text)
        or forms.for_procedure(heard.procedures[0].code if heard.procedures else None)
        or forms.for_procedure(turn.session.procedure)
    )


def ask_consent(turn: Turn, form: Form) -> None:
    """Tell what is asked for, why, for how long and by what; the camera stays blind until a yes."""
    turn.update(form=Filling(form, turn.knowledge.today()), asking="")
    turn.go(Phase.CONSENT_FORM)
    turn.say("form_consent", form=form.name.of(turn.session.locale))


@on("affirm", phase=Phase.CONSENT_FORM, leads_to=(Phase.SCANNING, Phase.FILLING_FORM))
def look_at_card(turn: Turn, heard: Understanding) -> None:
    """The citizen agreed; a card read earlier in the visit need not be shown again."""
    form = _form(turn)
    if turn.session.card:
        turn.update(form=replace(form, card=turn.session.card))
        ask_next(turn)
        return
    turn.go(Phase.SCANNING)
    turn.say("scan_show")
    turn.command(ScanDocument)


@on("deny", phase=Phase.CONSENT_FORM, leads_to=(Phase.FILLING_FORM,))
def without_card(turn: Turn, heard: Understanding) -> None:
    """No camera: everything is asked."""
    turn.say("form_by_asking")
    ask_next(turn)


def scanned(turn: Turn, event: Finished) -> None:
    """Greet the holder by name, once; without a card everything is asked."""
    try:
        card = None if event.error else parse_card(event.payload)
    except CardError:
        card = None
    if card is None:
        turn.say("form_without_card")
    else:
        turn.update(card=card, form=replace(_form(turn), card=card))
        turn.say(
            "form_card_read",
            personal={"name": spoken_name(card)},
            count=_form(turn).from_card(),
        )
    ask_next(turn)


# --- one field after the other -----------------------------------------------------------------


def ask_next(turn: Turn) -> None:
    """Ask for what is missing, or read everything back."""
    asked = _form(turn).next_field()
    if asked is None:
        review(turn)
    else:
        ask(turn, asked)


def ask(turn: Turn, asked: Field) -> None:
    """Ask for one field."""
    misses = turn.session.misunderstood if turn.session.asking == asked.name else 0
    turn.update(asking=asked.name, misunderstood=misses)
    turn.go(Phase.FILLING_FORM)
    if asked.prompt:
        address = turn.session.address
        turn.say_text(asked.prompt.of(turn.session.locale).format(**address.words))


def dictated(turn: Turn, text: str) -> None:
    """What was said or typed for the form."""
    reviewing = turn.session.phase == Phase.REVIEWING_FORM
    spoken = _command(text, COMMANDS | REVIEW_ANSWERS if reviewing else COMMANDS)
    if spoken == "skip":
        skip(turn)
    elif spoken == "correct":
        correct(turn, "")
    elif spoken:
        rule_for(turn.session.phase, spoken).handle(turn, Understanding("", spoken, "command"))
    elif reviewing or (words_of(text)[:1] and words_of(text)[0] in _CORRECTIONS):
        correct(turn, text)
    else:
        answer(turn, text)


def asks_to_repeat(text: str) -> bool:
    """Whether the last words are wanted again."""
    return _command(text, COMMANDS) in ("repeat", "slower")


def _command(text: str, commands: dict[Spoken, tuple[str, ...]]) -> Spoken | None:
    words = words_of(clean(text))
    said = {" ".join(words), " ".join(word for word in words if word not in _COURTESY)}
    return next((name for name, phrases in commands.items() if said & set(phrases)), None)


def answer(turn: Turn, text: str) -> None:
    """Write an answer down and say it back; ask again for one that does not fit."""
    form = _form(turn)
    asked = form.form.field(turn.session.asking)
    try:
        form = form.with_answer(asked, text)
    except AnswerError as error:
        _missed(turn, asked, error.problem)
        return
    turn.update(form=form, misunderstood=0)
    turn.say("form_noted", personal={"value": said_back(turn, asked)}, shown="value_hidden")
    ask_next(turn)


def _missed(turn: Turn, asked: Field, problem: Problem) -> None:
    misses = turn.session.misunderstood + 1
    turn.update(misunderstood=misses)
    if misses >= MOST_MISSES:
        turn.update(form=_form(turn).without(asked), misunderstood=0)
        turn.say("form_left_blank")
        ask_next(turn)
        return
    if problem == Problem.UNCLEAR:
        turn.say(f"form_unclear_{asked.kind}")
    else:
        turn.say(f"form_problem_{problem}")
    ask(turn, asked)


def skip(turn: Turn) -> None:
    """Leave a field blank that may be."""
    form = _form(turn)
    if turn.session.phase == Phase.REVIEWING_FORM:
        turn.say("form_review_question")
        return
    asked = form.form.field(turn.session.asking)
    if asked.required:
        _missed_required(turn, asked)
        return
    turn.update(form=form.without(asked))
    ask_next(turn)


def _missed_required(turn: Turn, asked: Field) -> None:
    """Who does not know it twice over writes it in by hand."""
    misses = turn.session.misunderstood + 1
    turn.update(misunderstood=misses)
    if misses < MOST_MISSES - 1:
        turn.say("form_required")
        ask(turn, asked)
        return
    turn.update(form=_form(turn).without(asked), misunderstood=0)
    turn.say("form_left_blank")
    ask_next(turn)


def correct(turn: Turn, text: str) -> None:
    """Ask again for the field that was named; for the last one when none was."""
    form = _form(turn)
    asked = form.named_in(text) if text else None
    if asked is None and not text and turn.session.phase == Phase.FILLING_FORM and form.answers:
        asked = form.form.field(list(form.answers)[-1])
    if asked is None:
        turn.say("form_which_wrong")
        return
    ask(turn, asked)


@on("fill_form", phase=Phase.FILLING_FORM)
@on("fill_form", phase=Phase.REVIEWING_FORM, leads_to=(Phase.FILLING_FORM,))
def correct_by_touch(turn: Turn, heard: Understanding) -> None:
    """A field was pressed."""
    names = [field.name for field in _form(turn).form.fields]
    pressed = heard.slots.get("field", "")
    if pressed in names:
        ask(turn, _form(turn).form.field(pressed))
    else:
        correct(turn, "")


@on("switch_language", phase=Phase.FILLING_FORM, leads_to=(Phase.REVIEWING_FORM,))
@on("switch_language", phase=Phase.REVIEWING_FORM, leads_to=(Phase.FILLING_FORM,))
def go_on_in_the_other_language(turn: Turn, heard: Understanding) -> None:
    """The question again in the other language."""
    turn.update(locale="en-US" if turn.session.locale == "vi-VN" else "vi-VN")
    ask_next(turn)


# --- read-back and paper -----------------------------------------------------------------------


def review(turn: Turn) -> None:
    """Read everything back and ask whether it is right."""
    form = _form(turn)
    turn.update(asking="")
    turn.go(Phase.REVIEWING_FORM)
    turn.say("form_review")
    filled = form.filled()
    locale = turn.session.locale
    for start in range(0, len(filled), READ_AT_ONCE):
        part = [field for field, _ in filled[start : start + READ_AT_ONCE]]
        turn.say_text(
            " ".join(f"{_capital(f.talk.of(locale))}: {said_back(turn, f)}." for f in part),
            "; ".join(f.talk.of(locale) for f in part) + ".",
        )
    if blank := form.blank():
        turn.say("form_blanks", fields=", ".join(field.talk.of(locale) for field in blank[:5]))
    turn.say("form_review_question")


def said_back(turn: Turn, field: Field) -> str:
    """A value as it is read out: digits one by one, a name not in capitals."""
    value = _form(turn).value(field)
    if field.kind in ("identity", "phone"):
        threes = [value[at : at + 3] for at in range(0, len(value), 3)]
        if turn.session.locale == "vi-VN":
            return ", ".join(map(numerals.by_digit, threes))
        return ", ".join(" ".join(digits) for digits in threes)
    return value.title() if field.kind == "name" else value


@on("affirm", phase=Phase.REVIEWING_FORM, leads_to=(Phase.PRINTING_FORM,))
def print_form(turn: Turn, heard: Understanding) -> None:
    """Everything is right: on paper."""
    held = turn.session.ticket
    turn.go(Phase.PRINTING_FORM)
    turn.say("form_printing")
    turn.command(PrintForm, filling=_form(turn), ticket=held.number if held else "")


@on("deny", phase=Phase.REVIEWING_FORM)
def something_is_wrong(turn: Turn, heard: Understanding) -> None:
    """Which field is wrong?"""
    turn.say("form_which_wrong")


def printed(turn: Turn, command: PrintForm, event: Finished) -> None:
    """On paper: all is forgotten. Not on paper: it can be tried again until the citizen leaves."""
    if turn.session.phase != Phase.PRINTING_FORM:
        return
    if event.error:
        turn.go(Phase.REVIEWING_FORM)
        turn.say("form_print_failed")
        turn.call_staff("device_failed")
        return
    turn.go(Phase.LISTENING)
    turn.say("form_printed", place=turn.knowledge.site.form_printer_place)


def forget(turn: Turn) -> None:
    """Wipe the form and the card, and what was said of them."""
    public = tuple(said for said in turn.session.last_said if not said[2])
    turn.update(form=None, card=None, asking="", last_said=public)


def _form(turn: Turn) -> Filling:
    assert turn.session.form is not None, "there is a form in every phase of one"
    return turn.session.form


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
