"""Who is called earlier: what people say about it. The proof is shown at the counter, not here."""

from collections.abc import Iterable

from kiosk_robot.dialogue.session import Phase
from kiosk_robot.dialogue.turn import Turn
from kiosk_robot.site import PriorityClass
from kiosk_robot.understanding.model import Understanding
from kiosk_robot.understanding.spoken_numbers import number
from kiosk_robot.understanding.text import fold, words_of

SHORT = 7  # words; longer sentences in which a class is named ask for something else
ASKED_FOR = ("uu tien", "priority")
YEARS = {"tuoi", "years"}
LONGEST_AGE = 4  # words: "một trăm linh hai"


def claimed_class(text: str, classes: Iterable[PriorityClass]) -> PriorityClass | None:
    """The first class that somebody says they belong to: by its words, or by their age."""
    words = [fold(word) for word in words_of(text)]
    age = _age(words)
    for one in classes:
        old_enough = one.from_age is not None and age >= one.from_age
        if old_enough or any(_says(words, phrase) for phrase in (one.name, one.name_en, *one.said)):
            return one
    return None


def asks_for_priority(text: str) -> bool:
    """Whether somebody says that they have priority, whatever the reason."""
    words = [fold(word) for word in words_of(text)]
    return any(_says(words, phrase) for phrase in ASKED_FOR)


def as_ticket_request(turn: Turn, heard: Understanding) -> Understanding:
    """Asked whether to take a number, "tôi tám mươi tuổi" is a yes, with a reason to be early."""
    if turn.session.phase not in (Phase.CONFIRM_TICKET, Phase.CHOOSE_PRIORITY):
        return heard
    if turn.session.phase == Phase.CONFIRM_TICKET and len(heard.text.split()) > SHORT:
        return heard
    classes = turn.knowledge.site.queue.priority_classes
    if claimed_class(heard.text, classes) or (classes and asks_for_priority(heard.text)):
        return Understanding(heard.text, "take_ticket", "command", slots=heard.slots)
    return heard


def _age(words: list[str]) -> int:
    """Years, -1 when no age is said."""
    ages = [
        years
        for at, word in enumerate(words)
        if word in YEARS
        for length in range(1, LONGEST_AGE + 1)
        if length <= at and (years := number(words[at - length : at])) is not None
    ]
    return max(ages, default=-1)


def _says(words: list[str], phrase: str) -> bool:
    plain = " ".join(fold(word) for word in words_of(phrase))
    return f" {plain} " in f" {' '.join(words)} "
