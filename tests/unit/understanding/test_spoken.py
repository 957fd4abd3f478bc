"""What an engine heard badly is either asked about or not understood; never acted on."""

import pytest

from kiosk_robot.understanding.model import Understanding
from kiosk_robot.understanding.spoken import understand_speech


class Understander:
    """Knows two sentences exactly; anything else it takes for an open question."""

    KNOWN = {  # noqa: RUF012
        "cho tôi xin cốc nước": Understanding("", "request_drink", "command", confidence=0.97),
        "tôi muốn lấy số": Understanding("", "take_ticket", "command", confidence=0.6),
    }

    def understand(self, text, context=None):
        asked = Understanding(text, "ask_procedure", "clarify", question="Bác cần gì ạ?")
        return [self.KNOWN.get(text, asked)]


def heard(text, confidence, *alternatives):
    [found] = understand_speech(Understander(), text, confidence, alternatives)
    return found.intent, found.sure


@pytest.mark.parametrize(
    ("text", "confidence", "alternatives", "expected"),
    [
        ("cho tôi xin cốc nước", 0.95, (), ("request_drink", True)),
        ("sao tôi sin cốt", 0.95, (), ("ask_procedure", True)),
        ("cho tôi xin cốc nước", 0.5, (), ("request_drink", False)),
        ("sao tôi sin cốt", 0.5, ("cho tôi xin cốc nước",), ("request_drink", False)),
        ("sao tôi sin cốt", 0.5, (), ("not_understood", True)),
        ("cho tôi xin cốc nước", 0.2, (), ("request_drink", False)),
        ("tôi muốn lấy số", 0.2, (), ("not_understood", True)),
        ("cho tôi xin cốc nước", 0.1, (), ("not_understood", True)),
    ],
)
def test_what_counts_follows_from_the_engines_confidence(text, confidence, alternatives, expected):
    assert heard(text, confidence, *alternatives) == expected
