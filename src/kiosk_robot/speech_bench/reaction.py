"""How soon the robot reacts to a voice, sounds, and is silent.

Sound is real, through a sound card without hardware. It is timed where it enters the microphone and
where it leaves the loudspeaker, by the same kind of listener, so that the listeners' own delays
cancel out.
"""

import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import httpx
import numpy as np

from kiosk_robot.config import load_catalogue
from kiosk_robot.dialogue.session import Session
from kiosk_robot.drivers.aplay_player import AplayPlayer
from kiosk_robot.drivers.simulated.sound_card import (
    MICROPHONE,
    RECORD_LATENCY,
    SPEAKER_RATE,
    SimulatedSoundCard,
)
from kiosk_robot.drivers.voices import Voices, manner_of
from kiosk_robot.parameters import TextToSpeech
from kiosk_robot.robot import running_robot
from kiosk_robot.speech.narrator import Narrator
from kiosk_robot.visit import Message, Visit, VisitError

PROMPT = "Cháu chào bác ạ! Bác cần làm thủ tục gì ạ?"
LOUD = 200  # of 32768; a voice is above it
PATIENCE = 20.0  # seconds
QUIET = 0.4  # seconds without sound between two measurements
INTO_THE_ANSWER = 1.2  # seconds until the citizen interrupts
BUTTONS = ("deny", "cancel", "slower")  # the one that is there interrupts
SHORT = 7  # words of a procedure's name
FIRST_SOUND = "end of speech to first sound of the answer"
REACHED = {  # what is to be reached, in ms: (percentile, limit)
    "voice to screen": ("p50_ms", 100),
    "end of speech to reaction on screen": ("p95_ms", 350),
    FIRST_SOUND: ("p50_ms", 650),
    "cached prompt to sound": ("p50_ms", 80),
    "touch to silence": ("p50_ms", 100),
}
REACHED_BY = {"whisper": REACHED | {FIRST_SOUND: ("p50_ms", 1400)}}  # it writes when one has ended


class Ear:
    """Listens to a stream of sound: when it last began to sound and when it last sounded, in
    seconds of steady time.
    """

    def __init__(self, sound: IO[bytes]) -> None:
        self.last_sound = 0.0
        self.began = 0.0
        threading.Thread(target=self._listen, args=(sound,), daemon=True, name="ear").start()

    def _listen(self, pipe: IO[bytes]) -> None:
        while sound := os.read(pipe.fileno(), 4096):
            samples = np.frombuffer(sound[: len(sound) // 2 * 2], np.int16)
            now = time.monotonic()
            loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > LOUD)
            if not loud.size:
                continue
            first, last = (now - (len(samples) - at) / SPEAKER_RATE for at in loud[[0, -1]])
            if first - self.last_sound > QUIET:
                self.began = first
            self.last_sound = last

    def wait_for_sound(self, since: float) -> float:
        """When it began to sound after `since`."""
        return _wait(lambda: self.began if self.began > since else None, "a sound")

    def wait_for_silence(self) -> None:
        """Until nothing has sounded for QUIET seconds."""
        _wait(
            lambda: time.monotonic() if time.monotonic() - self.last_sound > QUIET else None,
            "silence",
        )


class Screen:
    """When the screen was told that somebody speaks, and that they paused."""

    def __init__(self) -> None:
        self._told: list[tuple[float, bool]] = []

    def take(self, message: Message) -> None:
        """Note a message."""
        if message["type"] == "hearing":
            self._told.append((time.monotonic(), bool(message["hearing"])))

    def wait_for(self, hearing: bool, since: float) -> float:
        """When it was first told so after `since`."""
        return _wait(
            lambda: next((at for at, told in self._told if at > since and told is hearing), None),
            "the screen to react",
        )


def measure(tell: Callable[[str], None], times: int, engine: str = "cued") -> dict[str, Any]:
    """Milliseconds (p50, p95 of `times`) by what is measured, with a speech engine.

    :raises SoundCardError: PulseAudio is not there.
    :raises VisitError: the robot did not answer.
    """
    measured: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for what, seconds in _measured(tell, Path(folder), times, engine):
            measured.setdefault(what, []).append(seconds)
    return {
        "engine": engine,
        "times": times,
        **{what: _summary(measured[what]) for what in REACHED},
    }


def _measured(
    tell: Callable[[str], None], folder: Path, times: int, engine: str
) -> Iterator[tuple[str, float]]:
    with (
        SimulatedSoundCard() as card,
        card.listening() as speaker,
        card.listening(MICROPHONE) as microphone,
        card.events() as events,
    ):
        ears = Ear(speaker), Ear(microphone)
        for taken in _prompts(card, ears[0], times):
            yield "cached prompt to sound", taken
        with running_robot(
            folder, simulated=True, tell=tell, private=True, sound_card=card, engine=engine
        ) as robot:
            assert robot.devices is not None
            screen, stops = Screen(), Stops(events)
            with Visit(robot.url, robot.devices, screen.take) as visit:
                visit.approach()
                for name in _procedures(times):
                    turn = _turn(visit, ears, screen, f"tôi muốn làm {name}")
                    turn["touch to silence"] = _interrupt(visit, robot.url, stops)
                    tell(f"{name}: " + ", ".join(f"{k} {1000 * v:.0f}" for k, v in turn.items()))
                    yield from turn.items()


def _procedures(count: int) -> list[str]:
    """Names of so many procedures that nobody has asked for yet: no answer is in the cache."""
    names = [one.name for one in load_catalogue() if len(one.name.split()) <= SHORT]
    return names[:: max(len(names) // count, 1)][:count]


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


def _turn(visit: Visit, ears: tuple[Ear, Ear], screen: Screen, line: str) -> dict[str, float]:
    """Seconds from the citizen's voice to what the robot shows and says."""
    speaker, microphone = ears
    visit.wait_quiet()
    speaker.wait_for_silence()
    asked = time.monotonic()
    visit.devices.say(line)
    began = microphone.wait_for_sound(asked)
    answered = speaker.wait_for_sound(asked)
    ended = microphone.last_sound
    late = RECORD_LATENCY / 1000  # the ear's own delay, which a screen has not
    return {
        "voice to screen": screen.wait_for(True, began - late) - began + late,
        "end of speech to reaction on screen": screen.wait_for(False, ended - late) - ended + late,
        FIRST_SOUND: answered - ended,
    }


class Stops:
    """When streams of sound ended."""

    def __init__(self, events: IO[bytes]) -> None:
        self.last = 0.0
        threading.Thread(target=self._watch, args=(events,), daemon=True, name="stops").start()

    def _watch(self, events: IO[bytes]) -> None:
        for line in events:
            if b"'remove' on sink-input" in line:
                self.last = time.monotonic()


def _interrupt(visit: Visit, url: str, stops: Stops) -> float:
    """Seconds from a touch in the middle of the answer to silence."""
    time.sleep(INTO_THE_ANSWER)
    button = next(button for button in BUTTONS if button in visit.choices())
    pressed = time.monotonic()
    httpx.post(f"{url}/api/choices", json={"id": button}).raise_for_status()
    return _wait(lambda: stops.last if stops.last > pressed else None, "silence") - pressed


def _wait(condition: Callable[[], float | None], what: str) -> float:
    deadline = time.monotonic() + PATIENCE
    while (value := condition()) is None:
        if time.monotonic() > deadline:
            raise VisitError(f"waited {PATIENCE:.0f} s for {what}")
        time.sleep(0.005)
    return value


def table(figures: dict[str, Any]) -> str:
    """What `measure` has found, for people."""
    reached = REACHED_BY.get(figures["engine"], REACHED)
    rows = (
        f"| {what} | {figures[what]['p50_ms']} ms | {figures[what]['p95_ms']} ms |"
        f" {'median' if percentile == 'p50_ms' else '95 %'} <= {limit} ms |"
        for what, (percentile, limit) in reached.items()
    )
    return "\n".join(("| | median | 95 % | to be reached |", "|---|---|---|---|", *rows))


def _summary(seconds: Any) -> dict[str, int]:
    ms = 1000 * np.array(seconds)
    return {
        "p50_ms": round(float(np.percentile(ms, 50))),
        "p95_ms": round(float(np.percentile(ms, 95))),
    }
