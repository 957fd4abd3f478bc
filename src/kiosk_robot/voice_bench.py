"""The voice's part of `kiosk bench speech`: how soon it sounds, and how soon it is silent.

Sound is real, through a sound card without hardware, and timed where it leaves the loudspeaker.
"""

import json
import os
import platform
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from kiosk_robot.dialogue.session import Session
from kiosk_robot.drivers.aplay_player import AplayPlayer
from kiosk_robot.drivers.simulated.sound_card import SimulatedSoundCard
from kiosk_robot.drivers.voices import Voices, manner_of
from kiosk_robot.parameters import TextToSpeech
from kiosk_robot.robot import running_robot
from kiosk_robot.speech.narrator import Narrator
from kiosk_robot.visit import Visit, VisitError

TIMES = 20
PROMPT = "Cháu chào bác ạ! Bác cần làm thủ tục gì ạ?"
QUESTION = "tôi muốn làm giấy khai sinh cho con"
LOUD = 200  # of 32768; the voice begins above it
PATIENCE = 20.0  # seconds
QUIET = 0.4  # seconds without sound between two measurements
INTO_THE_ANSWER = 1.2  # seconds until the citizen interrupts


class Ear:
    """Listens at the loudspeaker: when it last began to sound, when it last sounded, and when a
    stream of sound last ended. In seconds of steady time.
    """

    def __init__(self, sound: IO[bytes], events: IO[bytes]) -> None:
        self.last_sound = 0.0
        self.began = 0.0
        self.stream_ended = 0.0
        for listen, pipe in ((self._listen, sound), (self._watch, events)):
            threading.Thread(target=listen, args=(pipe,), daemon=True, name="ear").start()

    def _watch(self, events: IO[bytes]) -> None:
        for line in events:
            if b"'remove' on sink-input" in line:
                self.stream_ended = time.monotonic()

    def _listen(self, pipe: IO[bytes]) -> None:
        while sound := os.read(pipe.fileno(), 4096):
            samples = np.frombuffer(sound[: len(sound) // 2 * 2], np.int16)
            now = time.monotonic()
            if (np.abs(samples) > LOUD).any():
                if now - self.last_sound > QUIET:
                    self.began = now
                self.last_sound = now

    def wait_for_sound(self, since: float) -> float:
        """When it began to sound after `since`."""
        return _wait(lambda: self.began if self.began > since else None, "a sound")

    def wait_for_silence(self) -> None:
        """Until nothing has sounded for QUIET seconds."""
        _wait(
            lambda: time.monotonic() if time.monotonic() - self.last_sound > QUIET else None,
            "silence",
        )


def measure(tell: Callable[[str], None], folder: Path, times: int = TIMES) -> dict[str, Any]:
    """Milliseconds (p50, p95 of `times`) by what is measured. `folder` takes the robot's files.

    :raises SoundCardError: PulseAudio is not there.
    :raises VisitError: the robot did not answer.
    """
    with SimulatedSoundCard() as card, _ear(card) as ear:
        cached = _prompts(card, ear, times)
        with running_robot(
            folder, simulated=True, tell=tell, private=True, sound_card=card
        ) as robot:
            assert robot.devices is not None
            with Visit(robot.url, robot.devices) as visit:
                visit.approach()
                answers, stops = zip(
                    *(_answer_and_stop(visit, ear) for _ in range(times)), strict=True
                )
    return {
        "times": times,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores,"
        f" load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}",
        "cached prompt to sound": _summary(cached),
        "text of a request to first sound of its answer": _summary(answers),
        "press on the screen to silence": _summary(stops),
    }


def _prompts(card: SimulatedSoundCard, ear: Ear, times: int) -> list[float]:
    """Seconds from a sentence that was said before to its sound."""
    os.environ.update(card.environment)
    narrator = Narrator(Voices(), AplayPlayer())
    manner = manner_of(TextToSpeech(), "vi-VN", 1.0, Session().volume)
    taken = []
    for _ in range(times + 1):
        stop = threading.Event()

        def interrupt(stop: threading.Event = stop) -> None:
            stop.set()
            narrator.silence()

        started = time.monotonic()
        threading.Timer(INTO_THE_ANSWER, interrupt).start()
        narrator.tell(PROMPT, PROMPT, manner, stop, personal=False)
        taken.append(ear.wait_for_sound(started) - started)
        ear.wait_for_silence()
    narrator.close()
    return taken[1:]  # the first one was not cached


def _answer_and_stop(visit: Visit, ear: Ear) -> tuple[float, float]:
    """Seconds from a request's text to the sound of its answer, and from a press to silence."""
    visit.wait_quiet()
    ear.wait_for_silence()
    asked = time.monotonic()
    visit.devices.microphone.say(QUESTION)
    began = ear.wait_for_sound(asked)
    time.sleep(INTO_THE_ANSWER)
    pressed = time.monotonic()
    visit.press("deny")
    ended = _wait(lambda: ear.stream_ended if ear.stream_ended > pressed else None, "a stop")
    return began - asked, ended - pressed


@contextmanager
def _ear(card: SimulatedSoundCard) -> Iterator[Ear]:
    with card.listening() as sound, card.events() as events:
        yield Ear(sound, events)


def _wait(condition: Callable[[], float | None], what: str) -> float:
    deadline = time.monotonic() + PATIENCE
    while (value := condition()) is None:
        if time.monotonic() > deadline:
            raise VisitError(f"waited {PATIENCE:.0f} s for {what}")
        time.sleep(0.005)
    return value


def run(out: Path, tell: Callable[[str], None]) -> None:
    """Measure; voice.json and voice.md into `out`."""
    with tempfile.TemporaryDirectory() as folder:
        report = measure(tell, Path(folder))
    rows = "".join(
        f"| {what} | {ms['p50_ms']} ms | {ms['p95_ms']} ms |\n"
        for what, ms in report.items()
        if isinstance(ms, dict)
    )
    out.mkdir(parents=True, exist_ok=True)
    (out / "voice.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    (out / "voice.md").write_text(
        "# The voice\n\n"
        "Timed at the loudspeaker of a PulseAudio without hardware, all nodes as processes,"
        f" {report['times']} times each; {report['machine']}.\n\n"
        f"| | median | 95 % |\n|---|---|---|\n{rows}",
        encoding="utf-8",
    )


def _summary(seconds: Any) -> dict[str, int]:
    ms = 1000 * np.array(seconds)
    return {
        "p50_ms": round(float(np.percentile(ms, 50))),
        "p95_ms": round(float(np.percentile(ms, 95))),
    }
