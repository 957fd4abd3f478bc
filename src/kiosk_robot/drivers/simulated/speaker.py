"""A speaker without sound: it takes as long as the speech takes, and can keep what it played."""

import itertools
import threading
from pathlib import Path

from kiosk_robot.speech.narrator import SilentReading
from kiosk_robot.speech.voice import Speech


class SimulatedSpeaker(SilentReading):
    """Plays `speed` times faster than real time. `wav_dir` "" keeps nothing."""

    def __init__(self, speed: float, wav_dir: str) -> None:
        super().__init__(speed)
        self._folder = Path(wav_dir) if wav_dir else None
        self._numbers = itertools.count(1)
        if self._folder:
            self._folder.mkdir(parents=True, exist_ok=True)

    def play(self, speech: Speech, stop: threading.Event, *, keep: bool) -> bool:
        """Wait for as long as the sound lasts; False when it was stopped."""
        if self._folder and keep:
            taken = {path.stem for path in self._folder.glob("*.wav")}
            free = next(n for n in self._numbers if f"{n:03d}" not in taken)
            (self._folder / f"{free:03d}.wav").write_bytes(speech.wav)
        return super().play(speech, stop, keep=keep)
