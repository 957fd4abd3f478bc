"""Plays a citizen's visit against a running robot, through its simulated devices and its screen.

Used by `kiosk demo`, by `kiosk run` and by the system tests: what they see is what a citizen sees.
"""

import json
import threading
import time
from collections.abc import Callable
from typing import Any, Self

import httpx
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from kiosk_robot.drivers.simulated.devices import SimulatedDevices

Message = dict[str, Any]
START_PATIENCE = 60.0  # seconds for all nodes to come up on a slow machine
TURN_PATIENCE = 45.0  # seconds for a turn to be carried out
SPOKEN_TRIES = 2  # then the screen is touched
SAY_AGAIN = (8.0, 8.0, 8.0)  # seconds until a citizen who is not heard says it again
SOUND_PATIENCE = 3.0  # seconds from a caption to its sound, on a busy machine
HOLD_OFF = 0.4  # seconds after the robot has spoken until it hears again, with a margin


class VisitError(Exception):
    """The robot did not do what the visit waits for; the message says what."""


class Visit:
    """Context manager: one pair of eyes and ears at the robot. `listen` gets every message."""

    def __init__(
        self, url: str, devices: SimulatedDevices, listen: Callable[[Message], None] | None = None
    ) -> None:
        self.devices = devices
        self.messages: list[Message] = []
        self._url = url
        self._listen = listen
        self._changed = threading.Condition()
        self._closing = False
        self._socket: ClientConnection | None = None
        self._newest = time.monotonic()  # when the newest message came

    def __enter__(self) -> Self:
        self.wait_ready()
        threading.Thread(target=self._receive, daemon=True, name="visit").start()
        self.wait_for(lambda: self.latest("state") is not None, "the screen to show something")
        return self

    def __exit__(self, *_: object) -> None:
        self._closing = True
        if self._socket:
            self._socket.close()

    # --- what a citizen does ------------------------------------------------------------------

    def approach(self) -> None:
        """Step before the robot and hear its greeting out."""
        before = len(self.captions("robot"))
        self.devices.approach()
        self.wait_for(lambda: len(self.captions("robot")) > before, "a greeting")
        self.wait_quiet()

    def leave(self) -> None:
        """Walk away, and wait until the robot has seen it."""
        self.devices.leave()
        self.wait_for(
            lambda: not (self.latest("presence") or {"present": False})["present"], "absence"
        )

    def say(self, text: str) -> Message:
        """Say something, again if it is not heard, and wait until all that comes of it is done.

        :returns: the turn.
        """
        seen = len(self.turns())
        self.call_out(text)
        return self._turn_after(seen, f"an answer to {text!r}")

    def call_out(self, text: str) -> None:
        """Say something, again if it is not heard, and do not wait for what comes of it."""
        heard = len(self.captions("citizen"))
        for patience in SAY_AGAIN:
            self.wait_quiet()
            self.devices.say(text)
            with self._changed:
                if self._changed.wait_for(lambda: len(self.captions("citizen")) > heard, patience):
                    return

    def tell(self, line: str, intent: str, wish: str = "", button: str = "") -> Message:
        """Say something as one does to a machine that may mishear: answer when it asks whether it
        heard right, say it again, touch the screen in the end. The turn in which it was understood.

        :param intent: what the line means.
        :param wish: words by which the robot names that when it asks.
        :param button: what to touch; by default the intent.
        """
        for _ in range(SPOKEN_TRIES):
            turn = self.say(line)
            if self._is_asked():
                right = turn["intent"] == intent and wish in self.captions("robot")[-1]
                turn = self._confirm(right)
                if right:
                    return turn
            elif turn["intent"] == intent:
                return turn
        return self.press(button or intent)

    def _is_asked(self) -> bool:
        """Whether the robot wants to know whether it heard right."""
        return bool((self.latest("state") or {}).get("phase") == "confirm_heard")

    def _confirm(self, right: bool) -> Message:
        turn = self.say("đúng rồi" if right else "không phải")
        return self.press("affirm" if right else "deny") if self._is_asked() else turn

    def press(self, choice_id: str) -> Message:
        """Press a button and wait until all that comes of it is done; the turn."""
        self.wait_for(lambda: choice_id in self.choices(), f"the button {choice_id}")
        seen = len(self.turns())
        answer = httpx.post(f"{self._url}/api/choices", json={"id": choice_id})
        if answer.status_code != httpx.codes.ACCEPTED:
            raise VisitError(f"pressing {choice_id}: {answer.status_code} {answer.text}")
        return self._turn_after(seen, f"an answer to the button {choice_id}")

    # --- what they see and hear ---------------------------------------------------------------

    def latest(self, kind: str) -> Message | None:
        """The newest message of a kind."""
        return next((m for m in reversed(self.messages) if m["type"] == kind), None)

    def choices(self) -> list[str]:
        """Ids of the buttons on the screen."""
        state = self.latest("state") or {"choices": []}
        return [choice["id"] for choice in state["choices"]]

    def captions(self, who: str) -> list[str]:
        """All lines of one side, in order."""
        return [m["text"] for m in self.messages if m["type"] == "caption" and m["who"] == who]

    def turns(self) -> list[Message]:
        """The citizen's turns carried out so far."""
        return [m for m in self.messages if m["type"] == "turn" and m["who"] == "citizen"]

    def transcript(self) -> list[Message]:
        """Every turn in the order it began, with `t` in seconds since the first."""
        turns = sorted((m for m in self.messages if m["type"] == "turn"), key=lambda m: m["t"])
        keys = ("who", "text", "intent", "commands", "ms")
        return [
            {"t": round(turn["t"] - turns[0]["t"], 3), **{key: turn[key] for key in keys}}
            for turn in turns
        ]

    # --- waiting ------------------------------------------------------------------------------

    def wait_ready(self) -> None:
        """Until every node is there and every device active.

        :raises VisitError: naming the nodes that are not.
        """
        deadline = time.monotonic() + START_PATIENCE
        nodes: dict[str, str] = {}
        while time.monotonic() < deadline:
            try:
                health = httpx.get(f"{self._url}/api/health", timeout=2.0).json()
                if health["ready"]:
                    return
                nodes = health["nodes"]
            except (httpx.HTTPError, ValueError):
                pass
            time.sleep(0.1)
        missing = ", ".join(f"{name} ({how})" for name, how in nodes.items() if how != "ok")
        raise VisitError(f"the robot is not ready: {missing or 'no answer from its screen'}")

    def wait_quiet(self) -> None:
        """Until the robot has said all it had to say, and hears again."""
        deadline = time.monotonic() + TURN_PATIENCE
        quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < HOLD_OFF:
            if self._about_to_speak() or (self.latest("speaking") or {}).get("speaking"):
                quiet_since = time.monotonic()
            if time.monotonic() > deadline:
                raise VisitError("the robot does not stop speaking")
            time.sleep(0.02)

    def _about_to_speak(self) -> bool:
        """A caption has been shown whose sound has not begun."""
        kinds = [m["type"] for m in self.messages if m.get("who", "robot") == "robot"]
        newest = next((k for k in reversed(kinds) if k in ("caption", "speaking")), "speaking")
        return newest == "caption" and time.monotonic() - self._newest < SOUND_PATIENCE

    def wait_for(
        self, condition: Callable[[], bool], what: str, patience: float = TURN_PATIENCE
    ) -> None:
        """Until a condition on what was seen holds.

        :raises VisitError: it did not within `patience` seconds.
        """
        with self._changed:
            if not self._changed.wait_for(condition, patience):
                raise VisitError(f"waited {patience:.0f} s for {what}")

    def _turn_after(self, seen: int, what: str) -> Message:
        self.wait_for(lambda: len(self.turns()) > seen, what)
        return self.turns()[-1]

    def _receive(self) -> None:
        url = self._url.replace("http", "ws", 1) + "/ws"
        while not self._closing:
            try:
                with connect(url) as self._socket:
                    for line in self._socket:
                        self._take(json.loads(line))
            except (OSError, WebSocketException):
                time.sleep(0.2)  # the gateway is being started again

    def _take(self, message: Message) -> None:
        with self._changed:
            self.messages.append(message)
            self._newest = time.monotonic()
            self._changed.notify_all()
        if self._listen:
            self._listen(message)
