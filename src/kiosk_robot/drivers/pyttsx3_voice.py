"""Speech synthesis with pyttsx3 over espeak-ng. Only to WAV; playing is the player's work.

Measured with pyttsx3 2.99: `stop()` blocks, two `say()` calls play once, and no sound card looks
like success; `save_to_file` with `runAndWait` is the part that holds.
"""

import io
import os
import shutil
import tempfile
import threading
import wave
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

_PREFIX = "kiosk-speech-"
PATIENCE = 20.0  # seconds; a sentence of 25 words takes about 0.1


class SynthesisError(Exception):
    """No speech came out; the message names the voice and the cause."""


class SynthesisHungError(RuntimeError):
    """The engine did not come back. Its next file could hold this text: start a new process."""


class Pyttsx3Voice:
    """One engine. Make it and use it in one and the same thread."""

    def __init__(self) -> None:
        """Load espeak-ng.

        :raises SynthesisError: pyttsx3 or libespeak-ng1 is not there.
        """
        _clear_leftovers()
        try:
            import pyttsx3  # type: ignore[import-untyped]
            from pyttsx3.drivers import _espeak  # type: ignore[import-untyped]

            self._engine: Any = pyttsx3.init("espeak")
            self._settle: Any = _espeak.Synchronize
        except (ImportError, OSError, RuntimeError) as error:
            raise SynthesisError(
                f"pyttsx3 cannot load espeak-ng ({error}); install libespeak-ng1"
            ) from error
        self._voices = {voice.id for voice in self._engine.getProperty("voices")}

    def check_voice(self, voice: str) -> None:
        """Refuse a voice that is not installed.

        :raises SynthesisError: naming the voices of that language.
        """
        if voice not in self._voices:
            language = voice.split("/")[-1].split("-")[0]
            near = sorted(known for known in self._voices if language in known) or ["none"]
            raise SynthesisError(
                f"espeak-ng has no voice {voice}; of that language: {', '.join(near)}"
            )

    def synthesise(self, text: str, voice: str, words_per_minute: int, volume: float) -> bytes:
        """The text as a WAV file (mono, 16 bit, 22,050 Hz). `volume` 0..1.

        :raises SynthesisError: the engine failed or stayed silent.
        :raises SynthesisHungError: the engine must not be used any more.
        """
        self.check_voice(voice)
        failures: list[Any] = []
        written = threading.Event()
        listening = [
            self._engine.connect("error", lambda **report: failures.append(report["exception"])),
            self._engine.connect("finished-utterance", lambda **_report: written.set()),
        ]
        # espeak-ng takes settings and text through a queue of its own. Measured on 180 sentences:
        # without waiting for it 62 were spoken at the rate of the one before, and 2 came out empty.
        self._settle()
        self._engine.setProperty("voice", voice)
        self._engine.setProperty("rate", words_per_minute)
        self._engine.setProperty("volume", volume)
        self._settle()
        # pyttsx3 writes to a name only. The folder is private and gone when we leave.
        prefix = f"{_PREFIX}{os.getpid()}-"
        with tempfile.TemporaryDirectory(prefix=prefix, dir=_memory_dir()) as folder:
            path = Path(folder) / "speech.wav"
            try:
                with redirect_stdout(io.StringIO()):  # the driver prints every file's name
                    self._engine.save_to_file(text, str(path))
                    self._engine.runAndWait()
                    # espeak-ng writes in a thread of its own; runAndWait is back before it ends.
                    if not failures and not written.wait(PATIENCE):
                        raise SynthesisHungError(
                            f"espeak-ng voice {voice}: silent for {PATIENCE} s"
                        )
                    self._settle()
            finally:
                for each in listening:
                    self._engine.disconnect(each)
            wav = path.read_bytes() if path.is_file() else b""
        if failures or duration(wav) == 0:
            raise SynthesisError(
                f"espeak-ng voice {voice} gave no speech: {failures or 'empty file'}"
            )
        return wav


def duration(wav: bytes) -> float:
    """Length of a WAV file in seconds; 0 when it holds no sound or is damaged."""
    try:
        with wave.open(io.BytesIO(wav)) as reader:
            return float(reader.getnframes() / reader.getframerate())
    except (wave.Error, EOFError, ZeroDivisionError):
        return 0.0


def _clear_leftovers() -> None:
    """Remove what a voice that was killed in mid-sentence could not."""
    for folder in Path(_memory_dir() or tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        owner = folder.name.removeprefix(_PREFIX).split("-")[0]
        if not (owner.isdecimal() and Path("/proc", owner).exists()):
            shutil.rmtree(folder, ignore_errors=True)


def _memory_dir() -> str | None:
    """A folder in memory, so that spoken names never touch a disk; None where there is none."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
