"""Hours of hearing and speaking, as fast as the machine takes them: what grows?"""

import os
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from kiosk_robot.dialogue.session import Session
from kiosk_robot.drivers.silero_vad import SileroVad
from kiosk_robot.drivers.voices import Voices, manner_of
from kiosk_robot.hall_sounds import babble, pcm_of, speak
from kiosk_robot.parameters import TextToSpeech
from kiosk_robot.speech.engine import SAMPLE_RATE, Final, Partial
from kiosk_robot.speech.hearing import Hearing
from kiosk_robot.speech.narrator import CACHED_SENTENCES, Narrator, SilentReading

SENTENCES_A_VISIT = 6
_SPEED = 1e6  # times as fast as people read


class _Notes:
    """An engine that writes nothing of use down: what is looked for is what it leaves behind."""

    name = "notes"

    def __init__(self) -> None:
        self._sound = bytearray()

    def accept(self, pcm: bytes) -> Partial | Final | None:
        self._sound += pcm
        return None

    def paused(self, perhaps_over: bool) -> None:
        """Nothing takes long."""

    def finish(self) -> Final:
        seconds = len(self._sound) // 2 / SAMPLE_RATE
        self._sound.clear()
        return Final(f"{seconds:.1f} giây", 1.0, "vi-VN")

    def reset(self) -> None:
        self._sound.clear()

    def expect(self, phrases: object) -> None:
        """Anything."""


def endure(hours: float, tell: Callable[[str], None]) -> dict[str, Any]:
    """Hear `hours` of visits, each with sentences, talk and silence, and say what a robot says.

    :returns: each measure (memory in MB) after the first quarter and at the end.
    """
    visit = _visit()
    seconds = len(visit) / 2 / SAMPLE_RATE
    visits = max(round(hours * 3600 / seconds), 4)
    narrator = Narrator(Voices(), SilentReading(_SPEED))
    manner = manner_of(TextToSpeech(), "vi-VN", 1.0, Session().volume)
    for number in range(CACHED_SENTENCES):  # what is kept is kept from the beginning
        narrator.prepare(f"Số {number} ạ.", manner)
    hearing, heard, measures = Hearing(_Notes(), SileroVad()), 0, []
    for number in range(visits):
        heard += sum(1 for _ in hearing.hear_all(visit))
        for sentence in range(SENTENCES_A_VISIT):
            text = f"Số của bác là A{number:03d}{sentence}."
            narrator.tell(text, text, manner, threading.Event(), personal=sentence % 2 == 0)
        if number + 1 in (visits // 4, visits):
            measures.append(_measure())
            tell(f"{number + 1} of {visits} visits: {measures[-1]}")
    narrator.close()
    return {
        "hours": round(visits * seconds / 3600, 2),
        "visits": visits,
        "utterances": heard,
        **{what: [measures[0][what], measures[-1][what]] for what in measures[0]},
    }


def _visit() -> bytes:
    """Two sentences, a quarter of a minute of talk in the hall, and silence."""
    silence = np.zeros(20 * SAMPLE_RATE, np.float32)
    said = [speak(line, "vi", 150) for line in ("tôi muốn làm giấy khai sinh", "có, lấy số")]
    return pcm_of(np.concatenate([silence, said[0], silence, said[1], babble(15.0), silence]))


def memory_mb() -> int:
    """What this process has in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


def _measure() -> dict[str, int]:
    folders = (Path(tempfile.gettempdir()), Path("/dev/shm"))  # noqa: S108  looked at, not used
    return {
        "memory_mb": memory_mb(),
        "threads": len(list(Path("/proc/self/task").iterdir())),
        "open_files": len(list(Path("/proc/self/fd").iterdir())),
        "temporary_files": sum(
            1 for each in folders for _ in each.glob(f"kiosk-speech-{os.getpid()}-*")
        ),
    }
