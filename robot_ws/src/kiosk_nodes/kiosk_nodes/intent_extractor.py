"""Turns what was heard into intents."""

from rclpy.node import Node

from kiosk_interfaces.msg import DialogueState, Intent, LiveSpeech
from kiosk_interfaces.srv import Understand
from kiosk_nodes.conversions import to_intent
from kiosk_nodes.node_parameters import declare
from kiosk_nodes.qos import EVENT, STATE
from kiosk_nodes.running import report_alive, run
from kiosk_nodes.speech_recognition import SPEAKER
from kiosk_robot.config import load_catalogue
from kiosk_robot.parameters import IntentExtractor
from kiosk_robot.understanding import Understander
from kiosk_robot.understanding.model import Context
from kiosk_robot.understanding.spoken import understand_speech


class IntentExtractorNode(Node):
    """Keeps the context that the dialogue publishes, so that follow-ups are understood."""

    def __init__(self) -> None:
        super().__init__("intent_extractor")
        report_alive(self)
        declare(self, IntentExtractor)
        self._understander = Understander.load(load_catalogue())
        self._dialogue_context = Context()
        self._intents = self.create_publisher(Intent, "/intents", EVENT)
        self.create_subscription(LiveSpeech, f"{SPEAKER}/speech", self._on_speech, EVENT)
        self.create_subscription(DialogueState, "dialogue/state", self._on_dialogue, STATE)
        self.create_service(Understand, "understand", self._understand)

    def _on_dialogue(self, state: DialogueState) -> None:
        offered = [c.id.removeprefix("procedure:") for c in state.choices if ":" in c.id]
        choosing = state.phase == "choose_procedure"
        self._dialogue_context = Context(
            procedure=state.procedure_code or None,
            case_id=state.case_id or None,
            offered=tuple(offered) if choosing else (),
            commenting=state.phase == "comment",
        )

    def _on_speech(self, speech: LiveSpeech) -> None:
        if not speech.final:
            return
        requests = understand_speech(
            self._understander,
            speech.final,
            speech.confidence,
            list(speech.alternatives),
            self._dialogue_context,
        )
        for place, understanding in enumerate(requests):
            self._intents.publish(
                to_intent(
                    understanding,
                    Intent.MODALITY_SPEECH,
                    "anonymous_speaker",
                    interrupts=place == 0,
                )
            )

    def _understand(
        self, request: Understand.Request, response: Understand.Response
    ) -> Understand.Response:
        context = Context(
            procedure=request.procedure_code or None,
            case_id=request.case_id or None,
            offered=tuple(request.offered),
        )
        found = self._understander.understand(request.text, context)
        response.intents = [to_intent(one, Intent.MODALITY_TOUCHSCREEN, "phone") for one in found]
        return response


def main() -> None:
    """Run the node."""
    run(IntentExtractorNode)


if __name__ == "__main__":
    main()
