"""What every speech engine is to the robot: sound in, text out, one utterance after another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

SAMPLE_RATE = 16_000  # Hz, mono, signed 16 bit, little endian: the sound of every engine
FRAME_SAMPLES = 512  # what the voice detector looks at
FRAME_BYTES = 2 * FRAME_SAMPLES
FRAME_S = FRAME_SAMPLES / SAMPLE_RATE  # 0.032


class EngineError(Exception):
    """An engine cannot be used; the message names what is missing and how to get it."""


class ModelError(EngineError):
    """A model could not be installed; the message says what to do by hand."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word as heard. Times are seconds since the utterance began."""

    text: str
    start: float
    end: float
    confidence: float  # 0..1


@dataclass(frozen=True, slots=True)
class Partial:
    """What has been heard of an utterance that goes on."""

    text: str
    locale: str


@dataclass(frozen=True, slots=True)
class Final:
    """An utterance that is over. Empty `text`: nothing that could be words."""

    text: str
    confidence: float  # 0..1
    locale: str
    words: tuple[Word, ...] = ()  # empty where the engine gives no times
    alternatives: tuple[str, ...] = ()  # what it may have been instead, likeliest first


class SpeechEngine(Protocol):
    """Hears one utterance at a time; where it begins and ends is told by the caller."""

    @property
    def name(self) -> str:
        """Engine and model, for the technician."""

    def accept(self, pcm: bytes) -> Partial | Final | None:
        """Take sound of the utterance. None: nothing new; Final: the engine heard its end."""

    def paused(self, perhaps_over: bool) -> None:
        """They are silent, or go on after all: what takes long may begin before `finish`."""

    def finish(self) -> Final:
        """The utterance is over; whatever is accepted next belongs to another one."""

    def reset(self) -> None:
        """Forget the utterance, and the voice of whoever spoke."""

    def expect(self, phrases: Sequence[str]) -> None:
        """Listen for these phrases from the next utterance on; none: for anything.

        :raises ValueError: an engine that can be restricted knows none of them.
        """
