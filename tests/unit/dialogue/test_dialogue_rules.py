"""What must hold for the tables of the dialogue as a whole: transitions, sentences, buttons."""

from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path
from typing import get_args

import pytest

import kiosk_robot.dialogue
import kiosk_robot.dialogue.reducer  # enters every rule
from kiosk_robot.dialogue.choices import COMMON, LABELS, choices, pressed
from kiosk_robot.dialogue.requests import HANDLERS, rule_for
from kiosk_robot.dialogue.sentences import SENTENCES, Sentences
from kiosk_robot.dialogue.session import (
    FORM_PHASES,
    HeldTicket,
    Phase,
    Requested,
    ReserveTicket,
    Session,
)
from kiosk_robot.documents.filling import Filling
from kiosk_robot.documents.form import load_forms
from kiosk_robot.understanding.model import Intent, RankedProcedure, Understanding

FORMS = load_forms(Path("/nowhere"))
BIRTH, COPY = "1.001193", "2.000815"
VISIT = "3f2c9e1b-7a64-4c58-9d0e-5b1f0a6c7d21"
TICKET = HeldTicket("id", "A001", BIRTH, "1", 0, 0.0, request_id="wish")
COMING = (ReserveTicket("ReserveTicket-1", "wish", BIRTH), VISIT)

SESSIONS = [
    Session(id=VISIT),
    Session(id=VISIT, procedure=BIRTH, parts=("Còn nữa ạ.",)),
    Session(id=VISIT, procedure=BIRTH, ticket=TICKET, given=("water", "candy")),
    Session(id=VISIT, procedure=BIRTH, pending=(COMING,)),
    Session(id=VISIT, procedure=BIRTH, leaving=True, offered=(BIRTH, COPY), misunderstood=1),
    Session(id=VISIT, rated=True, locale="en-US", last_said=(("Hello.", "Hello.", False),)),
]


def standing(session: Session, phase: Phase) -> Session:
    """The session in a phase, with what the phase is about."""
    if phase not in FORM_PHASES:
        return replace(session, phase=phase)
    form = Filling(FORMS.get("ct01"), date(2026, 11, 23), answers={"phone": "0912345678"})
    return replace(session, phase=phase, form=form, asking="name")


def heard(intent: Intent) -> list[Understanding]:
    """Everything an intent may come with."""
    ranked = (RankedProcedure(COPY, 0.9), RankedProcedure(BIRTH, 0.8))
    asks = [Understanding("…", intent, "clarify", ranked, question="Bản sao hay khai sinh ạ?")]
    return [
        Understanding("…", intent, "command"),
        Understanding("…", intent, "command", slots={"rating": "2"}),
        Understanding("…", intent, "answer", ranked),
        Understanding("…", intent, "answer", (RankedProcedure("9.999999", 1.0),)),
        Understanding("…", intent, "handoff"),
        *(asks if intent in ("ask_procedure", "take_ticket") else []),
    ]


@pytest.mark.parametrize("phase", Phase)
def test_no_request_leads_where_its_rule_does_not(dialogue, phase):
    for intent, session in product(get_args(Intent), SESSIONS):
        begun = Phase.LISTENING if phase is Phase.IDLE else phase
        allowed = {begun, *rule_for(begun, intent).leads_to}
        for understanding in heard(intent):
            after, _ = dialogue.step(standing(session, phase), Requested(VISIT, understanding), 1.0)
            assert after.phase in allowed, (intent, understanding.behaviour, session)


def test_every_intent_is_answered_somehow():
    answered = {intent for _, intent in HANDLERS}
    assert answered == set(get_args(Intent))


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("intent", get_args(Intent))
def test_no_request_is_met_with_silence(dialogue, phase, intent):
    session = standing(Session(id=VISIT), phase)
    _, commands = dialogue.step(session, Requested(VISIT, heard(intent)[0]), 1.0)
    assert commands


def test_every_sentence_is_used():
    folder = Path(kiosk_robot.dialogue.__file__).parent
    code = "".join(p.read_text() for p in folder.glob("*.py") if p.name != "sentences.py")
    families = {key: key.rpartition("_")[0] + "_{" for key in SENTENCES}
    unused = [key for key in SENTENCES if f'"{key}"' not in code and families[key] not in code]
    assert unused == []


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_sentence_is_there_in_every_language(language):
    assert Sentences.load(language).by_key.keys() == SENTENCES.keys()


def all_choices(knowledge):
    """Every button that can be on the screen."""
    for phase, session, locale in product(Phase, SESSIONS, ("vi-VN", "en-US")):
        shown = replace(standing(session, phase), locale=locale, offered=(BIRTH, COPY))
        yield from choices(shown, knowledge)


def test_every_button_can_be_pressed(knowledge):
    buttons = list(all_choices(knowledge))
    assert {choice.id for choice in buttons} >= {"affirm", "rating:5", f"procedure:{BIRTH}"}
    for choice in buttons:
        assert pressed(choice.id, choice.label).text == choice.label


def test_every_button_says_what_it_does_in_at_most_five_words(knowledge):
    for choice in all_choices(knowledge):
        assert 1 <= len(choice.label.split()) <= 5, choice


def test_the_languages_have_the_same_buttons():
    assert LABELS["vi"].keys() == LABELS["en"].keys()
    assert set(COMMON) <= LABELS["vi"].keys()


def test_a_procedure_that_is_offered_shows_its_name(knowledge):
    session = Session(id=VISIT, phase=Phase.CHOOSE_PROCEDURE, offered=(BIRTH, "9.999999"))
    assert [c.id for c in choices(session, knowledge) if ":" in c.id] == [f"procedure:{BIRTH}"]


@pytest.mark.parametrize(
    "choice_id",
    ["", "procedure", "procedure:", "rating:0", "rating:6", "rating:12", "affirm:1", "rm -rf", "?"],
)
def test_no_other_button_can_be_pressed(choice_id):
    with pytest.raises(ValueError, match="no such choice"):
        pressed(choice_id, "…")
