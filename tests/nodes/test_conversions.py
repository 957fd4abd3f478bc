"""Between messages and the core's values: nothing is lost, errors keep their names."""

import pytest

pytest.importorskip("rclpy")

from kiosk_interfaces.action import Dispense, PrintTicket, Say, ScanDocument
from kiosk_interfaces.msg import Intent
from kiosk_interfaces.srv import CallNext, CheckIn, IssueTicket, SettleTicket, SubmitFeedback
from kiosk_nodes.conversions import error_name, to_intent, to_requested
from kiosk_robot.dialogue.session import Requested
from kiosk_robot.understanding.model import RankedProcedure, Understanding

ANSWERS = [
    *(kind.Result for kind in (Dispense, PrintTicket, Say, ScanDocument)),
    *(kind.Response for kind in (CallNext, CheckIn, IssueTicket, SettleTicket, SubmitFeedback)),
]


@pytest.mark.parametrize("kind", ANSWERS, ids=lambda kind: kind.__name__)
def test_every_error_has_its_name(kind):
    constants = [name for name in vars(type(kind)) if name[0].isupper() and name.isupper()]
    constants.remove("NONE")
    assert constants
    for name in constants:
        assert error_name(kind(), getattr(kind, name)) == name.lower()


def test_an_error_nobody_named_keeps_its_number():
    assert error_name(Dispense.Result(), 599) == "error_599"
    assert error_name(Dispense.Result(), 0) == ""


def test_an_understanding_survives_the_topic():
    understanding = Understanding(
        "khai sinh cho con",
        "ask_procedure",
        "clarify",
        procedures=(RankedProcedure("1.001193", 0.75), RankedProcedure("2.000815", 0.5)),
        facet="fee",
        case_id="ordinary",
        question="Bác hỏi về thủ tục nào ạ?",
        slots={"counter": "3"},
        confidence=0.5,
    )
    for interrupts in (True, False):
        message = to_intent(
            understanding, Intent.MODALITY_SPEECH, "anonymous_speaker", interrupts=interrupts
        )
        assert to_requested(message, "visit") == Requested("visit", understanding, interrupts)
