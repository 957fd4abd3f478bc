"""Tells each turn as it was carried out: what was said, what the robot did, how long it took."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from builtin_interfaces.msg import Time
from rclpy.clock import Clock

from kiosk_interfaces.msg import DialogueTurn
from kiosk_robot.dialogue.session import Command, Finished, Say, StopSpeech


@dataclass
class Turn:
    """A turn in progress."""

    session_id: str
    stamp: Time
    text: str = ""
    intent: str = ""
    started: float = field(default_factory=time.monotonic)
    commands: list[str] = field(default_factory=list)
    first_word: int | None = None  # milliseconds
    running: set[str] = field(default_factory=set)


class TurnLog:
    """What the citizen said is published when all that came of it is done; the robot's sentences
    when they are spoken.
    """

    def __init__(self, publish: Callable[[DialogueTurn], None], clock: Clock) -> None:
        self._publish = publish
        self._clock = clock
        self.current = self._new("")  # what is started now belongs to it
        self._open: list[Turn] = []  # the citizen's turns that are still being carried out
        self._turns: dict[str, tuple[Turn, float]] = {}  # by command id, with its start

    def citizen_turn(self, session_id: str, text: str, intent: str) -> None:
        """The citizen asked for something."""
        self.current = self._new(session_id)
        self.current.text, self.current.intent = text, intent
        self._open.append(self.current)

    def robot_turn(self, session_id: str) -> None:
        """The robot acts on its own account from here."""
        self.current = self._new(session_id)

    def command_started(self, command: Command) -> None:
        """A command belongs to the turn it came from."""
        self._turns[command.id] = (self.current, time.monotonic())
        self.current.running.add(command.id)

    def command_finished(self, command: Command, result: Finished) -> None:
        """Note the outcome; what follows from it belongs to the same turn."""
        turn, started = self._turns.pop(command.id, (self.current, time.monotonic()))
        turn.running.discard(command.id)
        if not isinstance(command, Say | StopSpeech):
            outcome = result.error or "ok"
            alert = ", alert raised" if result.alert_raised else ""
            took = round(1000 * (time.monotonic() - started))
            turn.commands.append(f"{_snake(type(command).__name__)}: {outcome}{alert}, {took} ms")
        self.current = turn

    def robot_spoke(self, command: Say) -> None:
        """A sentence begins."""
        turn, _ = self._turns.get(command.id, (self.current, 0.0))
        took = round(1000 * (time.monotonic() - turn.started))
        if turn.first_word is None:
            turn.first_word = took
        now = self._clock.now().to_msg()
        self._publish(self._message(turn.session_id, "robot", now, command.caption, ms=took))

    def close_idle(self) -> None:
        """Publish the citizen's turns of which nothing is running any more."""
        for turn in [turn for turn in self._open if not turn.running]:
            self._open.remove(turn)
            ms = turn.first_word or 0
            message = self._message(turn.session_id, "citizen", turn.stamp, turn.text, ms=ms)
            message.intent, message.commands = turn.intent, turn.commands
            self._publish(message)

    def _new(self, session_id: str) -> Turn:
        return Turn(session_id, self._clock.now().to_msg())

    def _message(
        self, session_id: str, speaker: str, stamp: Time, text: str, ms: int
    ) -> DialogueTurn:
        message = DialogueTurn(session_id=session_id, speaker_id=speaker, text=text, ms=ms)
        message.header.stamp = stamp
        return message


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
