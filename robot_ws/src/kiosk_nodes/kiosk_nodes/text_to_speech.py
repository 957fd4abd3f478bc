"""Speaks: serves /skill/say and tells when the robot is speaking, and which word."""

import threading
from contextlib import suppress

from rclpy.action.server import ServerGoalHandle
from std_msgs.msg import Bool

from kiosk_interfaces.action import Say
from kiosk_interfaces.msg import DeviceCondition
from kiosk_nodes.device_node import DeviceNode
from kiosk_nodes.qos import STATE
from kiosk_nodes.running import run, steady_timer
from kiosk_robot.dialogue.sentences import Sentences
from kiosk_robot.dialogue.session import Session
from kiosk_robot.drivers.aplay_player import AplayPlayer
from kiosk_robot.drivers.simulated.speaker import SimulatedSpeaker
from kiosk_robot.drivers.voices import Voices, manner_of
from kiosk_robot.parameters import TextToSpeech
from kiosk_robot.speech.narrator import Narrator, Told
from kiosk_robot.speech.reading import read_aloud
from kiosk_robot.speech.voice import PlaybackError, Player, SynthesisError

LOOK_PERIOD = 2.0  # seconds
WORD_PERIOD = 0.04


class TextToSpeechNode(DeviceNode[TextToSpeech]):
    """Synthesis runs in the worker thread; the player can be stopped from any thread."""

    def __init__(self) -> None:
        super().__init__("text_to_speech")
        self._speaking = self.create_publisher(Bool, "/robot_speaking", STATE)
        self._sound(False)
        self.serve(Say, "/skill/say", self._say, cancel=self._fall_silent)
        self._narrator: Narrator | None = None
        self._goal: ServerGoalHandle | None = None
        self._stop = threading.Event()
        self._word = (0, 0)
        steady_timer(self, WORD_PERIOD, self._tell_word)
        self.watch(self._look, LOOK_PERIOD)

    def open_device(self) -> None:
        """Load the engine and check voices and player."""
        voice = Voices()
        for name in (self.parameters.voice, self.parameters.voice_en):
            voice.check_voice(name)
        simulated = self.parameters.player == "simulated"
        self._player: Player = (
            SimulatedSpeaker(self.parameters.simulated_speed, self.parameters.wav_dir)
            if simulated
            else AplayPlayer()
        )
        self.hardware_id = f"{self.parameters.player} {self.parameters.voice}"
        self._narrator = Narrator(voice, self._player)
        self._unprepared = Sentences.load("vi").fixed()
        self._well()

    def close_device(self) -> None:
        """Let go of the player's thread."""
        if self._narrator:
            self._narrator.close()

    def _sound(self, sounding: bool) -> None:
        self._sounding = sounding
        self._speaking.publish(Bool(data=sounding))

    def _well(self) -> None:
        self.set_condition(DeviceCondition.OK, f"voice {self.parameters.voice}")

    def _look(self) -> None:
        try:
            self._player.check()
        except PlaybackError as error:
            self.set_condition(DeviceCondition.OFFLINE, str(error))
        else:
            self._well()
            self._prepare()

    def _prepare(self) -> None:
        """Have one more of the fixed sentences ready while nothing is said: a neural voice takes a
        second for each.
        """
        assert self._narrator
        if self._unprepared and self._goal is None:
            manner = manner_of(self.parameters, "vi-VN", 1.0, Session().volume)
            with suppress(SynthesisError):  # told when it is to be said
                self._narrator.prepare(read_aloud(self._unprepared.pop()), manner)

    async def _say(self, handle: ServerGoalHandle) -> Say.Result:
        goal: Say.Goal = handle.request
        self._goal, self._stop = handle, threading.Event()
        if handle.is_cancel_requested:
            self._stop.set()
        self._sound(True)
        try:
            told = await self.worker.run(self._tell, goal, self._stop)
        finally:
            self._goal, self._word = None, (0, 0)
            self._sound(False)
        result = Say.Result(duration=told.duration)
        match told.error:
            case PlaybackError():
                self.set_condition(DeviceCondition.OFFLINE, str(told.error))
                result.error_code = Say.Result.PLAYBACK_FAILED
            case SynthesisError():
                result.error_code = Say.Result.SYNTHESIS_FAILED
        if told.error:
            result.error_msg = str(told.error)
        elif not told.finished:
            result.error_code = Say.Result.CANCELED
        else:
            self._well()
        return result

    def _tell(self, goal: Say.Goal, stop: threading.Event) -> Told:
        assert self._narrator
        manner = manner_of(self.parameters, goal.locale, goal.rate or 1.0, goal.volume)
        spoken = read_aloud(goal.input, "en" if goal.locale.startswith("en") else "vi")
        return self._narrator.tell(spoken, goal.caption, manner, stop, personal=goal.personal)

    def _fall_silent(self) -> None:
        """Stops the goal that runs; one that has not begun sees that it is cancelled."""
        self._stop.set()
        if self._narrator:
            self._narrator.silence()

    def _tell_word(self) -> None:
        if not (self._narrator and self._goal):
            return
        word = self._narrator.word()
        if word and word != self._word:
            self._word = word
            self._goal.publish_feedback(Say.Feedback(word_begin=word[0], word_end=word[1]))
        if self._narrator.unheard and self._sounding:
            self._sound(False)  # captions go on in silence; the citizen can be heard meanwhile


def main() -> None:
    """Run the node."""
    run(TextToSpeechNode)


if __name__ == "__main__":
    main()
