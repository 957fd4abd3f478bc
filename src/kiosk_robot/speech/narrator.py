"""Says a text: sentence by sentence, the next one made while one is heard."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

from kiosk_robot.speech.following import Span, caption_spans, sentences
from kiosk_robot.speech.voice import (
    Manner,
    PlaybackError,
    Player,
    Speech,
    SynthesisError,
    Voice,
    without_tail,
)

CACHED_SENTENCES = 200  # about 35 MB


class SilentReading:
    """A player for when nothing can be heard: captions go on at the pace of speech."""

    def __init__(self, speed: float = 1.0) -> None:
        self._speed = speed
        self._started = time.monotonic()

    def check(self) -> None:
        """Nothing to be missing."""

    def play(self, speech: Speech, stop: threading.Event, *, keep: bool) -> bool:
        """Wait for as long as the speech takes; False when it was stopped."""
        return self.read_on(speech, stop, 0.0)

    def read_on(self, speech: Speech, stop: threading.Event, position: float) -> bool:
        """The same, from a position in seconds."""
        self._started = time.monotonic() - position / self._speed
        return not stop.wait(max(speech.duration - position, 0.0) / self._speed)

    def silence(self) -> None:
        """`stop` has ended the waiting."""

    def position(self) -> float:
        """Seconds of the speech that have gone by."""
        return (time.monotonic() - self._started) * self._speed


@dataclass(frozen=True)
class Told:
    """What became of a text. Where there was an error, captions went on without sound."""

    duration: float  # seconds of sound
    finished: bool  # False: it was stopped
    error: SynthesisError | PlaybackError | None = None


@dataclass(frozen=True)
class _Heard:
    """The sentence in the air."""

    speech: Speech
    spans: list[Span]
    player: Player


class Narrator:
    """Make it and `tell` in the thread of its voice; the rest may be called from any thread."""

    def __init__(self, voice: Voice, player: Player) -> None:
        self._voice = voice
        self._player = player
        self._silent = SilentReading()
        self._mouth = ThreadPoolExecutor(1, thread_name_prefix="mouth")
        self._heard: _Heard | None = None
        self._cached: Callable[[str, Manner], Speech] = lru_cache(CACHED_SENTENCES)(
            voice.synthesise
        )
        self._error: SynthesisError | PlaybackError | None = None

    def close(self) -> None:
        """Say no more."""
        self._mouth.shutdown(wait=False, cancel_futures=True)

    def prepare(self, spoken: str, manner: Manner) -> None:
        """Have what is not personal ready, for when it is to be told.

        :raises SynthesisError: it cannot be said.
        """
        for sentence in sentences(spoken):
            self._cached(sentence, manner)

    def tell(
        self, spoken: str, caption: str, manner: Manner, stop: threading.Event, *, personal: bool
    ) -> Told:
        """Say `spoken` to its end or until `stop`; what is personal is neither cached nor kept.

        :raises SynthesisHungError: the process must be started again.
        """
        spans = caption_spans(caption, spoken)
        duration = 0.0
        self._error = None
        playing: Future[bool] | None = None
        parts = sentences(spoken)
        for place, sentence in enumerate(parts, start=1):
            try:
                synthesise = self._voice.synthesise if personal else self._cached
                speech = synthesise(sentence, manner)
            except SynthesisError as failed:
                self._error = failed
                speech = Speech.silent(sentence, manner.words_per_minute)
            if place == len(parts):
                speech = without_tail(speech)
            if playing and not playing.result():
                break
            words = len(sentence.split())
            playing = self._mouth.submit(self._hear, speech, spans[:words], stop, not personal)
            spans = spans[words:]
            duration += speech.duration if speech.wav else 0.0
        finished = playing.result() if playing else True
        self._heard = None
        return Told(duration, finished, self._error)

    def silence(self) -> None:
        """Fall silent at once, after `stop` was set."""
        self._player.silence()

    @property
    def unheard(self) -> bool:
        """Whether a sentence goes by that cannot be heard."""
        return self._heard is not None and self._heard.player is self._silent

    def word(self) -> Span | None:
        """The part of the caption that is being said now; None while nothing is."""
        heard = self._heard
        if heard is None or not heard.spans:
            return None
        position = heard.player.position()
        begun = [word.word for word in heard.speech.words if word.at <= position]
        return heard.spans[min(begun[-1], len(heard.spans) - 1)] if begun else None

    def _hear(self, speech: Speech, spans: list[Span], stop: threading.Event, keep: bool) -> bool:
        player = self._player if speech.wav else self._silent
        self._heard = _Heard(speech, spans, player)
        try:
            return player.play(speech, stop, keep=keep)
        except PlaybackError as error:
            self._error = error
            position = player.position()
            self._heard = _Heard(speech, spans, self._silent)
            return self._silent.read_on(speech, stop, position)
