"""A speaker without sound: it takes as long as the speech takes, and can keep what it played."""

import itertools
import threading
from pathlib import Path

from kiosk_robot.drivers.pyttsx3_voice import duration


class SimulatedSpeaker:
    """Plays `speed` times faster than real time. `wav_dir` "" keeps nothing."""

    def __init__(self, speed: float, wav_dir: str) -> None:
        self._speed = speed
        self._folder = Path(wav_dir) if wav_dir else None
        self._numbers = itertools.count(1)
        self._stop = threading.Event()
        if self._folder:
            self._folder.mkdir(parents=True, exist_ok=True)

    def check(self) -> None:
        """Always plugged in."""

    def play(self, wav: bytes, *, keep: bool) -> bool:
        """Wait for as long as the sound lasts; False when it was stopped."""
        self._stop.clear()
        if self._folder and keep:
            taken = {path.stem for path in self._folder.glob("*.wav")}
            free = next(n for n in self._numbers if f"{n:03d}" not in taken)
            (self._folder / f"{free:03d}.wav").write_bytes(wav)
        return not self._stop.wait(duration(wav) / self._speed)

    def stop(self) -> None:
        """Fall silent at once."""
        self._stop.set()
