"""Every template is recognised as its own intent, and details are read from the words."""

from typing import get_args

import pytest

from kiosk_robot.understanding import Understander
from kiosk_robot.understanding.model import Intent
from kiosk_robot.understanding.templates import sample
from kiosk_robot.understanding.text import load_data

pytestmark = pytest.mark.thorough

_SEED = 7  # other sentences than those the understander was built from


def _templates() -> list[tuple[str, str, str]]:
    return [
        (locale, intent, template)
        for locale in ("vi", "en")
        for intent, templates in load_data(f"intents.{locale}.yaml")["intents"].items()
        for template in templates
    ]


@pytest.mark.parametrize(("locale", "intent", "template"), _templates())
def test_a_template_is_its_own_intent(
    understander: Understander, locale: str, intent: str, template: str
) -> None:
    rules = load_data(f"intents.{locale}.yaml")["rules"]
    for sentence in sample(template, rules, 6, seed=_SEED):
        assert intent in [u.intent for u in understander.understand(sentence)], sentence


def test_every_service_of_the_robot_can_be_asked_for_in_vietnamese() -> None:
    served = set(load_data("intents.vi.yaml")["intents"])
    assert served == set(get_args(Intent)) - {"out_of_scope", "not_understood"}


@pytest.mark.parametrize(
    ("text", "intent", "slots"),
    [
        ("quầy số năm ở đâu", "ask_directions", {"counter": "5"}),
        ("thái độ cán bộ quầy ba không tốt", "give_feedback", {"rating": "2", "counter": "3"}),
        ("số A không một hai sắp đến chưa", "ask_wait", {"ticket": "A012"}),
        ("so A012 sap den chua", "ask_wait", {"ticket": "A012"}),
        ("nói tiếng Anh đi", "switch_language", {"locale": "en"}),
        ("speak Vietnamese please", "switch_language", {"locale": "vi"}),
        ("bình thường", "give_feedback", {"rating": "3"}),
        ("mang nước ra ghế cho tôi", "request_drink", {"place": "seat"}),
        ("đem cốc nước ra tận chỗ ngồi giúp bác", "request_drink", {"place": "seat"}),
        ("cho tôi xin cốc nước", "request_drink", {}),
        ("bring me some water to my seat", "request_drink", {"place": "seat", "locale": "en"}),
        ("dẫn tôi đi", "ask_directions", {}),
        ("dẫn bác đến quầy số ba nhé", "ask_directions", {"counter": "3"}),
        ("take me there please", "ask_directions", {"locale": "en"}),
        ("two stars", "give_feedback", {"rating": "2", "locale": "en"}),
    ],
)
def test_details_come_as_slots(
    understander: Understander, text: str, intent: str, slots: dict[str, str]
) -> None:
    (found,) = understander.understand(text)
    assert (found.intent, found.slots) == (intent, slots)
