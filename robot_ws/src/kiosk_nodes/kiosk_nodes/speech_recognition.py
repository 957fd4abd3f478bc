"""Hears the citizen and publishes what was said; while the robot speaks, only a word to stop it."""

import threading
import time
import unicodedata
from collections.abc import Sequence

from std_msgs.msg import Bool, Float32

from kiosk_interfaces.msg import ClosedCaption, DeviceCondition, DialogueState, LiveSpeech
from kiosk_interfaces.srv import Dictate, SetGrammar
from kiosk_nodes.device_node import DeviceNode
from kiosk_nodes.qos import EVENT, SENSOR, STATE
from kiosk_nodes.running import run
from kiosk_nodes.spoken_claims import SpokenClaims
from kiosk_robot.dialogue.session import Phase
from kiosk_robot.documents.masking import mask_numbers_in
from kiosk_robot.drivers.microphone import Microphone, MicrophoneError, open_microphone
from kiosk_robot.drivers.recognition import open_engine
from kiosk_robot.drivers.silero_vad import SileroVad
from kiosk_robot.drivers.simulated.cued_engine import CuedEngine
from kiosk_robot.drivers.simulated.microphone import ScriptedMicrophone
from kiosk_robot.parameters import SpeechRecognition
from kiosk_robot.speech.echo import OwnWords
from kiosk_robot.speech.endpointing import PHRASES
from kiosk_robot.speech.engine import EngineError, Partial, SpeechEngine
from kiosk_robot.speech.hearing import Heard, Hearing, Voice

SPEAKER = "/humans/voices/anonymous_speaker"
LOOK_PERIOD = 2.0  # seconds
LOUDNESS_FRAMES = 3  # of 32 ms: ten times a second
LOCALE = "vi-VN"


class SpeechRecognitionNode(DeviceNode[SpeechRecognition]):
    """A thread takes the microphone's frames through `Hearing` and publishes what comes of them.

    `_lock` is held for each frame, and by whoever tells the engine what to expect.
    """

    open_timeout = 20.0  # seconds; a model is read from disk

    def __init__(self) -> None:
        super().__init__("speech_recognition")
        self._speech = self.create_publisher(LiveSpeech, f"{SPEAKER}/speech", EVENT)
        self._is_speaking = self.create_publisher(Bool, f"{SPEAKER}/is_speaking", STATE)
        # A number a tenth of a second: nothing of what is said can be told from it.
        self._loudness = self.create_publisher(Float32, f"{SPEAKER}/loudness", SENSOR)
        self._loud = False
        self.create_subscription(Bool, "/robot_speaking", self._on_robot_speaking, STATE)
        captions = "/dialogue_manager/closed_captions"
        self.create_subscription(ClosedCaption, captions, self._on_caption, EVENT)
        self.create_service(SetGrammar, "~/set_grammar", self._set_grammar)
        self.create_subscription(DialogueState, "dialogue/state", self._on_dialogue, STATE)
        self._dictate = self.create_client(Dictate, "dialogue/dictate")
        # Until the dialogue has told whether what is said is personal, nothing is passed on.
        self._dictating: bool | None = None
        self._personal = False  # the utterance under way began as an answer for a form
        self._session_id, self._expected = "", "free"
        self._own_words = OwnWords()
        self._claims = SpokenClaims(self)
        self._claiming = False  # a name or a number is asked for: no word of it before it is sealed
        self._robot_speaking = False
        self._silent_since = -float("inf")
        self._scripted: ScriptedMicrophone | None = None
        self._engine: SpeechEngine | None = None
        self._hearing: Hearing | None = None
        self._microphone: Microphone | None = None
        self._lock = threading.Lock()
        self.watch(self._look, LOOK_PERIOD)

    # --- device -------------------------------------------------------------------------------

    def open_device(self) -> None:
        """Load the engine and open the microphone."""
        wanted = self.parameters.engine
        if wanted == "none":
            raise OSError(
                "no speech engine is configured (`speech_recognition.engine`): touch only"
            )
        if wanted == "scripted":
            self._open_scripted()
            return
        if self._engine is None:  # kept while the microphone is waited for
            self._engine = self._open_engine(wanted)
        self._hearing = Hearing(self._engine, SileroVad())
        self._open_microphone(self._hearing, self._engine.name)

    def close_device(self) -> None:
        """Stop listening."""
        cued = self._engine if isinstance(self._engine, CuedEngine) else None
        for line in (self._scripted, self._microphone, cued):
            if line:
                line.close()
        self._scripted = self._microphone = self._engine = self._hearing = None

    def _open_engine(self, wanted: str) -> SpeechEngine:
        path = self.parameters.scripted_socket
        try:
            if wanted != "cued":
                return open_engine(wanted, self.parameters.vosk_model)
        except EngineError as error:
            if not (wanted == "auto" and path):
                raise EngineError(f"{error}; touch only until then") from None
        try:
            return CuedEngine(path, self._lost)
        except OSError as error:
            raise OSError(f"cues from {path}: {error.strerror}") from None

    def _open_scripted(self) -> None:
        path = self.parameters.scripted_socket
        try:
            self._scripted = ScriptedMicrophone(path, self._scripted_line, self._lost)
        except OSError as error:
            raise OSError(f"scripted microphone {path}: {error.strerror}") from None
        self.details["engine"] = "scripted"
        self.set_condition(DeviceCondition.OK, "engine scripted")

    def _open_microphone(self, hearing: Hearing, engine: str) -> None:
        self._microphone = open_microphone(self.parameters.microphone)
        self.details["engine"] = engine
        self._set_well(hearing, engine)
        arguments = (self._microphone, hearing)
        threading.Thread(target=self._listen, args=arguments, daemon=True, name="ears").start()

    def _set_well(self, hearing: Hearing, engine: str) -> None:
        self.details["noise floor"] = f"{hearing.noise_floor:.0f} dBFS"
        if hearing.clipping:
            self.set_condition(DeviceCondition.LOW, "microphone overdriven: turn it down")
        else:
            told = f"engine {engine}, microphone {self.parameters.microphone}"
            self.set_condition(DeviceCondition.OK, told)

    def _lost(self) -> None:
        self.set_condition(DeviceCondition.OFFLINE, "microphone: the line broke")

    def _look(self) -> None:
        """Note how it sounds; open a microphone again that was lost, or after the engine failed."""
        if self._hearing is None or self._engine is None:
            return
        if self.condition.value != DeviceCondition.OFFLINE:
            self._set_well(self._hearing, self._engine.name)
            return
        try:
            self._hearing.forget()
            self._open_microphone(self._hearing, self._engine.name)
        except MicrophoneError as error:
            self.set_condition(DeviceCondition.OFFLINE, str(error))

    # --- what the robot does ------------------------------------------------------------------

    def _on_robot_speaking(self, message: Bool) -> None:
        if self._robot_speaking and not message.data:
            self._silent_since = time.monotonic()
        self._robot_speaking = message.data

    def _on_caption(self, caption: ClosedCaption) -> None:
        if caption.speaker_id == "robot":
            self._own_words.said(caption.text)

    def _on_dialogue(self, state: DialogueState) -> None:
        self._dictating = state.dictating
        self._claiming = state.phase == Phase.CHECK_IN
        wanted = (state.session_id, state.expected or "free")
        if wanted != (self._session_id, self._expected):
            new_citizen = state.session_id != self._session_id
            self._session_id, self._expected = wanted
            self.worker.submit(self._adapt, wanted[1], new_citizen)

    def _adapt(self, expected: str, new_citizen: bool) -> None:
        with self._lock:
            if self._engine is None or self._hearing is None:
                return
            self._hearing.expect(expected)
            if new_citizen and not self._hearing.busy:
                self._hearing.forget()
            try:
                self._engine.expect(PHRASES[expected])
            except ValueError as error:  # it then hears everything, as before
                self.get_logger().debug(str(error))

    def _quiet(self) -> float:
        """Seconds since the robot last spoke."""
        return 0.0 if self._robot_speaking else time.monotonic() - self._silent_since

    def _deaf(self) -> bool:
        untold = self._dictating is None
        return untold or self._robot_speaking or self._quiet() < self.parameters.hold_off

    # --- what is heard ------------------------------------------------------------------------

    def _listen(self, microphone: Microphone, hearing: Hearing) -> None:
        try:
            for number, frame in enumerate(microphone.frames()):
                if not self.active:
                    continue
                with self._lock:
                    for news in hearing.hear(frame, robot_speaks=self._deaf()):
                        self._tell(news)
                if number % LOUDNESS_FRAMES == 0:
                    self._show_loudness(0.0 if self._deaf() else hearing.loudness)
        except MicrophoneError as error:
            self._deafened(microphone, str(error))
        except Exception as error:  # the engine's: nobody is to talk to a robot that is deaf
            self._deafened(microphone, f"speech engine: {error or type(error).__name__}")

    def _deafened(self, microphone: Microphone, why: str) -> None:
        microphone.close()
        self._is_speaking.publish(Bool(data=False))
        self.set_condition(DeviceCondition.OFFLINE, why)

    def _show_loudness(self, loudness: float) -> None:
        """Silence is told once."""
        if loudness or self._loud:
            self._loudness.publish(Float32(data=loudness))
        self._loud = loudness > 0

    def _tell(self, news: Voice | Partial | Heard) -> None:
        match news:
            case Voice(speaking, resumed):
                if speaking and not resumed:
                    self._personal = bool(self._dictating)
                self._is_speaking.publish(Bool(data=speaking))
            case Partial(text):
                if not (self._dictating or self._personal or self._claiming):
                    self._publish(incremental=mask_numbers_in(text))
            case Heard(final, over_robot, seconds):
                said = self._own_words.citizens(
                    final, over_robot=over_robot, quiet_before=self._quiet() - seconds
                )
                alternatives = final.alternatives if said == final.text else ()
                # A word that stops the robot was found by its letters: that is sure enough.
                self._heard(said, 1.0 if over_robot else final.confidence, alternatives)

    def _scripted_line(self, text: str) -> None:
        if self.active and not self._deaf():
            self._is_speaking.publish(Bool(data=True))
            self._heard(text, 1.0, ())
            self._is_speaking.publish(Bool(data=False))

    def _heard(self, text: str, confidence: float, alternatives: Sequence[str]) -> None:
        text = unicodedata.normalize("NFC", text.strip())
        if not text or self._dictating is None:
            return
        if self._dictating or self._personal:
            self._dictate.call_async(Dictate.Request(text=text))
            return
        if self._claims.take(text):
            return
        alternatives = () if self._claiming else alternatives
        others = [mask_numbers_in(unicodedata.normalize("NFC", other)) for other in alternatives]
        self._publish(final=mask_numbers_in(text), confidence=confidence, alternatives=others)

    def _publish(self, **fields: object) -> None:
        message = LiveSpeech(locale=LOCALE, **fields)
        message.header.stamp = self.get_clock().now().to_msg()
        self._speech.publish(message)

    async def _set_grammar(
        self, request: SetGrammar.Request, response: SetGrammar.Response
    ) -> SetGrammar.Response:
        """Have the engine listen for phrases; an engine that cannot hears them anyway."""
        response.error_msg = await self.worker.run(self._expect, list(request.phrases))
        response.success = not response.error_msg
        return response

    def _expect(self, phrases: list[str]) -> str:
        if not all(phrase.strip() for phrase in phrases):
            return "a phrase is empty"
        with self._lock:
            try:
                if self._engine:
                    self._engine.expect(phrases)
            except ValueError as error:
                return str(error)
        return ""


def main() -> None:
    """Run the node."""
    run(SpeechRecognitionNode)


if __name__ == "__main__":
    main()
