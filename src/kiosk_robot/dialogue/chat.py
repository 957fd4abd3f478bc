"""The dialogue with a phone: the same rules, of which only words come.

Nothing is kept between two messages: a phone sends along where its conversation stands. What needs
the robot itself (numbers, water, cards, forms) is only told where it can be had.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from kiosk_robot.dialogue.reducer import Dialogue, Timeouts
from kiosk_robot.dialogue.session import (
    Finished,
    HeldTicket,
    Phase,
    Requested,
    ReserveTicket,
    Say,
    Session,
)
from kiosk_robot.dialogue.turn import Knowledge
from kiosk_robot.understanding.model import Intent, Understanding

MOST_REQUESTS = 3  # of one message
# What can be answered in words alone.
IN_WORDS: frozenset[Intent] = frozenset(
    {
        "ask_procedure", "tell_more", "greet", "repeat", "switch_language", "ask_opening_hours",
        "ask_directions", "dossier_status", "ask_wait",
    }
)  # fmt: skip
SHORT: dict[Intent, str] = {  # answered by one sentence of its own
    "goodbye": "goodbye",
    "not_understood": "chat_not_understood",
    "out_of_scope": "chat_out_of_scope",
    "affirm": "chat_hello",
    "deny": "chat_hello",
    "cancel": "chat_hello",
}
_PHONE = "00000000-0000-4000-8000-000000000000"  # every phone's session: nothing is kept under it


@dataclass(frozen=True, slots=True)
class Thread:
    """Where the conversation with a phone stands."""

    locale: str = "vi-VN"
    procedure: str = ""  # official code under discussion
    case_id: str = ""
    offered: tuple[str, ...] = ()  # codes of the clarifying question asked last


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered, line by line, and where the conversation stands then."""

    lines: tuple[str, ...]
    thread: Thread


class Chat:
    """Answers messages; `knowledge` is the dialogue's."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._dialogue = Dialogue(knowledge, Timeouts())

    def reply(
        self, requests: Iterable[Understanding], thread: Thread, ticket: HeldTicket | None = None
    ) -> Reply:
        """Answer what a message was understood as. `ticket` is the one the phone follows."""
        session = self._session(thread)
        lines: list[str] = []
        for heard in list(requests)[:MOST_REQUESTS]:
            holds = ticket if heard.intent == "ask_wait" else None
            said, session = self._answer(replace(session, ticket=holds), heard)
            lines += [line for line in said if line not in lines]
        return Reply(tuple(lines), self._thread(session))

    def _session(self, thread: Thread) -> Session:
        """The visit as it would stand; what a phone made up is left out."""
        procedure = self._knowledge.catalogue.get(thread.procedure)
        cases = {case.id for case in procedure.cases} if procedure else set()
        return Session(
            id=_PHONE,
            phase=Phase.LISTENING,
            locale=thread.locale if thread.locale in self._knowledge.sentences else "vi-VN",
            procedure=procedure.code if procedure else None,
            case_id=thread.case_id if thread.case_id in cases else None,
        )

    def _thread(self, session: Session) -> Thread:
        return Thread(
            session.locale, session.procedure or "", session.case_id or "", session.offered
        )

    def _answer(self, session: Session, heard: Understanding) -> tuple[list[str], Session]:
        intent = heard.intent
        if intent == "take_ticket" and heard.procedures:
            heard = replace(heard, intent="ask_procedure")
        elif intent == "ask_wait" and session.ticket is None:
            return [self._sentence(session, "chat_no_ticket")], session
        elif intent not in IN_WORDS:
            return [self._sentence(session, SHORT.get(intent, "chat_at_robot"))], session
        if heard.behaviour == "handoff":
            return [self._sentence(session, "chat_not_understood")], session
        return self._step(replace(session, phase=Phase.LISTENING), heard)

    def _step(self, session: Session, heard: Understanding) -> tuple[list[str], Session]:
        """What the robot would say, and all the rest it would go on with."""
        after, commands = self._dialogue.step(session, Requested(_PHONE, heard), 0.0)
        for command in list(commands):
            if isinstance(command, ReserveTicket) and session.ticket:
                told = Finished(command.id, ticket=session.ticket)
                after, more = self._dialogue.step(after, told, 0.0)
                commands += more
        said = [command.caption for command in commands if isinstance(command, Say)]
        if after.phase == Phase.CONFIRM_TICKET:
            said[-1:] = after.parts  # instead of an offer that only the robot can keep
        return said, replace(after, parts=(), pending=(), last_said=())

    def _sentence(self, session: Session, key: str) -> str:
        return self._knowledge.sentences[session.locale].text(key, session.address)
