"""What citizens say or type to be found in the list of bookings: sealed before it is published."""

from rclpy.node import Node

from kiosk_interfaces.msg import DialogueState, Intent
from kiosk_nodes.conversions import to_intent
from kiosk_nodes.qos import EVENT, STATE
from kiosk_robot.dialogue.choices import claimed
from kiosk_robot.dialogue.session import Phase
from kiosk_robot.paths import data_dir
from kiosk_robot.queueing.booking_desk import KEY_FILE
from kiosk_robot.queueing.claims import KeyFileError, SealingKey


def sealing_key(node: Node) -> SealingKey | None:
    """The key of the list in force; None when there is none, or it cannot be used."""
    try:
        return SealingKey.load(data_dir() / KEY_FILE)
    except KeyFileError as error:
        node.get_logger().error(str(error))
        return None


class SpokenClaims:
    """Part of the speech recognition: while the robot asks for a booking, numbers and names that
    are said go sealed to the dialogue, and are not published as speech.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._asked = False
        self._intents = node.create_publisher(Intent, "/intents", EVENT)
        node.create_subscription(DialogueState, "dialogue/state", self._on_state, STATE)

    def take(self, text: str) -> bool:
        """Whether it was a claim, and is on its way."""
        found = claimed(text, sealing_key(self._node)) if self._asked else None
        if found:
            self._intents.publish(to_intent(found, Intent.MODALITY_SPEECH, "anonymous_speaker"))
        return found is not None

    def _on_state(self, state: DialogueState) -> None:
        self._asked = state.phase == Phase.CHECK_IN
