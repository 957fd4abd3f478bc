"""An identity card held before the camera: a drawing that nobody can mistake for a real card."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from qrcode.constants import ERROR_CORRECT_M  # type: ignore[import-untyped]
from qrcode.main import QRCode  # type: ignore[import-untyped]

from kiosk_robot.printing.layout import typeface

Frame = NDArray[np.uint8]  # height x width x 3, BGR

CARD_SIZE = (1370, 863)
"""ISO ID-1, 85.6 x 54.0 mm, at 16 pixels a millimetre."""
QR_SIZE = 336
"""About 21 mm with its quiet zone; a whole number of pixels a module, so never quite the same."""
QUIET = 3  # modules

_PAPER, _INK, _STAMP = (214, 233, 226), (40, 70, 90), (190, 40, 40)
_SUPERSAMPLING = 2


@dataclass(frozen=True, slots=True)
class Pose:
    """How a card is held. Lengths in pixels of the frame, angles in degrees."""

    module: float
    """Width of one module of the code, before tilt."""
    turn: float = 0.0
    """In the plane of the picture."""
    tilt: float = 0.0
    """Out of that plane."""
    tilt_axis: float = 0.0
    """Direction the tilt is about: 0 is the card's long side."""
    centre: tuple[float, float] = (0.5, 0.5)
    """Where the middle of the code is, as a part of the frame's width and height."""


def draw_card(payload: str, size: tuple[int, int] = (1280, 720), seed: int = 0) -> Frame:
    """A frame, `size` wide and high, of a specimen card whose QR code says `payload`; without one,
    of the side of a card that has no code.

    The card fills about three quarters of the frame. Place, tilt and noise follow from `seed`: the
    same arguments give the same frame.
    """
    chance = np.random.default_rng(seed)
    card = flat_card(payload)
    fill = 0.78 * min(size[0] / CARD_SIZE[0], size[1] / CARD_SIZE[1])
    pose = Pose(
        module=fill * card.module,
        turn=chance.uniform(-6, 6),
        tilt=chance.uniform(0, 12),
        tilt_axis=chance.uniform(0, 360),
    )
    frame = hold(card, pose, size, chance, around_code=False)
    return sensor_noise(frame, 4, chance)


@dataclass(frozen=True)
class FlatCard:
    """A card as drawn, `CARD_SIZE` pixels, and where on it the code is."""

    picture: Frame
    module: int
    """Pixels a module."""
    code: tuple[int, int, int, int]
    """Left, top, right, bottom of the code without its quiet zone."""


@lru_cache(maxsize=4)
def flat_card(payload: str) -> FlatCard:
    """The front of a card of 2021, with the code in its upper right corner.

    Without a payload it is the front of a card of 2024, which has its code on the back.
    """
    card = Image.new("RGB", CARD_SIZE, _PAPER)
    draw = ImageDraw.Draw(card)
    for step in range(0, CARD_SIZE[0] + CARD_SIZE[1], 23):  # fine lines, as on any such card
        draw.line((step, 0, step - CARD_SIZE[1], CARD_SIZE[1]), fill=(198, 222, 214), width=2)
    draw.rectangle((0, 0, CARD_SIZE[0] - 1, CARD_SIZE[1] - 1), outline=_INK, width=5)
    draw.text((64, 58), "THẺ MẪU", font=typeface("Bold", 83), fill=_STAMP)
    draw.text((64, 166), "SPECIMEN – không có giá trị", font=typeface("Medium", 45), fill=_STAMP)
    draw.ellipse((152, 336, 312, 512), fill=_INK)
    draw.pieslice((88, 528, 376, 960), 180, 360, fill=_INK)
    for row, letters in enumerate((34, 27, 40, 22)):
        draw.text(
            (464, 464 + 80 * row), "mẫu " * (letters // 4), font=typeface("Medium", 34), fill=_INK
        )
    if not payload:
        return FlatCard(_as_bgr(card), 7, (0, 0, *CARD_SIZE))
    modules = _modules(payload)
    scale = round(QR_SIZE / len(modules))
    code = Image.fromarray(np.where(modules, 24, 250).astype(np.uint8))
    side = scale * len(modules)
    left, top = CARD_SIZE[0] - side - 48, 48
    card.paste(code.resize((side, side), Image.Resampling.NEAREST), (left, top))
    quiet = QUIET * scale
    box = (left + quiet, top + quiet, left + side - quiet, top + side - quiet)
    return FlatCard(_as_bgr(card), scale, box)


def _as_bgr(picture: Image.Image) -> Frame:
    return np.ascontiguousarray(np.asarray(picture)[:, :, ::-1])


def _modules(payload: str) -> NDArray[np.bool_]:
    # Looking for the best of the eight masks takes ten times as long as the drawing.
    qr = QRCode(error_correction=ERROR_CORRECT_M, border=QUIET, mask_pattern=len(payload) % 8)
    qr.add_data(payload.encode())
    qr.make(fit=True)
    return np.asarray(qr.get_matrix())


def hold(
    card: FlatCard,
    pose: Pose,
    size: tuple[int, int],
    chance: np.random.Generator,
    *,
    around_code: bool = True,
) -> Frame:
    """The card in a room, seen by a lens as sharp as the pixels of the frame allow.

    `pose.centre` is that of the code or, without `around_code`, that of the card.
    """
    import cv2

    fine = (size[0] * _SUPERSAMPLING, size[1] * _SUPERSAMPLING)
    to_frame = _homography(card, pose, fine, around_code)
    frame = np.asarray(cv2.resize(_room(size, chance), fine), np.uint8)
    cv2.warpPerspective(
        card.picture, to_frame, fine, frame, cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT
    )
    seen = cv2.GaussianBlur(frame, (0, 0), 0.5 * _SUPERSAMPLING)
    return np.asarray(cv2.resize(seen, size, interpolation=cv2.INTER_AREA), np.uint8)


def sensor_noise(frame: Frame, sigma: float, chance: np.random.Generator) -> Frame:
    """The frame with normal noise, the same in all channels, as of a sensor behind a filter."""
    import cv2

    noise = chance.normal(0, sigma, frame.shape[:2]).astype(np.float32)
    noisy = frame.astype(np.float32) + cv2.merge([noise] * 3)
    return noisy.clip(0, 255).astype(np.uint8)


def _homography(
    card: FlatCard, pose: Pose, size: tuple[int, int], around_code: bool
) -> NDArray[np.float64]:
    """From pixels of the flat card to pixels of a frame of `size`, through a pinhole camera."""
    left, top, right, bottom = card.code if around_code else (0, 0, *CARD_SIZE)
    to_middle = np.array([(1, 0, -(left + right) / 2), (0, 1, -(top + bottom) / 2), (0, 0, 1)])
    axis, tilt, turn = np.radians([pose.tilt_axis, pose.tilt, pose.turn])
    rotation = _about_z(turn) @ _about_z(axis) @ _about_x(tilt) @ _about_z(-axis)
    distance = 3.0 * CARD_SIZE[0]  # of the lens: a card at arm's length
    plane = np.eye(3)
    plane[:2, :2] = rotation[:2, :2]
    plane[2, :2] = rotation[2, :2] / distance
    scale = pose.module * _SUPERSAMPLING / card.module
    x, y = (part * length for part, length in zip(pose.centre, size, strict=True))
    onto_frame = np.array([(scale, 0, x), (0, scale, y), (0, 0, 1)])
    return np.asarray(onto_frame @ plane @ to_middle)


def _about_z(angle: float) -> NDArray[np.float64]:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([(c, -s, 0), (s, c, 0), (0, 0, 1)])


def _about_x(angle: float) -> NDArray[np.float64]:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([(1, 0, 0), (0, c, -s), (0, s, c)])


def _room(size: tuple[int, int], chance: np.random.Generator) -> Frame:
    """What is behind the card: soft patches of a room out of focus, with a few straight edges."""
    import cv2

    light = chance.uniform(60, 150, (5, 8, 1)) * chance.uniform(0.9, 1.1, (5, 8, 3))
    room = cv2.resize(light.astype(np.uint8), size, interpolation=cv2.INTER_CUBIC)
    for _ in range(6):
        x, y = (int(chance.integers(0, length)) for length in size)
        w, h = (int(chance.integers(length // 12, length // 4)) for length in size)
        shade = chance.uniform(40, 200, 3)
        cv2.rectangle(room, (x, y), (x + w, y + h), shade.tolist(), -1)
    return np.asarray(cv2.blur(room, (9, 9)), np.uint8)
