"""What was heard becomes intents, in the context of the conversation."""

import json

import pytest

pytest.importorskip("rclpy")

from kiosk_interfaces.msg import DialogueState, Intent, LiveSpeech
from kiosk_interfaces.srv import Understand
from kiosk_nodes.intent_extractor import IntentExtractorNode
from kiosk_nodes.qos import EVENT, STATE
from kiosk_nodes.speech_recognition import SPEAKER


@pytest.fixture
def extractor(bench):
    return bench.add(IntentExtractorNode())


def heard(text: str, confidence: float = 1.0) -> LiveSpeech:
    return LiveSpeech(final=text, confidence=confidence)


def test_what_was_heard_becomes_intents(bench, extractor):
    speech = bench.publisher(LiveSpeech, f"{SPEAKER}/speech", EVENT)
    state = bench.publisher(DialogueState, "dialogue/state", STATE)
    intents = bench.hear(Intent, "/intents", EVENT)

    speech.publish(LiveSpeech(incremental="tôi muốn làm"))  # not yet an utterance
    speech.publish(heard("tôi muốn làm giấy khai sinh cho con"))
    bench.wait_for(lambda: intents, "the first request")
    [asked] = intents
    data = json.loads(asked.data)
    assert (asked.intent, asked.modality) == ("ask_procedure", Intent.MODALITY_SPEECH)
    assert (data["behaviour"], data["procedures"][0][0]) == ("answer", "1.001193")
    assert (asked.source, asked.priority) == ("anonymous_speaker", 128)

    speech.publish(heard("dừng lại đi"))
    bench.wait_for(lambda: len(intents) == 2, "the second request")
    assert (intents[1].intent, intents[1].priority) == ("cancel", 255)

    state.publish(DialogueState(phase="confirm_ticket", procedure_code="2.000815"))
    bench.wait_for(lambda: extractor._dialogue_context.procedure == "2.000815", "the context")
    speech.publish(heard("hết bao nhiêu tiền"))
    bench.wait_for(lambda: len(intents) == 3, "the third request")
    data = json.loads(intents[2].data)
    assert (data["facet"], data["procedures"][0][0]) == ("fee", "2.000815")


def test_what_was_perhaps_misheard_says_so(bench, extractor):
    speech = bench.publisher(LiveSpeech, f"{SPEAKER}/speech", EVENT)
    intents = bench.hear(Intent, "/intents", EVENT)
    for confidence in (1.0, 0.6):
        speech.publish(heard("cho tôi xin cốc nước", confidence))
    bench.wait_for(lambda: len(intents) == 2, "both requests")
    assert [intent.intent for intent in intents] == ["request_drink"] * 2
    assert [json.loads(intent.data)["sure"] for intent in intents] == [True, False]


def test_what_a_phone_asks_is_understood_without_touching_the_visit(bench, extractor):
    intents = bench.hear(Intent, "/intents", EVENT)
    request = Understand.Request(text="hết bao nhiêu tiền", procedure_code="2.000815")
    [asked] = bench.call(Understand, "understand", request).intents
    data = json.loads(asked.data)
    assert (data["facet"], data["procedures"][0][0]) == ("fee", "2.000815")
    assert extractor._dialogue_context.procedure is None
    assert not intents
