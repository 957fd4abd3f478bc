"""When somebody begins to speak, pauses, and has ended: the voice detector's figures, judged.

One frame is 32 ms. How long a silence ends an utterance depends on what was asked: a yes comes in
one breath, an address with pauses to think.
"""

from dataclasses import dataclass
from enum import Enum, auto

from kiosk_robot.speech.engine import FRAME_S

PAUSES = {"free": 0.5, "yes_no": 0.35, "rating": 0.35, "dictated": 1.0}
"""Seconds of silence that end an utterance, by what kind of answer is waited for."""
PHRASES: dict[str, tuple[str, ...]] = {
    "free": (),
    "yes_no": (
        *("có", "không", "vâng", "dạ", "ừ", "được", "đồng ý", "đúng", "đúng rồi", "phải"),
        *("sai", "sai rồi", "thôi", "không cần", "không đồng ý", "lấy số", "nghe tiếp"),
    ),
    "rating": ("một điểm", "hai điểm", "ba điểm", "bốn điểm", "năm điểm", "không"),
    "dictated": (),
}
"""What is likely to be said then; an engine that can listens for it beside everything else."""

_BEGUN, _STILL = 0.5, 0.35  # probability of a voice: one that begins, one that goes on
_TAKEN_BREATH = 0.15  # seconds of silence that the screen shows
_SHORTEST = 0.1  # seconds of voice; "có" has about 0.15, a click less
LONGEST = 15.0  # seconds; who speaks longer is heard in parts
_ABOVE_FLOOR = 6.0  # dB; a voice before the robot is that much louder than the hall
_LATE = 0.1  # seconds by which the detector may notice late that a voice has ended (measured)
_FADED = 30.0  # dB below an utterance's loudest frame: no part of it, whatever the detector says
_FLOOR_RISE, _FLOOR_FALL = 0.1, 1.0  # dB a frame: a fan that starts is the floor within seconds
_QUIETEST = -70.0  # dBFS; below is no sound at all


class Edge(Enum):
    """What has changed with a frame."""

    STARTED = auto()
    PAUSED = auto()  # perhaps the end; the screen may react
    RESUMED = auto()
    ENDED = auto()
    DISCARDED = auto()  # a click or a cough: too short for a word


@dataclass(slots=True)
class Endpointer:
    """Follows one microphone. `pause` in seconds may be changed at any time."""

    pause: float = PAUSES["free"]
    floor: float = -50.0  # dBFS of the hall without the citizen
    _speaking: bool = False
    _voiced: float = 0.0  # seconds
    _silent: float = 0.0
    _length: float = 0.0
    _loudest: float = _QUIETEST  # dBFS
    _faded: float = 0.0  # seconds

    @property
    def speaking(self) -> bool:
        """Whether an utterance is under way."""
        return self._speaking

    def feed(self, probability: float, level: float) -> Edge | None:
        """Judge a frame by the probability of a voice in it and its level in dBFS."""
        if not self._speaking:
            return self._waiting(probability, level)
        return self._going_on(probability, level)

    def reset(self) -> None:
        """Drop the utterance; the noise floor stays known."""
        self._speaking = False

    def _waiting(self, probability: float, level: float) -> Edge | None:
        loud = level >= self.floor + _ABOVE_FLOOR
        if probability < _STILL or not loud:
            self._follow(level)
        if probability < _BEGUN or not loud:
            return None
        self._speaking = True
        self._voiced = self._length = FRAME_S
        self._silent = self._faded = 0.0
        self._loudest = level
        return Edge.STARTED

    def _going_on(self, probability: float, level: float) -> Edge | None:
        self._length += FRAME_S
        self._loudest = max(self._loudest, level)
        faded = level < max(self.floor + _ABOVE_FLOOR, self._loudest - _FADED)
        self._faded = self._faded + FRAME_S if faded else 0.0
        before = self._silent
        if probability >= _STILL:
            self._voiced += FRAME_S
            self._silent = 0.0
            if self._length >= LONGEST:
                self._speaking = False
                return Edge.ENDED
            return Edge.RESUMED if before >= _TAKEN_BREATH else None
        missed = 0.0 if self._silent else min(self._faded - FRAME_S, _LATE)
        self._silent += FRAME_S + max(missed, 0.0)
        if self._silent >= self.pause:
            self._speaking = False
            return Edge.ENDED if self._voiced >= _SHORTEST else Edge.DISCARDED
        return Edge.PAUSED if before < _TAKEN_BREATH <= self._silent else None

    def _follow(self, level: float) -> None:
        """The floor falls fast and rises slowly, so that speech does not lift it."""
        change = max(level, _QUIETEST) - self.floor
        self.floor += min(max(change, -_FLOOR_FALL), _FLOOR_RISE)
