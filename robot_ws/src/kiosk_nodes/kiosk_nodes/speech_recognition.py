"""Hears the citizen and publishes what was said; deaf while the robot speaks."""

import time
import unicodedata

from std_msgs.msg import Bool

from kiosk_interfaces.msg import DeviceCondition, DialogueState, LiveSpeech
from kiosk_interfaces.srv import Dictate, SetGrammar
from kiosk_nodes.device_node import DeviceNode
from kiosk_nodes.qos import EVENT, STATE
from kiosk_nodes.running import run
from kiosk_nodes.spoken_claims import SpokenClaims
from kiosk_robot.documents.masking import mask_numbers_in
from kiosk_robot.drivers.simulated.microphone import ScriptedMicrophone
from kiosk_robot.parameters import SpeechRecognition

SPEAKER = "/humans/voices/anonymous_speaker"


class SpeechRecognitionNode(DeviceNode[SpeechRecognition]):
    """Engine behind one callback: `_heard(text)` comes from the engine's own thread."""

    def __init__(self) -> None:
        super().__init__("speech_recognition")
        self._speech = self.create_publisher(LiveSpeech, f"{SPEAKER}/speech", EVENT)
        self._is_speaking = self.create_publisher(Bool, f"{SPEAKER}/is_speaking", STATE)
        self.create_subscription(Bool, "/robot_speaking", self._on_robot_speaking, STATE)
        self.create_service(SetGrammar, "~/set_grammar", self._set_grammar)
        self.create_subscription(DialogueState, "dialogue/state", self._on_dialogue, STATE)
        self._dictate = self.create_client(Dictate, "dialogue/dictate")
        # Until the dialogue has told whether what is said is personal, nothing is passed on.
        self._dictating: bool | None = None
        self._claims = SpokenClaims(self)
        self._microphone: ScriptedMicrophone | None = None
        self._robot_speaking = False
        self._silent_since = time.monotonic()

    def open_device(self) -> None:
        """Start the engine."""
        if self.parameters.engine == "none":
            raise OSError(
                "no speech engine is configured (`speech_recognition.engine`): touch only"
            )
        path = self.parameters.scripted_socket
        try:
            self._microphone = ScriptedMicrophone(path, self._heard, self._lost)
        except OSError as error:
            raise OSError(f"scripted microphone {path}: {error.strerror}") from None
        self.set_condition(DeviceCondition.OK, "engine scripted")

    def close_device(self) -> None:
        """Stop the engine."""
        if self._microphone:
            self._microphone.close()
            self._microphone = None

    def _lost(self) -> None:
        self.set_condition(DeviceCondition.OFFLINE, "microphone: the line broke")

    def _on_robot_speaking(self, message: Bool) -> None:
        if self._robot_speaking and not message.data:
            self._silent_since = time.monotonic()
        self._robot_speaking = message.data

    def _on_dialogue(self, state: DialogueState) -> None:
        self._dictating = state.dictating

    def _deaf(self) -> bool:
        since = time.monotonic() - self._silent_since
        untold = self._dictating is None
        return untold or self._robot_speaking or since < self.parameters.hold_off

    def _heard(self, text: str) -> None:
        if not self.active or self._deaf():
            return
        text = unicodedata.normalize("NFC", text.strip())
        if self._dictating:
            self._dictate.call_async(Dictate.Request(text=text))
            return
        if self._claims.take(text):
            return
        message = LiveSpeech(
            final=mask_numbers_in(text),
            confidence=1.0,
            locale="vi-VN",
        )
        message.header.stamp = self.get_clock().now().to_msg()
        self._is_speaking.publish(Bool(data=True))
        self._speech.publish(message)
        self._is_speaking.publish(Bool(data=False))

    def _set_grammar(
        self, request: SetGrammar.Request, response: SetGrammar.Response
    ) -> SetGrammar.Response:
        """The scripted engine hears every phrase, so any grammar is met already."""
        response.success = all(phrase.strip() for phrase in request.phrases)
        response.error_msg = "" if response.success else "a phrase is empty"
        return response


def main() -> None:
    """Run the node."""
    run(SpeechRecognitionNode)


if __name__ == "__main__":
    main()
