"""One step in the making: the session as it changes and the commands it gives rise to."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Self, TypeVar
from zoneinfo import ZoneInfo

from kiosk_robot.catalogue import Catalogue
from kiosk_robot.catalogue.model import Procedure
from kiosk_robot.config import load_catalogue, load_site
from kiosk_robot.dialogue.answers import spoken_answer
from kiosk_robot.dialogue.sentences import Sentences
from kiosk_robot.dialogue.session import CallStaff, Command, Phase, Say, Session, StopGuide
from kiosk_robot.documents.form import Forms, load_forms
from kiosk_robot.site import Counter, Site
from kiosk_robot.understanding.model import Facet

C = TypeVar("C", bound=Command)


@dataclass(frozen=True)
class Knowledge:
    """What the dialogue draws on; it never changes during a visit."""

    catalogue: Catalogue
    site: Site
    sentences: dict[str, Sentences]  # by BCP 47 locale
    today: Callable[[], date]  # the local date of the site
    forms: Forms

    @classmethod
    def read(cls, site_name: str) -> Self:
        """Everything about a site, from the configuration and the packaged data.

        :raises CatalogueError, ConfigError, FormError, PromptError: a file is wrong.
        """
        site = load_site(site_name)
        zone = ZoneInfo(site.timezone)
        return cls(
            catalogue=load_catalogue(),
            site=site,
            sentences={"vi-VN": Sentences.load("vi"), "en-US": Sentences.load("en")},
            today=lambda: datetime.now(zone).date(),
            forms=load_forms(),
        )


class Turn:
    """Collects the outcome of one event. `session` and `commands` are the result."""

    def __init__(self, knowledge: Knowledge, session: Session, now: float) -> None:
        self.knowledge = knowledge
        self.session = session
        self.now = now
        self.commands: list[Command] = []

    def update(self, **changes: Any) -> None:
        """Change fields of the session."""
        self.session = replace(self.session, **changes)

    def go(self, phase: Phase) -> None:
        """Wait for something else."""
        self.update(phase=phase)

    def command(self, kind: type[C], **values: Any) -> C:
        """Add a command; its result comes back under its id."""
        serial = self.session.serial + 1
        made = kind(id=f"{kind.__name__}-{serial}", **values)
        self.update(serial=serial, pending=(*self.session.pending, (made, self.session.id)))
        self.commands.append(made)
        return made

    def request_id(self) -> str:
        """A UUID for a wish, the same whenever the same step is made again."""
        return str(uuid.uuid5(uuid.UUID(self.session.id), f"wish-{self.session.serial}"))

    def say(
        self,
        key: str,
        *,
        personal: dict[str, str] | None = None,
        shown: str = "name_on_card",
        **values: object,
    ) -> None:
        """Say a sentence. `personal` values are spoken; captions have the sentence `shown`."""
        sentences = self.knowledge.sentences[self.session.locale]
        address = self.session.address
        hidden = {name: sentences.text(shown, address) for name in personal or {}}
        self.say_text(
            sentences.text(key, address, **values, **(personal or {})),
            sentences.text(key, address, **values, **hidden),
        )

    def say_text(self, text: str, caption: str | None = None) -> None:
        """Say a sentence that is ready."""
        caption = text if caption is None else caption
        personal = text != caption
        self.command(
            Say,
            text=text,
            caption=caption,
            locale=self.session.locale,
            rate=self.session.rate,
            volume=self.session.volume,
            personal=personal,
        )
        # Only what was said since the citizen last spoke is repeated on request.
        self.update(last_said=(*self.session.last_said, (text, caption, personal)))

    def stand_still(self) -> None:
        """End the journey it is on, if it is on one."""
        if self.session.journey:
            self.command(StopGuide)

    def call_staff(self, reason: str) -> None:
        """Ask a member of staff to come: asked, not_understood, device_failed."""
        self.command(CallStaff, session_id=self.session.id, reason=reason)

    def procedure(self, code: str | None = None) -> Procedure | None:
        """The procedure of a code, or the one under discussion."""
        code = code or self.session.procedure
        return self.knowledge.catalogue.get(code) if code else None

    def counter(self, procedure: Procedure) -> Counter:
        """Where a procedure is handled at this site."""
        return self.knowledge.site.counter_for(procedure.counter_group)

    def answer_parts(self, procedure: Procedure, facet: Facet | None) -> list[str]:
        """The whole answer in parts that can be heard at once."""
        return spoken_answer(
            procedure,
            facet=facet,
            case_id=self.session.case_id,
            counter=self.counter_label(self.counter(procedure)),
            address=self.session.address,
            locale=self.session.locale.split("-")[0],
        )

    def counter_label(self, counter: Counter) -> str:
        """A counter as it is called in the language of the conversation."""
        return counter.label if self.session.locale == "vi-VN" else f"counter {counter.number}"
