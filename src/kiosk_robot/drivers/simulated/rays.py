"""What a level ray meets: upright boxes and cylinders. Metres and radians."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Upright:
    """A box that stands on a side: middle, half sides, and the heights it begins and ends at."""

    x: float
    y: float
    yaw: float
    half_length: float
    half_width: float
    bottom: float
    top: float


@dataclass(frozen=True, slots=True)
class Cylinder:
    """Somebody standing."""

    x: float
    y: float
    radius: float
    bottom: float
    top: float


def cast(
    eye: Sequence[float], angles: Floats, boxes: Sequence[Upright], people: Sequence[Cylinder]
) -> Floats:
    """The distance to what is met first by a ray from `eye` at each of `angles`; inf: nothing."""
    x, y, height = eye
    nearest = np.full(len(angles), math.inf)
    for box in boxes:
        if box.bottom <= height <= box.top:
            nearest = np.minimum(nearest, _to_box(box, x, y, angles))
    for person in people:
        if person.bottom <= height <= person.top:
            nearest = np.minimum(nearest, _to_cylinder(person, x, y, angles))
    return nearest


def _to_box(box: Upright, x: float, y: float, angles: Floats) -> Floats:
    """By slabs, in the frame of the box."""
    c, s = math.cos(box.yaw), math.sin(box.yaw)
    dx, dy = x - box.x, y - box.y
    start = (c * dx + s * dy, c * dy - s * dx)
    along = (np.cos(angles - box.yaw), np.sin(angles - box.yaw))
    enter, leave = np.zeros(len(angles)), np.full(len(angles), math.inf)
    for begin, step, half in zip(start, along, (box.half_length, box.half_width), strict=True):
        with np.errstate(divide="ignore", invalid="ignore"):
            sides = np.sort([(-half - begin) / step, (half - begin) / step], axis=0)
        enter, leave = np.fmax(enter, sides[0]), np.fmin(leave, sides[1])
    return np.where(enter <= leave, enter, math.inf)


def _to_cylinder(person: Cylinder, x: float, y: float, angles: Floats) -> Floats:
    dx, dy = person.x - x, person.y - y
    ahead = dx * np.cos(angles) + dy * np.sin(angles)
    aside = dx * np.sin(angles) - dy * np.cos(angles)
    chord = person.radius**2 - aside**2
    met = (chord >= 0) & (ahead > 0)
    return np.where(met, ahead - np.sqrt(np.maximum(chord, 0)), math.inf)
