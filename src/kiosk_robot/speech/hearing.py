"""From frames of sound to utterances: voice detector, endpoint and engine, one after the other."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from kiosk_robot.speech.echo import LONGEST_BARGE_IN
from kiosk_robot.speech.endpointing import PAUSES, Edge, Endpointer
from kiosk_robot.speech.engine import (
    FRAME_BYTES,
    FRAME_S,
    SAMPLE_RATE,
    Final,
    Partial,
    SpeechEngine,
)

LOUD = 30.0  # dB above the hall that count as full loudness: somebody who speaks up, close by
_AUDIBLE = 6.0  # dB above the hall from which something is heard
_DECAY = 4.0  # dB a frame that the shown loudness falls
PRE_ROLL = 0.3  # seconds before the first frame with a voice: where a soft consonant hides
_FULL_SCALE = 32768.0
_CLIPPED = 32_000  # of full scale
_CLIPPING = 0.02  # share of a frame's samples
_CLIPPING_TOLD = 10  # frames


class VoiceDetector(Protocol):
    """Tells voices from other sound."""

    def probability(self, frame: bytes) -> float:
        """Of a voice in a frame of FRAME_BYTES, 0..1."""

    def reset(self) -> None:
        """Forget what was heard before."""


@dataclass(frozen=True, slots=True)
class Voice:
    """Somebody began to speak, or stopped."""

    speaking: bool
    resumed: bool = False  # after a pause within the utterance


@dataclass(frozen=True, slots=True)
class Heard:
    """An utterance that is over. While the robot `spoke`, only a word that stops it counts."""

    final: Final
    over_robot: bool
    seconds: float  # of sound, silence at its end included


class Hearing:
    """Takes frame after frame. Not thread-safe: one microphone, one thread."""

    def __init__(self, engine: SpeechEngine, detector: VoiceDetector) -> None:
        self._engine = engine
        self._detector = detector
        self._endpointer = Endpointer()
        self._pre_roll: deque[bytes] = deque(maxlen=round(PRE_ROLL / FRAME_S))
        self._over_robot = False
        self._frames = 0  # of the utterance
        self._too_long = False  # nothing of it counts any more
        self._told_partial = ""
        self._clipped_frames = 0
        self._peak = -100.0  # dBFS, of the last frames

    @property
    def loudness(self) -> float:
        """How loud it is now above the hall, 0 to 1: for people to see that they are heard."""
        above = self._peak - self.noise_floor - _AUDIBLE
        return min(max(above / (LOUD - _AUDIBLE), 0.0), 1.0)

    @property
    def noise_floor(self) -> float:
        """Level of the hall without the citizen, in dBFS."""
        return self._endpointer.floor

    @property
    def clipping(self) -> bool:
        """Whether the microphone is overdriven."""
        return self._clipped_frames >= _CLIPPING_TOLD

    @property
    def busy(self) -> bool:
        """Whether an utterance is under way."""
        return self._endpointer.speaking

    def expect(self, kind: str) -> None:
        """What kind of answer is waited for, a key of `PAUSES`."""
        self._endpointer.pause = PAUSES[kind]

    def forget(self) -> None:
        """Drop what is being said: another citizen, or sound that is lost."""
        self._endpointer.reset()
        self._engine.reset()
        self._pre_roll.clear()
        self._frames = 0

    def hear(self, frame: bytes, *, robot_speaks: bool) -> Iterator[Voice | Partial | Heard]:
        """What a frame of FRAME_BYTES has brought."""
        if robot_speaks != self._over_robot:
            # The edge of the robot's own voice is in what was begun before it.
            was_speaking = self._endpointer.speaking and not self._over_robot
            self.forget()
            self._over_robot = robot_speaks
            if was_speaking:
                yield Voice(False)
        level = self._level(frame)
        self._peak = max(level, self._peak - _DECAY)
        edge = self._endpointer.feed(self._detector.probability(frame), level)
        if edge is Edge.STARTED:
            self._begin()
        self._pre_roll.append(frame)
        if edge in (Edge.STARTED, Edge.RESUMED) and not self._over_robot:
            yield Voice(True, resumed=edge is Edge.RESUMED)
        if edge is Edge.PAUSED and not self._over_robot:
            yield Voice(False)
        if self._endpointer.speaking or edge is Edge.ENDED:
            yield from self._listen(frame)
        if edge in (Edge.PAUSED, Edge.RESUMED) and not self._over_robot:
            self._engine.paused(edge is Edge.PAUSED)
        if edge is Edge.ENDED:
            yield from self._end()
        elif edge is Edge.DISCARDED:
            self._engine.reset()

    def hear_all(self, pcm: bytes) -> Iterator[Heard]:
        """The utterances of a recording, which ends in silence."""
        whole = pcm + bytes(2 * SAMPLE_RATE + -len(pcm) % FRAME_BYTES)
        for at in range(0, len(whole) - FRAME_BYTES + 1, FRAME_BYTES):
            for news in self.hear(whole[at : at + FRAME_BYTES], robot_speaks=False):
                if isinstance(news, Heard):
                    yield news

    def _begin(self) -> None:
        self._frames = 0
        self._too_long = False
        self._told_partial = ""
        for earlier in self._pre_roll:
            self._frames += 1
            self._engine.accept(earlier)

    def _listen(self, frame: bytes) -> Iterator[Partial]:
        self._frames += 1
        if self._over_robot and self._frames * FRAME_S > LONGEST_BARGE_IN + PRE_ROLL:
            self._too_long = True
        if self._too_long:
            return
        news = self._engine.accept(frame)
        if isinstance(news, Partial) and news.text != self._told_partial and not self._over_robot:
            self._told_partial = news.text
            yield news

    def _end(self) -> Iterator[Voice | Heard]:
        if not self._over_robot:
            yield Voice(False)
        if self._too_long:
            self._engine.reset()
            return
        final = self._engine.finish()
        self._pre_roll.clear()
        if final.text:
            yield Heard(final, self._over_robot, self._frames * FRAME_S)

    def _level(self, frame: bytes) -> float:
        """Level of a frame in dBFS; notes clipping on the way."""
        samples = np.frombuffer(frame, "<i2").astype(np.float32)
        clipped = float(np.mean(np.abs(samples) >= _CLIPPED)) >= _CLIPPING
        self._clipped_frames = (
            min(self._clipped_frames + 1, 2 * _CLIPPING_TOLD)
            if clipped
            else (max(self._clipped_frames - 1, 0))
        )
        power = float(np.mean((samples / _FULL_SCALE) ** 2))
        return float(10 * np.log10(max(power, 1e-10)))
