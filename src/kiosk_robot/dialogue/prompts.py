"""The robot's fixed sentences. Data in config/prompts/dialogue.<locale>.yaml, checked when read."""

import string
from dataclasses import dataclass
from pathlib import Path

import yaml

from kiosk_robot.config import ConfigError
from kiosk_robot.dialogue.politeness import Address
from kiosk_robot.paths import config_dir

ADDRESS_WORDS = {"citizen", "Citizen", "robot", "Robot"}
# Every sentence the dialogue uses, with the values it fills in besides the forms of address.
PROMPTS: dict[str, set[str]] = {
    "greeting": {"site"},
    "greeting_by_name": {"name"},
    "name_on_card": set(),
    "listening": set(),
    "anything_else": set(),
    "still_there": set(),
    "goodbye": set(),
    "offer_ticket": set(),
    "offer_ticket_or_more": set(),
    "no_ticket": set(),
    "no_more": set(),
    "which_procedure": set(),
    "giving_ticket": set(),
    "ticket_issued": {"number", "counter", "place"},
    "ticket_on_screen": {"number", "counter", "place"},
    "people_ahead": {"people"},
    "nobody_ahead": set(),
    "already_has_ticket": {"number", "counter"},
    "ticket_failed": set(),
    "no_ticket_yet": set(),
    "dispensing_water": set(),
    "dispensing_candy": set(),
    "dispensed_water": set(),
    "dispensed_candy": set(),
    "dispense_enough": set(),
    "dispense_empty": set(),
    "dispense_failed": set(),
    "scan_consent": set(),
    "scan_show": set(),
    "scan_declined": set(),
    "scan_nothing": set(),
    "scan_not_a_card": set(),
    "scan_no_camera": set(),
    "ask_rating": set(),
    "rating_unclear": set(),
    "feedback_thanks": set(),
    "feedback_sorry_alerted": set(),
    "feedback_kept_later": set(),
    "staff_called": set(),
    "staff_call_failed": set(),
    "not_understood": set(),
    "not_understood_twice": set(),
    "out_of_scope": set(),
    "cancelled": set(),
    "slower": set(),
    "louder": set(),
    "nothing_to_repeat": set(),
    "language_switched": set(),
    "opening_hours": {"hours"},
    "directions": {"counter", "place"},
    "directions_unknown": set(),
    "dossier_status": set(),
    "booking_not_connected": set(),
    "form_not_ready": set(),
    "cannot_hear": set(),
    "cannot_print": set(),
}


@dataclass(frozen=True)
class Prompts:
    """The sentences of one language."""

    sentences: dict[str, str]

    def text(self, key: str, address: Address, **values: object) -> str:
        """The sentence with the forms of address and `values` filled in."""
        return self.sentences[key].format(
            citizen=address.citizen,
            Citizen=address.citizen.capitalize(),
            robot=address.robot,
            Robot=address.robot.capitalize(),
            **values,
        )


def load_prompts(locale: str, directory: Path | None = None) -> Prompts:
    """Read `dialogue.<language>.yaml` for a BCP 47 locale.

    :raises ConfigError: missing, unknown or ill-formed sentence.
    """
    path = (directory or config_dir() / "prompts") / f"dialogue.{locale.split('-')[0]}.yaml"
    try:
        sentences = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: {error}") from None
    if missing := sorted(PROMPTS.keys() - sentences.keys()):
        raise ConfigError(f"{path}: missing: {', '.join(missing)}")
    if unknown := sorted(sentences.keys() - PROMPTS.keys()):
        raise ConfigError(f"{path}: unknown: {', '.join(unknown)}")
    for key, sentence in sentences.items():
        used = {name for _, name, _, _ in string.Formatter().parse(sentence) if name}
        if wrong := used - ADDRESS_WORDS - PROMPTS[key]:
            raise ConfigError(f"{path}: {key}: nothing to fill in for {', '.join(sorted(wrong))}")
    return Prompts({key: str(value) for key, value in sentences.items()})
