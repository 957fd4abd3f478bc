"""Speech synthesis with pyttsx3 over espeak-ng. Only to WAV; playing is the player's work.

Measured with pyttsx3 2.99: `stop()` blocks, two `say()` calls play once, and no sound card looks
like success; `save_to_file` with `runAndWait` is the part that holds.
"""

import io
import os
import re
import shutil
import tempfile
import threading
from bisect import bisect_right
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from kiosk_robot.speech.voice import Manner, Speech, SynthesisError, WordTime, wav_duration

_PREFIX = "kiosk-speech-"
PATIENCE = 20.0  # seconds; a sentence of 25 words takes about 0.1


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
            self._espeak: Any = _espeak
            # A new engine holds settings back until its first sentence, which then misses them.
            self._engine.proxy.setBusy(False)
        except (ImportError, OSError, RuntimeError) as error:
            raise SynthesisError(
                f"pyttsx3 cannot load espeak-ng ({error}); install libespeak-ng1"
            ) from error
        self._words_begun: list[tuple[float, int]] = []  # seconds, place in the text
        self._write: Any = self._engine.proxy._driver._onSynth
        _espeak.SetSynthCallback(self._note_words)
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

    def synthesise(self, text: str, manner: Manner) -> Speech:
        """The text as a WAV file (mono, 16 bit, 22,050 Hz), with the time of every word.

        :raises SynthesisError: the engine failed or stayed silent.
        :raises SynthesisHungError: the engine must not be used any more.
        """
        self.check_voice(manner.voice)
        failures: list[Any] = []
        written = threading.Event()
        listening = [
            self._engine.connect("error", lambda **report: failures.append(report["exception"])),
            self._engine.connect("finished-utterance", lambda **_report: written.set()),
        ]
        self._words_begun = []
        # espeak-ng takes settings and text through a queue of its own. Measured on 180 sentences:
        # without waiting for it 62 were spoken at the rate of the one before, and 2 came out empty.
        self._espeak.Synchronize()
        self._engine.setProperty("voice", manner.voice)
        self._engine.setProperty("rate", manner.words_per_minute)
        self._engine.setProperty("volume", manner.volume)
        self._espeak.Synchronize()
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
                            f"espeak-ng voice {manner.voice}: silent for {PATIENCE} s"
                        )
                    self._espeak.Synchronize()
            finally:
                for each in listening:
                    self._engine.disconnect(each)
            wav = path.read_bytes() if path.is_file() else b""
        if failures or wav_duration(wav) == 0:
            raise SynthesisError(
                f"espeak-ng voice {manner.voice} gave no speech: {failures or 'empty file'}"
            )
        return Speech(wav, wav_duration(wav), _word_times(text, self._words_begun))

    def _note_words(self, wav: Any, samples: int, events: Any) -> int:
        """pyttsx3's `started-word` tells which word, but not when: espeak-ng's own event does."""
        for event in events:
            if event.type == self._espeak.EVENT_LIST_TERMINATED:
                break
            if event.type == self._espeak.EVENT_WORD:
                self._words_begun.append((event.audio_position / 1000, event.text_position - 1))
        return int(self._write(wav, samples, events))


def _word_times(text: str, begun: list[tuple[float, int]]) -> tuple[WordTime, ...]:
    """espeak-ng's words are parts of ours (a hyphen parts them): the first part counts."""
    ends = [match.end() for match in re.finditer(r"\S+", text)]
    times: dict[int, float] = {}
    for at, character in begun:
        times.setdefault(bisect_right(ends, character), at)
    return tuple(WordTime(at, word) for word, at in sorted(times.items()) if word < len(ends))


def _clear_leftovers() -> None:
    """Remove what a voice that was killed in mid-sentence could not."""
    for folder in Path(_memory_dir() or tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        owner = folder.name.removeprefix(_PREFIX).split("-")[0]
        if not (owner.isdecimal() and Path("/proc", owner).exists()):
            shutil.rmtree(folder, ignore_errors=True)


def _memory_dir() -> str | None:
    """A folder in memory, so that spoken names never touch a disk; None where there is none."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
