"""Serves the pages: the touch screen and the citizens' phones."""

import asyncio
import math
import ssl
import threading
import time
from typing import Any

import uvicorn
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from fastapi import FastAPI
from rclpy.node import Node
from std_msgs.msg import Bool, Float32

from kiosk_interfaces.msg import (
    ClosedCaption,
    DialogueState,
    DialogueTurn,
    LiveSpeech,
    Presence,
    QueueState,
    SpokenWord,
)
from kiosk_nodes.lifecycle_manager import STATUS_PREFIX
from kiosk_nodes.node_parameters import declare, read
from kiosk_nodes.page_links import PageLinks
from kiosk_nodes.qos import DIAGNOSTICS, EVENT, SENSOR, STATE
from kiosk_nodes.running import run, steady_timer
from kiosk_nodes.speech_recognition import SPEAKER
from kiosk_nodes.web_desk import WebDesk
from kiosk_robot.config import ConfigError, load_site
from kiosk_robot.dialogue.turn import Knowledge
from kiosk_robot.node_table import DEVICE_NODES
from kiosk_robot.parameters import WebGateway
from kiosk_robot.web.app import Hub, create_app
from kiosk_robot.web.identity import identity_routes
from kiosk_robot.web.library import Library
from kiosk_robot.web.phone import phone_routes
from kiosk_robot.web.protection import MOST_BYTES
from kiosk_robot.web.screen import screen_routes

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
        self._reasons: dict[str, str] = {}  # what devices say of themselves
        self._core = dict.fromkeys(CORE_NODES, -math.inf)  # steady time of the last sign of life
        captions = "/dialogue_manager/closed_captions"
        self.create_subscription(DialogueState, "dialogue/state", self._on_state, STATE)
        self.create_subscription(ClosedCaption, captions, self._on_caption, EVENT)
        words = "/dialogue_manager/spoken_word"
        self.create_subscription(SpokenWord, words, self._on_word, EVENT)
        self.create_subscription(DialogueTurn, "dialogue/turns", self._on_turn, EVENT)
        self.create_subscription(QueueState, "queue/state", self._on_queue, STATE)
        self.create_subscription(Presence, "presence", self._on_presence, STATE)
        self.create_subscription(Bool, "/robot_speaking", self._on_speaking, STATE)
        self.create_subscription(Bool, f"{SPEAKER}/is_speaking", self._on_hearing, STATE)
        self.create_subscription(LiveSpeech, f"{SPEAKER}/speech", self._on_speech, EVENT)
        self.create_subscription(Float32, f"{SPEAKER}/loudness", self._on_loudness, SENSOR)
        self.create_subscription(DiagnosticArray, "/diagnostics", self._on_diagnostics, DIAGNOSTICS)
        library = Library(lambda: Knowledge.read(wanted.site))
        threading.Thread(target=lambda: library.search, name="library", daemon=True).start()
        links = PageLinks(self, library)
        app = create_app(
            self._hub,
            identity_routes(load_site(wanted.site)),
            screen_routes(self._hub, links.touch, library),
            phone_routes(self._hub, links.phone, library),
        )
        WebDesk(self, app, self._hub, wanted.site)
        self._servers = servers(app, wanted)
        self._thread = threading.Thread(target=self._serve, name="http", daemon=True)
        self._thread.start()
        self._address = f"http://{wanted.host}:{wanted.port}/"
        self.get_logger().info(f"touch screen at {self._address}")
        steady_timer(self, 1.0, self._watch_server)

    def destroy_node(self) -> None:
        """End the server with the node."""
        for server in self._servers:
            server.should_exit = server.force_exit = True
        self._thread.join(1.0)
        super().destroy_node()

    def _serve(self) -> None:
        """All in one loop: the hub has one."""

        async def all_together() -> None:
            await asyncio.gather(*map(uvicorn.Server.serve, self._servers))

        asyncio.run(all_together())

    def _watch_server(self) -> None:
        """A gateway without its server is no gateway: end, and be started again."""
        if not self._thread.is_alive():
            raise RuntimeError(f"no server at {self._address}: is the port taken (`port`)?")

    def _on_state(self, state: DialogueState) -> None:
        message = {
            "session_id": state.session_id,
            "phase": state.phase,
            "locale": state.locale,
            "procedure": state.procedure_code,
            "case": state.case_id,
            "ticket_id": state.ticket_id,
            "ticket_number": state.ticket_number,
            "ticket_on_paper": state.ticket_on_paper,
            "ticket_follow_url": state.ticket_follow_url,
            "place": state.place,
            "notice": state.notice,
            "dictating": state.dictating,
            "ends_in": round(state.ends_in, 1),
            "choices": [{"id": choice.id, "label": choice.label} for choice in state.choices],
        }
        self._hub.publish("state", message)

    def _on_caption(self, caption: ClosedCaption) -> None:
        self._hub.publish(
            "caption",
            {"who": caption.speaker_id, "text": caption.text, "locale": caption.locale},
        )

    def _on_word(self, word: SpokenWord) -> None:
        self._hub.publish("word", {"begin": word.word_begin, "end": word.word_end})

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

    def _on_hearing(self, citizen_speaks: Bool) -> None:
        self._hub.publish("hearing", {"hearing": citizen_speaks.data})

    def _on_speech(self, speech: LiveSpeech) -> None:
        """What is understood so far, as it is being said; the caption follows when it is over."""
        self._hub.publish("heard", {"text": speech.incremental})

    def _on_loudness(self, loudness: Float32) -> None:
        self._hub.publish("loudness", {"loudness": round(loudness.data, 2)})

    def _on_presence(self, presence: Presence) -> None:
        self._hub.publish("presence", {"present": presence.present})

    def _on_diagnostics(self, array: DiagnosticArray) -> None:
        now = time.monotonic()
        for status in array.status:
            if status.name.startswith(STATUS_PREFIX):
                device = status.name.removeprefix(STATUS_PREFIX)
                healthy = status.level == DiagnosticStatus.OK
                self._devices[device] = "ok" if healthy else status.message
            elif status.name in self._devices:
                self._reasons[status.name] = status.message
            elif status.name in self._core:
                self._core[status.name] = now
        nodes = {name: self._how(name) for name in self._devices} | {
            name: "ok" if now - seen < CORE_PATIENCE else "does not answer"
            for name, seen in self._core.items()
        }
        ready = all(how == "ok" for how in nodes.values())
        self._hub.publish("health", {"ready": ready, "nodes": nodes})

    def _how(self, device: str) -> str:
        """ "ok", or where it is in its life and why."""
        how = self._devices[device]
        reason = self._reasons.get(device)
        return how if how == "ok" or not reason else f"{how}: {reason}"


def servers(app: FastAPI, wanted: WebGateway) -> list[uvicorn.Server]:
    """One over plain HTTP and, if there is a certificate, one for the consoles over HTTPS.

    :raises ConfigError: the certificate cannot be used.
    """
    common: dict[str, Any] = {
        "host": wanted.host,
        "log_level": "warning",
        "proxy_headers": False,  # who is at the robot is told by the connection alone
        "ws_max_size": MOST_BYTES,
        "ws_per_message_deflate": False,  # short messages to many: pressing them costs more
    }
    plain = uvicorn.Config(app, port=wanted.port, **common)
    if not wanted.certificate:
        return [uvicorn.Server(plain)]
    _try(wanted.certificate)
    secure = uvicorn.Config(
        app, port=wanted.secure_port, ssl_certfile=wanted.certificate, lifespan="off", **common
    )
    return [uvicorn.Server(plain), uvicorn.Server(secure)]


def _try(certificate: str) -> None:
    """Find out before serving what uvicorn would in its thread, long after."""
    try:
        # With an answer, as nobody is at a terminal to be asked for a password.
        ssl.create_default_context().load_cert_chain(certificate, password=lambda: "")
    except OSError as error:  # SSLError is one
        wrong = error.strerror or str(error)
        raise ConfigError(f"web_gateway.certificate: {certificate}: {wrong}") from None


def main() -> None:
    """Run the node."""
    run(WebGatewayNode)


if __name__ == "__main__":
    main()
