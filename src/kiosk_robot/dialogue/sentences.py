"""What the robot says besides answers about procedures: config/prompts/dialogue.<language>.yaml."""

from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path

from kiosk_robot.dialogue.politeness import Address
from kiosk_robot.dialogue.prompts import load_prompts
from kiosk_robot.paths import config_dir

# Every sentence the dialogue uses, with the values it fills in besides the forms of address.
NOTHING: frozenset[str] = frozenset()
SENTENCES: dict[str, Set[str]] = {
    "greeting": {"site"},
    "machine_notice": NOTHING,
    "greeting_by_name": {"name"},
    "name_on_card": NOTHING,
    "listening": NOTHING,
    "anything_else": NOTHING,
    "still_there": NOTHING,
    "goodbye": NOTHING,
    "offer_ticket": NOTHING,
    "offer_ticket_or_more": NOTHING,
    "ask_priority": NOTHING,
    "no_ticket": NOTHING,
    "no_more": NOTHING,
    "which_procedure": NOTHING,
    "giving_ticket": NOTHING,
    "ticket_issued": {"number", "counter", "place"},
    "ticket_on_screen": {"number", "counter", "place"},
    "people_ahead": {"people"},
    "nobody_ahead": NOTHING,
    "wait_between": {"low", "high"},
    "wait_within": {"high"},
    "show_proof": {"proof"},
    "already_has_ticket": {"number", "counter"},
    "ticket_failed": NOTHING,
    "no_ticket_yet": NOTHING,
    "dispensing_water": NOTHING,
    "dispensing_candy": NOTHING,
    "dispensed_water": NOTHING,
    "dispensed_candy": NOTHING,
    "dispense_enough": NOTHING,
    "dispense_wait": NOTHING,
    "dispense_empty": NOTHING,
    "dispense_failed": NOTHING,
    "scan_consent": NOTHING,
    "scan_show": NOTHING,
    "scan_declined": NOTHING,
    "scan_hold_closer": NOTHING,
    "scan_tilt": NOTHING,
    "scan_hold_still": NOTHING,
    "scan_turn_over": NOTHING,
    "scan_nothing": NOTHING,
    "scan_not_a_card": NOTHING,
    "scan_no_camera": NOTHING,
    "ask_rating": NOTHING,
    "rating_unclear": NOTHING,
    "feedback_thanks": NOTHING,
    "feedback_sorry_alerted": NOTHING,
    "feedback_kept_later": NOTHING,
    "ask_comment": NOTHING,
    "comment_go_on": NOTHING,
    "comment_thanks": NOTHING,
    "staff_called": NOTHING,
    "staff_call_failed": NOTHING,
    "confirm_heard": {"wish"},
    "wish_procedure": {"procedure"},
    "wish_take_ticket": NOTHING,
    "wish_ask_wait": NOTHING,
    "wish_check_in_booking": NOTHING,
    "wish_request_drink": NOTHING,
    "wish_request_snack": NOTHING,
    "wish_give_feedback": NOTHING,
    "wish_rating": {"rating"},
    "wish_call_staff": NOTHING,
    "wish_dossier_status": NOTHING,
    "wish_fill_form": NOTHING,
    "wish_scan_card": NOTHING,
    "wish_switch_language": NOTHING,
    "wish_goodbye": NOTHING,
    "not_understood": NOTHING,
    "not_understood_twice": NOTHING,
    "out_of_scope": NOTHING,
    "cancelled": NOTHING,
    "slower": NOTHING,
    "louder": NOTHING,
    "nothing_to_repeat": NOTHING,
    "language_switched": NOTHING,
    "opening_hours": {"hours"},
    "closed_today": NOTHING,
    "directions": {"counter", "place"},
    "directions_unknown": NOTHING,
    "offer_guide": {"counter"},
    "no_guide": NOTHING,
    "guide_follow": NOTHING,
    "guide_waiting": NOTHING,
    "guide_blocked": NOTHING,
    "guide_arrived": {"counter"},
    "guide_wait_here": {"number"},
    "guide_lost": {"counter", "place"},
    "guide_failed": {"counter", "place"},
    "guide_bumped": NOTHING,
    "emergency_stopped": NOTHING,
    "cannot_get_home": NOTHING,
    "battery_low": NOTHING,
    "dispensing_to_seat": NOTHING,
    "dispense_on_arrival": NOTHING,
    "delivered_water": NOTHING,
    "deliver_failed": NOTHING,
    "dossier_status": NOTHING,
    "booking_not_connected": NOTHING,
    "ask_booking": NOTHING,
    "checking_in": NOTHING,
    "booking_show": NOTHING,
    "booking_found": NOTHING,
    "booking_more": {"more"},
    "booking_used": {"number"},
    "booking_used_elsewhere": NOTHING,
    "booking_too_early": {"opens"},
    "booking_too_late": {"closes"},
    "booking_wrong_day": {"day"},
    "booking_wrong_place": {"place"},
    "booking_wrong_place_unknown": NOTHING,
    "booking_ambiguous": NOTHING,
    "booking_not_found": NOTHING,
    "booking_not_found_offline": NOTHING,
    "booking_not_found_twice": NOTHING,
    "booking_no_code": NOTHING,
    "form_not_ready": NOTHING,
    "form_no_printer": NOTHING,
    "which_form": NOTHING,
    "form_consent": {"form"},
    "form_by_asking": NOTHING,
    "form_without_card": NOTHING,
    "form_card_read": {"name", "count"},
    "value_hidden": NOTHING,
    "words_hidden": NOTHING,
    "form_noted": {"value"},
    "form_unclear_name": NOTHING,
    "form_unclear_date": NOTHING,
    "form_unclear_year": NOTHING,
    "form_unclear_phone": NOTHING,
    "form_unclear_email": NOTHING,
    "form_unclear_identity": NOTHING,
    "form_unclear_text": NOTHING,
    "form_unclear_address": NOTHING,
    "form_unclear_number": NOTHING,
    "form_unclear_money": NOTHING,
    "form_unclear_choice": NOTHING,
    "form_problem_future": NOTHING,
    "form_problem_long": NOTHING,
    "form_required": NOTHING,
    "form_left_blank": NOTHING,
    "form_review": NOTHING,
    "form_blanks": {"fields"},
    "form_review_question": NOTHING,
    "form_which_wrong": NOTHING,
    "form_printing": NOTHING,
    "form_printed": {"place"},
    "form_print_failed": NOTHING,
    "cannot_hear": NOTHING,
    "cannot_print": NOTHING,
    "chat_hello": NOTHING,
    "chat_not_understood": NOTHING,
    "chat_out_of_scope": NOTHING,
    "chat_at_robot": NOTHING,
    "chat_no_ticket": NOTHING,
}


@dataclass(frozen=True)
class Sentences:
    """The sentences of one language."""

    by_key: dict[str, str]

    @classmethod
    def load(cls, language: str, directory: Path | None = None) -> "Sentences":
        """Read the sentences of "vi" or "en".

        :raises PromptError: a sentence is missing, unknown or ill-formed.
        """
        folder = directory or config_dir() / "prompts"
        return cls(load_prompts(folder / f"dialogue.{language}.yaml", SENTENCES))

    def fixed(self) -> list[str]:
        """Those that are always the same, to citizens addressed in the ordinary way."""
        return [self.text(key, Address()) for key, values in SENTENCES.items() if not values]

    def text(self, key: str, address: Address, **values: object) -> str:
        """The sentence with the forms of address and `values` filled in."""
        return self.by_key[key].format(**address.words, **values)
