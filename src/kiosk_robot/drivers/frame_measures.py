"""What a frame without a readable code tells about how the card is held."""

import numpy as np

from kiosk_robot.documents.hints import FrameMeasures
from kiosk_robot.drivers.qr import Box, Frame, to_gray

_WIDTH = 320
"""Pixels of the reduced frame a card is looked for in."""
_CARD_SHAPE = (1.2, 2.1)
"""Long side by short side: 1.586 (ISO ID-1), more or less when tilted."""
_MIN_CARD = 0.06
"""Part of the frame a card covers at least."""
_WHITE = 243
"""Grey level of a lamp's mirror image, noise averaged."""
_DARK_SHARE = (0.3, 0.7)
"""A code is half black; text and portraits are not."""

_MIN_CHANGES = 0.03
"""From black to white and back, for each pixel of a row."""


def measure(frame: Frame, place: Box | None) -> FrameMeasures:
    """Measures of a frame, BGR or grey; `place` is where a code seems to be."""
    gray = to_gray(frame)
    card = _shows_card(gray)
    if place is None:
        return FrameMeasures(card=card)
    left, top, right, bottom = place
    crop = gray[top:bottom, left:right]
    glare = _glare(gray, place)
    if not glare and not _is_like_a_code(crop):
        return FrameMeasures(card=card)
    return FrameMeasures(
        card=card,
        code_size=float(np.sqrt((right - left) * (bottom - top))),
        sharpness=_sharpness(crop),
        glare=glare,
        centre=((left + right) / 2, (top + bottom) / 2),
    )


def _is_like_a_code(crop: Frame) -> bool:
    import cv2

    height, width = crop.shape
    middle = np.ascontiguousarray(
        crop[height // 6 : height - height // 6, width // 6 : width - width // 6]
    )
    _, dark = cv2.threshold(middle, 0, 1, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)
    square = 0.5 < width / height < 2.0
    half_dark = _DARK_SHARE[0] < float(dark.mean()) < _DARK_SHARE[1]
    changes = float(abs(np.diff(dark.astype(np.int8), axis=1)).mean())
    return square and half_dark and changes > _MIN_CHANGES


def _sharpness(crop: Frame) -> float:
    """Steepest steps between neighbouring pixels, as a part of the contrast; 0.5 is very sharp."""
    smooth = crop.astype(np.float32)
    dark, light = np.percentile(smooth, (5, 95))
    steps = np.maximum(abs(np.diff(smooth, axis=1))[1:], abs(np.diff(smooth, axis=0))[:, 1:])
    return float(np.percentile(steps, 97) / max(light - dark, 20))


def _glare(gray: Frame, place: Box) -> float:
    """Part of the place and its surroundings that is white in patches larger than a code has."""
    import cv2

    left, top, right, bottom = place
    across, down = (right - left) // 4, (bottom - top) // 4
    around = gray[max(0, top - down) : bottom + down, max(0, left - across) : right + across]
    side = max(3, min(right - left, bottom - top) // 7)
    patch = np.ones((side, side), np.uint8)
    white = (cv2.blur(around, (5, 5)) >= _WHITE).astype(np.uint8)
    return float(cv2.dilate(cv2.erode(white, patch), patch).mean())


def _shows_card(gray: Frame) -> bool:
    """Whether there is a four-sided outline of a card's shape."""
    import cv2

    scale = _WIDTH / gray.shape[1]
    small = cv2.GaussianBlur(
        cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), (5, 5), 0
    )
    edges = cv2.dilate(cv2.Canny(small, 20, 60), np.ones((3, 3), np.uint8))
    outlines, _ = cv2.findContours(edges, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return any(_is_card(np.asarray(outline), small.size) for outline in outlines)


def _is_card(outline: np.ndarray, frame_area: int) -> bool:
    import cv2

    hull = cv2.convexHull(outline)
    corners = cv2.approxPolyDP(hull, 0.05 * cv2.arcLength(hull, True), True)
    _, sides, _ = cv2.minAreaRect(hull)
    short, long = sorted(sides)
    return (
        len(corners) == 4
        and cv2.contourArea(hull) > _MIN_CARD * frame_area
        and _CARD_SHAPE[0] < long / max(short, 1.0) < _CARD_SHAPE[1]
    )
