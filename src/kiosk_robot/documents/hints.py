"""What to tell somebody whose card cannot be read yet: measures of frames in, one hint out.

A pure function with a memory: a hint has to hold for several frames before it is given, and is
kept a little beyond its limit, so that a hand's tremor does not make the robot change its mind.
"""

from dataclasses import dataclass, replace
from enum import StrEnum


class Hint(StrEnum):
    """The names are those of ScannerState.msg."""

    NONE = ""
    HOLD_CLOSER = "hold_closer"
    TILT = "tilt"
    HOLD_STILL = "hold_still"
    TURN_OVER = "turn_over"


@dataclass(frozen=True, slots=True)
class FrameMeasures:
    """What could be measured in a frame without a readable code."""

    card: bool = False
    """There is an outline of a card's shape."""
    code_size: float = 0.0
    """Side of the place that looks like a code, pixels; 0: there is none."""
    sharpness: float = 0.0
    """Steepness of its edges as a part of its contrast, 0 to 1."""
    glare: float = 0.0
    """Part of it that is white with mirrored light, 0 to 1."""
    centre: tuple[float, float] = (0.0, 0.0)
    """Its middle, pixels."""


# Measured on the frames of `kiosk bench scan` (docs/decisions/0018).
SMALL = 150.0
"""Pixels: a code of 45 modules with its surroundings at 2 pixels a module."""
GLARING = 0.04
BLURRED = 0.35
MOVING = 0.08
"""Of its size, from one frame to the next."""
PATIENCE = 5
"""Frames in a row before a hint is given."""
LONG_PATIENCE = 25
"""The same before somebody is told that nothing is seen at all."""
KEPT = 1.2
"""How far beyond its limit a hint that is given is kept."""


@dataclass(frozen=True, slots=True)
class Advice:
    """The hint to give now, and what the next frame is judged by."""

    hint: Hint = Hint.NONE
    candidate: Hint = Hint.NONE
    frames: int = 0
    """In a row that spoke for the candidate."""
    last: FrameMeasures = FrameMeasures()


def advise(advice: Advice, seen: FrameMeasures) -> Advice:
    """The advice after one more frame that could not be read."""
    candidate = _hint_for(seen, advice)
    frames = advice.frames + 1 if candidate is advice.candidate else 1
    patience = PATIENCE if seen.card or seen.code_size else LONG_PATIENCE
    hint = candidate if frames >= patience else advice.hint
    return replace(advice, hint=hint, candidate=candidate, frames=frames, last=seen)


def _hint_for(seen: FrameMeasures, advice: Advice) -> Hint:
    def limit(value: float, of: Hint) -> float:
        return value * KEPT if advice.hint is of else value

    if not seen.code_size:
        return Hint.TURN_OVER if seen.card else Hint.HOLD_CLOSER
    if seen.glare * (KEPT if advice.hint is Hint.TILT else 1) > GLARING:
        return Hint.TILT
    if seen.code_size < limit(SMALL, Hint.HOLD_CLOSER):
        return Hint.HOLD_CLOSER
    if seen.sharpness < limit(BLURRED, Hint.HOLD_STILL) or _moved(advice.last, seen):
        return Hint.HOLD_STILL
    return Hint.TILT


def _moved(before: FrameMeasures, seen: FrameMeasures) -> bool:
    if not before.code_size:
        return False
    x, y = (a - b for a, b in zip(before.centre, seen.centre, strict=True))
    return bool((x * x + y * y) ** 0.5 > MOVING * seen.code_size)
