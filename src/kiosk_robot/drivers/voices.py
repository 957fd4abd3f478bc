"""All voices of the robot behind one: espeak-ng's by their names, Piper's by their files."""

from functools import lru_cache
from pathlib import Path

from kiosk_robot.drivers.piper_voice import PiperVoice
from kiosk_robot.drivers.pyttsx3_voice import Pyttsx3Voice
from kiosk_robot.parameters import TextToSpeech
from kiosk_robot.speech.voice import Manner, Speech

PIPER_FILE = ".onnx"


class Voices:
    """Make it and use it in one and the same thread."""

    def __init__(self) -> None:
        """Load espeak-ng.

        :raises SynthesisError: pyttsx3 or libespeak-ng1 is not there.
        """
        self._espeak = Pyttsx3Voice()
        self._piper = lru_cache(2)(PiperVoice)  # one a language

    def check_voice(self, voice: str) -> None:
        """Refuse a voice that is not there; a Piper voice is loaded.

        :raises SynthesisError: saying what is there instead.
        """
        if voice.endswith(PIPER_FILE):
            self._piper(Path(voice))
        else:
            self._espeak.check_voice(voice)

    def synthesise(self, text: str, manner: Manner) -> Speech:
        """The text as speech.

        :raises SynthesisError: the engine failed or stayed silent.
        :raises SynthesisHungError: the engine must not be used any more.
        """
        if manner.voice.endswith(PIPER_FILE):
            return self._piper(Path(manner.voice)).synthesise(text, manner)
        return self._espeak.synthesise(text, manner)


def manner_of(wanted: TextToSpeech, locale: str, rate: float, volume: float) -> Manner:
    """How the robot speaks a language ("vi-VN", "en-US"). `rate` 1.0 is ordinary; `volume` 0..1."""
    return Manner(
        voice=wanted.voice_en if locale.startswith("en") else wanted.voice,
        words_per_minute=round(wanted.words_per_minute * rate),
        volume=round(volume, 2),
    )
