"""Speaking without any engine: what speech is, and what voices and players do."""

import io
import threading
import wave
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

QUIET = 100  # of 32768: below it there is no voice
TAIL = 0.1  # seconds


class SynthesisError(Exception):
    """No speech came out; the message names the voice and the cause."""


class PlaybackError(Exception):
    """Nothing was heard; the message names the cause and the fix."""


@dataclass(frozen=True)
class Manner:
    """How something is said."""

    voice: str  # as its engine names it
    words_per_minute: int
    volume: float  # 0..1


@dataclass(frozen=True)
class WordTime:
    """When a word of a text begins."""

    at: float  # seconds from the beginning of the sound
    word: int  # its place among the words of the text, which white space parts


@dataclass(frozen=True)
class Speech:
    """A text as sound."""

    wav: bytes = field(repr=False)  # mono, 16 bit
    duration: float  # seconds
    words: tuple[WordTime, ...]  # in order

    @classmethod
    def silent(cls, text: str, words_per_minute: int) -> "Speech":
        """What takes as long as the text takes to read, without a sound."""
        duration = 60 * len(text.split()) / words_per_minute
        return cls(b"", duration, evenly(text, duration))


class Voice(Protocol):
    """A synthesiser. It is made and used in one and the same thread."""

    def check_voice(self, voice: str) -> None:
        """Refuse a voice that is not there; raises SynthesisError."""

    def synthesise(self, text: str, manner: Manner) -> Speech:
        """Raises SynthesisError."""


class Player(Protocol):
    """A loudspeaker. `play` blocks its thread; the rest may be called from any."""

    def check(self) -> None:
        """See whether there is something to play through; raises PlaybackError."""

    def play(self, speech: Speech, stop: threading.Event, *, keep: bool) -> bool:
        """Play to the end; False when `stop` was set. Raises PlaybackError."""

    def silence(self) -> None:
        """Fall silent at once; `stop` is set before."""

    def position(self) -> float:
        """Seconds of the speech that have been heard; more than its duration when it is over."""


def evenly(text: str, duration: float) -> tuple[WordTime, ...]:
    """Word times where the engine tells none: each word takes its share by its letters."""
    words = text.split()
    letters = sum(len(word) + 1 for word in words)
    times, before = [], 0
    for place, word in enumerate(words):
        times.append(WordTime(duration * before / letters, place))
        before += len(word) + 1
    return tuple(times)


def wav_duration(wav: bytes) -> float:
    """Length of a WAV file in seconds; 0 when it holds no sound or is damaged."""
    try:
        with wave.open(io.BytesIO(wav)) as reader:
            return float(reader.getnframes() / reader.getframerate())
    except (wave.Error, EOFError, ZeroDivisionError):
        return 0.0


def wav_from(wav: bytes, seconds: float) -> bytes:
    """The WAV file without its first `seconds`."""
    rest = io.BytesIO()
    with wave.open(io.BytesIO(wav)) as reader, wave.open(rest, "wb") as writer:
        writer.setparams(reader.getparams())
        reader.setpos(min(max(round(seconds * reader.getframerate()), 0), reader.getnframes()))
        writer.writeframes(reader.readframes(reader.getnframes()))
    return rest.getvalue()


def without_tail(speech: Speech) -> Speech:
    """The speech without the silence at its end but for TAIL: people answer 0.2 s after a question
    (Stivers et al. 2009, PNAS 106), and until the sound is over the robot does not hear them.
    """
    if not speech.wav:
        return speech
    with wave.open(io.BytesIO(speech.wav)) as reader:
        samples = np.frombuffer(reader.readframes(reader.getnframes()), "<i2")
        loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > QUIET)
        end = round((loud[-1] if loud.size else 0) + TAIL * reader.getframerate())
        cut = io.BytesIO()
        with wave.open(cut, "wb") as writer:
            writer.setparams(reader.getparams())
            writer.writeframes(samples[:end].tobytes())
    return Speech(cut.getvalue(), wav_duration(cut.getvalue()), speech.words)


def joined(wavs: list[bytes]) -> bytes:
    """WAV files of one format, one after the other. At least one."""
    whole = io.BytesIO()
    with wave.open(whole, "wb") as writer:
        for place, wav in enumerate(wavs):
            with wave.open(io.BytesIO(wav)) as reader:
                if place == 0:
                    writer.setparams(reader.getparams())
                writer.writeframes(reader.readframes(reader.getnframes()))
    return whole.getvalue()
