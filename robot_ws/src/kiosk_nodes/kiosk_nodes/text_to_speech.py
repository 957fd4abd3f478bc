"""Speaks: serves /skill/say and tells when the robot is speaking."""

from functools import lru_cache

from rclpy.action.server import ServerGoalHandle
from std_msgs.msg import Bool

from kiosk_interfaces.action import Say
from kiosk_interfaces.msg import DeviceCondition
from kiosk_nodes.device_node import DeviceNode
from kiosk_nodes.qos import STATE
from kiosk_nodes.running import run, steady_timer
from kiosk_robot.drivers.aplay_player import AplayPlayer, PlaybackError
from kiosk_robot.drivers.pyttsx3_voice import Pyttsx3Voice, SynthesisError, duration
from kiosk_robot.drivers.simulated.speaker import SimulatedSpeaker
from kiosk_robot.parameters import TextToSpeech
from kiosk_robot.speech.reading import read_aloud

CACHED_SENTENCES = 200
LOOK_PERIOD = 2.0  # seconds


class TextToSpeechNode(DeviceNode[TextToSpeech]):
    """pyttsx3 synthesises in the worker thread; the player can be stopped from any thread."""

    def __init__(self) -> None:
        super().__init__("text_to_speech")
        self._speaking = self.create_publisher(Bool, "/robot_speaking", STATE)
        self._speaking.publish(Bool(data=False))
        self.serve(Say, "/skill/say", self._say)
        self._goal: ServerGoalHandle | None = None
        steady_timer(self, 0.05, self._stop_if_cancelled)
        self.watch(self._look, LOOK_PERIOD)

    def open_device(self) -> None:
        """Load the engine and check voices and player."""
        self._voice = Pyttsx3Voice()
        for voice in (self.parameters.voice, self.parameters.voice_en):
            self._voice.check_voice(voice)
        simulated = self.parameters.player == "simulated"
        self._player = (
            SimulatedSpeaker(self.parameters.simulated_speed, self.parameters.wav_dir)
            if simulated
            else AplayPlayer()
        )
        self.hardware_id = f"{self.parameters.player} {self.parameters.voice}"
        self._cached = lru_cache(CACHED_SENTENCES)(self._synthesise)
        self.set_condition(DeviceCondition.OK, f"voice {self.parameters.voice}")

    def _look(self) -> None:
        try:
            self._player.check()
        except PlaybackError as error:
            self.set_condition(DeviceCondition.OFFLINE, str(error))
        else:
            self.set_condition(DeviceCondition.OK, f"voice {self.parameters.voice}")

    async def _say(self, handle: ServerGoalHandle) -> Say.Result:
        goal: Say.Goal = handle.request
        self._goal = handle
        result = Say.Result()
        self._speaking.publish(Bool(data=True))
        try:
            wav, finished = await self.worker.run(self._speak, goal)
            result.duration = duration(wav)
        except SynthesisError as error:
            result.error_code, result.error_msg = Say.Result.SYNTHESIS_FAILED, str(error)
        except PlaybackError as error:
            self.set_condition(DeviceCondition.OFFLINE, str(error))
            result.error_code, result.error_msg = Say.Result.PLAYBACK_FAILED, str(error)
        else:
            self.set_condition(DeviceCondition.OK, f"voice {self.parameters.voice}")
            if not finished:
                result.error_code = Say.Result.CANCELED
        finally:
            self._goal = None
            self._speaking.publish(Bool(data=False))
        return result

    def _speak(self, goal: Say.Goal) -> tuple[bytes, bool]:
        english = goal.locale.startswith("en")
        voice = self.parameters.voice_en if english else self.parameters.voice
        rate = round(self.parameters.words_per_minute * (goal.rate or 1.0))
        spoken = read_aloud(goal.input, "en" if english else "vi")
        # What holds a name is neither cached nor kept.
        synthesise = self._synthesise if goal.personal else self._cached
        wav = synthesise(spoken, voice, rate, round(goal.volume, 2))
        return wav, self._player.play(wav, keep=not goal.personal)

    def _synthesise(self, text: str, voice: str, rate: int, volume: float) -> bytes:
        return self._voice.synthesise(text, voice, rate, volume)

    def _stop_if_cancelled(self) -> None:
        if self._goal is not None and self._goal.is_cancel_requested:
            self._player.stop()


def main() -> None:
    """Run the node."""
    run(TextToSpeechNode)


if __name__ == "__main__":
    main()
