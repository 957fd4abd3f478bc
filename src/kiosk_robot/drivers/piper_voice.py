"""Speech synthesis with Piper, a neural voice, where a voice file is configured.

Optional: `pip install piper-tts` (GPL-3.0) and a voice: `NAME.onnx`, beside it `NAME.onnx.json`.
"""

import io
import json
import wave
from pathlib import Path
from typing import Any

from kiosk_robot.speech.voice import Manner, Speech, SynthesisError, evenly, wav_duration

ORDINARY_PACE = 150  # words a minute at which a voice speaks as it was trained


class PiperVoice:
    """One voice file, held in memory."""

    def __init__(self, file: Path) -> None:
        """Load it.

        :raises SynthesisError: Piper is not installed, or the file is no voice.
        """
        if not file.is_file():
            raise SynthesisError(f"Piper voice {file}: no such file")
        try:
            import piper  # type: ignore[import-not-found]
        except ImportError:
            raise SynthesisError("Piper is not installed: pip install piper-tts") from None
        self._file = file
        self._manner: Any = piper.SynthesisConfig
        try:
            self._voice: Any = piper.PiperVoice.load(file)
        except (OSError, RuntimeError, KeyError, json.JSONDecodeError) as error:
            raise SynthesisError(f"Piper voice {file}: {error}") from error
        except Exception as error:  # onnxruntime's own classes derive from nothing else
            raise SynthesisError(f"Piper voice {file}: {type(error).__name__}: {error}") from error

    def synthesise(self, text: str, manner: Manner) -> Speech:
        """The text as WAV at the voice's own rate. Word times are estimates: Piper tells none.

        :raises SynthesisError: the voice stayed silent.
        """
        how = self._manner(
            volume=manner.volume, length_scale=ORDINARY_PACE / manner.words_per_minute
        )
        wav = io.BytesIO()
        with wave.open(wav, "wb") as writer:
            self._voice.synthesize_wav(text, writer, syn_config=how)
        duration = wav_duration(wav.getvalue())
        if duration == 0:
            raise SynthesisError(f"Piper voice {self._file} gave no speech")
        return Speech(wav.getvalue(), duration, evenly(text, duration))
