"""Serves the touch screen and passes presses on as intents."""

import math
import threading
import time

import uvicorn
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.node import Node
from std_msgs.msg import Bool

from kiosk_interfaces.msg import (
    ClosedCaption,
    DialogueState,
    DialogueTurn,
    Intent,
    Presence,
    QueueState,
)
from kiosk_interfaces.srv import Dictate
from kiosk_nodes.conversions import to_intent
from kiosk_nodes.lifecycle_manager import STATUS_PREFIX
from kiosk_nodes.node_parameters import declare, read
from kiosk_nodes.qos import DIAGNOSTICS, EVENT, STATE
from kiosk_nodes.running import run, steady_timer
from kiosk_nodes.spoken_claims import sealing_key
from kiosk_robot.node_table import DEVICE_NODES
from kiosk_robot.parameters import WebGateway
from kiosk_robot.understanding.model import Understanding
from kiosk_robot.web.app import Hub, create_app

CORE_NODES = ("queue", "intent_extractor", "dialogue_manager")
CORE_PATIENCE = 3.0  # seconds without a sign of life


class WebGatewayNode(Node):
    """The HTTP server runs in a thread of its own; topics are pushed to it through the hub."""

    def __init__(self) -> None:
        super().__init__("web_gateway")
        declare(self, WebGateway)
        wanted = read(self, WebGateway)
        self._hub = Hub()
        self._devices = dict.fromkeys(DEVICE_NODES, "not seen yet")
        self._core = dict.fromkeys(CORE_NODES, -math.inf)  # steady time of the last sign of life
        self._intents = self.create_publisher(Intent, "/intents", EVENT)
        captions = "/dialogue_manager/closed_captions"
        self.create_subscription(DialogueState, "dialogue/state", self._on_state, STATE)
        self.create_subscription(ClosedCaption, captions, self._on_caption, EVENT)
        self.create_subscription(DialogueTurn, "dialogue/turns", self._on_turn, EVENT)
        self.create_subscription(QueueState, "queue/state", self._on_queue, STATE)
        self.create_subscription(Presence, "presence", self._on_presence, STATE)
        self.create_subscription(Bool, "/robot_speaking", self._on_speaking, STATE)
        self.create_subscription(DiagnosticArray, "/diagnostics", self._on_diagnostics, DIAGNOSTICS)
        self._dictate = self.create_client(Dictate, "dialogue/dictate")
        app = create_app(self._hub, self._on_press, self._on_answer, lambda: sealing_key(self))
        config = uvicorn.Config(app, host=wanted.host, port=wanted.port, log_level="warning")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, name="http", daemon=True)
        self._thread.start()
        self._address = f"http://{wanted.host}:{wanted.port}/"
        self.get_logger().info(f"touch screen at {self._address}")
        steady_timer(self, 1.0, self._watch_server)

    def destroy_node(self) -> None:
        """End the server with the node."""
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(1.0)
        super().destroy_node()

    def _watch_server(self) -> None:
        """A gateway without its server is no gateway: end, and be started again."""
        if not self._thread.is_alive():
            raise RuntimeError(f"no server at {self._address}: is the port taken (`port`)?")

    def _on_press(self, understanding: Understanding) -> None:
        self._intents.publish(to_intent(understanding, Intent.MODALITY_TOUCHSCREEN, "touchscreen"))

    def _on_answer(self, text: str) -> None:
        self._dictate.call_async(Dictate.Request(text=text))

    def _on_state(self, state: DialogueState) -> None:
        message = {
            "session_id": state.session_id,
            "phase": state.phase,
            "locale": state.locale,
            "procedure": state.procedure_code,
            "ticket_number": state.ticket_number,
            "ticket_on_paper": state.ticket_on_paper,
            "ticket_follow_url": state.ticket_follow_url,
            "place": state.place,
            "notice": state.notice,
            "dictating": state.dictating,
            "choices": [{"id": choice.id, "label": choice.label} for choice in state.choices],
        }
        self._hub.publish("state", message)

    def _on_caption(self, caption: ClosedCaption) -> None:
        self._hub.publish(
            "caption",
            {"who": caption.speaker_id, "text": caption.text, "locale": caption.locale},
        )

    def _on_turn(self, turn: DialogueTurn) -> None:
        stamp = turn.header.stamp
        message = {
            "t": stamp.sec + stamp.nanosec / 1e9,
            "session_id": turn.session_id,
            "who": turn.speaker_id,
            "text": turn.text,
            "intent": turn.intent,
            "commands": list(turn.commands),
            "ms": turn.ms,
        }
        self._hub.publish("turn", message)

    def _on_queue(self, queue: QueueState) -> None:
        series = [
            {
                "series": one.series,
                "counters": list(one.counters),
                "waiting": one.waiting,
                "last_called": one.last_called,
            }
            for one in queue.series
        ]
        self._hub.publish("queue", {"day": queue.day, "series": series})

    def _on_speaking(self, speaking: Bool) -> None:
        self._hub.publish("speaking", {"speaking": speaking.data})

    def _on_presence(self, presence: Presence) -> None:
        self._hub.publish("presence", {"present": presence.present})

    def _on_diagnostics(self, array: DiagnosticArray) -> None:
        now = time.monotonic()
        for status in array.status:
            if status.name.startswith(STATUS_PREFIX):
                device = status.name.removeprefix(STATUS_PREFIX)
                healthy = status.level == DiagnosticStatus.OK
                self._devices[device] = "ok" if healthy else status.message
            elif status.name in self._core:
                self._core[status.name] = now
        nodes = self._devices | {
            name: "ok" if now - seen < CORE_PATIENCE else "does not answer"
            for name, seen in self._core.items()
        }
        ready = all(how == "ok" for how in nodes.values())
        self._hub.publish("health", {"ready": ready, "nodes": nodes})


def main() -> None:
    """Run the node."""
    run(WebGatewayNode)


if __name__ == "__main__":
    main()
