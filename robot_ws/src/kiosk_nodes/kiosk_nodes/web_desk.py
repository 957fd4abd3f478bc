"""What the pages behind the sign-in, and the board, need of the robot: part of the web gateway."""

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from fastapi import FastAPI
from rclpy.client import Client
from rclpy.node import Node
from rclpy.task import Future

from kiosk_interfaces.msg import DispenserState, Intent, LeaderAlert, QueueState
from kiosk_interfaces.srv import (
    AcknowledgeAlert,
    CallNext,
    ChangeCounter,
    ChangeTicket,
    CloseAlert,
    ManageNodes,
)
from kiosk_nodes.conversions import error_name
from kiosk_nodes.lifecycle_manager import STATUS_PREFIX
from kiosk_nodes.qos import DIAGNOSTICS, EVENT, STATE
from kiosk_robot.config import load_catalogue, load_site, parameters_in_force
from kiosk_robot.doctor import CHECKS
from kiosk_robot.drivers.pyttsx3_voice import SynthesisHungError
from kiosk_robot.drivers.voices import Voices, manner_of
from kiosk_robot.feedback.unanswered import Unanswered, unanswered_folder
from kiosk_robot.parameters import Queue, TextToSpeech
from kiosk_robot.paths import data_dir
from kiosk_robot.queueing.engine import utc_now
from kiosk_robot.queueing.store import Store, database_url
from kiosk_robot.speech.voice import SynthesisError
from kiosk_robot.web.accounts import Accounts
from kiosk_robot.web.app import Hub
from kiosk_robot.web.audit import Audit
from kiosk_robot.web.console import Console, RobotSilentError
from kiosk_robot.web.consoles import add_consoles
from kiosk_robot.web.sessions import Sessions

PATIENCE = 2.0  # seconds for an answer, of which DDS may drop the first after a start
ATTEMPTS = 2  # each request can be repeated without harm
CALLS_KEPT = 64


class RosRobot:
    """The robot's services, asked from the thread of the web server."""

    def __init__(self, node: Node) -> None:
        self._clients: dict[str, Client] = {
            "queue/call_next": node.create_client(CallNext, "queue/call_next"),
            "queue/change_ticket": node.create_client(ChangeTicket, "queue/change_ticket"),
            "queue/change_counter": node.create_client(ChangeCounter, "queue/change_counter"),
            "feedback/acknowledge_alert": node.create_client(
                AcknowledgeAlert, "feedback/acknowledge_alert"
            ),
            "feedback/close_alert": node.create_client(CloseAlert, "feedback/close_alert"),
            "lifecycle_manager/manage_nodes": node.create_client(
                ManageNodes, "lifecycle_manager/manage_nodes"
            ),
        }

    async def ask(self, service: str, **fields: Any) -> str:
        """See `kiosk_robot.web.console.Robot`."""
        client = self._clients[service]
        request = client.srv_type.Request()
        for name, value in fields.items():
            wants_number = isinstance(getattr(request, name), int) and isinstance(value, str)
            setattr(request, name, getattr(type(request), value) if wants_number else value)
        for _ in range(ATTEMPTS):
            answer = await self._answer(client, request)
            if answer is not None:
                code = answer.error_code if hasattr(answer, "error_code") else not answer.success
                return error_name(answer, int(code))
        raise RobotSilentError

    async def _answer(self, client: Client, request: Any) -> Any:
        loop = asyncio.get_running_loop()
        arrived = asyncio.Event()
        asked = client.call_async(request)

        def wake(_future: Future) -> None:
            loop.call_soon_threadsafe(arrived.set)

        asked.add_done_callback(wake)
        try:
            await asyncio.wait_for(arrived.wait(), PATIENCE)
        except TimeoutError:
            client.remove_pending_request(asked)
            return None
        return asked.result()


class BoardVoice:
    """Makes the calls of the board. The engine lives in one thread, and is loaded when needed."""

    def __init__(self, wanted: TextToSpeech) -> None:
        self._wanted = wanted
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="board_voice")
        self._voices: Voices | None = None
        self._cached = lru_cache(CALLS_KEPT)(self._synthesise)

    def speak(self, text: str, locale: str) -> bytes:
        """The text as WAV.

        :raises OSError: there is no voice.
        """
        try:
            return self._thread.submit(self._cached, text, locale).result()
        except (SynthesisError, SynthesisHungError) as error:
            raise OSError(str(error)) from error

    def _synthesise(self, text: str, locale: str) -> bytes:
        self._voices = self._voices or Voices()
        return self._voices.synthesise(text, manner_of(self._wanted, locale, 1.0, 1.0)).wav


class WebDesk:
    """Part of the web gateway node."""

    def __init__(self, node: Node, app: FastAPI, hub: Hub, site: str) -> None:
        self._private = Hub()
        node.create_subscription(LeaderAlert, "feedback/alerts", self._on_alert, EVENT)
        settings = parameters_in_force()
        queue = Queue.model_validate(settings["queue"])
        console = Console(
            robot=RosRobot(node),
            site=load_site(site),
            catalogue=load_catalogue(),
            store=Store(queue.database_url or database_url()),
            sessions=Sessions(Accounts()),
            audit=Audit(data_dir() / "log"),
            hub=self._private,
            queue_hub=hub,
        )
        self._told = console.told
        self._devices: dict[str, dict[str, Any]] = {}
        self._unanswered = Unanswered(unanswered_folder(), console.site, utc_now)
        voice = BoardVoice(TextToSpeech.model_validate(settings["text_to_speech"]))
        logs = data_dir() / "log"
        add_consoles(app, console, self._unanswered, voice.speak, CHECKS, settings, logs)
        node.create_subscription(Intent, "/intents", self._on_intent, EVENT)
        node.create_subscription(QueueState, "queue/state", self._on_queue, STATE)
        node.create_subscription(DispenserState, "dispenser/state", self._on_dispenser, STATE)
        node.create_subscription(DiagnosticArray, "/diagnostics", self._on_diagnostics, DIAGNOSTICS)

    def _on_intent(self, intent: Intent) -> None:
        """Keep what could not be answered."""
        asked = json.loads(intent.data)
        if asked["behaviour"] == "handoff":
            self._unanswered.note(asked["text"], [code for code, _ in asked["procedures"]])

    def _on_queue(self, queue: QueueState) -> None:
        names = ("series", "counters", "waiting", "last_called", "wait_low", "wait_high")
        self._told["queue"] = {
            "series": [
                {name: _plain(getattr(one, name)) for name in names} for one in queue.series
            ],
            "promises": queue.promises,
            "promises_not_longer": queue.promises_not_longer,
        }

    def _on_dispenser(self, state: DispenserState) -> None:
        self._told["supplies"] = [
            {"item": slot.item, "stock": slot.stock, "low": slot.low} for slot in state.slots
        ]

    def _on_diagnostics(self, array: DiagnosticArray) -> None:
        for status in array.status:
            self._devices[status.name] = {
                "name": status.name,
                "ok": status.level == DiagnosticStatus.OK,
                "message": status.message,
                "hardware": status.hardware_id,
                "values": {one.key: one.value for one in status.values},
                "seen": time.time(),
            }
        # What the lifecycle manager tells of the others is in their own words too.
        own = [one for name, one in self._devices.items() if not name.startswith(STATUS_PREFIX)]
        self._told["devices"] = sorted(own, key=lambda one: one["name"])

    def _on_alert(self, alert: LeaderAlert) -> None:
        self._private.publish("alert", {"id": alert.id})


def _plain(value: Any) -> Any:
    """A field of a message as JSON takes it."""
    return value if isinstance(value, int | str) else list(value)
