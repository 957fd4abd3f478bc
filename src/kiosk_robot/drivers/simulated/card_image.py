"""An identity card held before the camera: a drawing that nobody can mistake for a real card."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from qrcode.constants import ERROR_CORRECT_M  # type: ignore[import-untyped]
from qrcode.main import QRCode  # type: ignore[import-untyped]

from kiosk_robot.printing.layout import typeface

CARD_SIZE = (856, 540)
"""ISO ID-1, 85.6 x 54.0 mm, at 10 pixels a millimetre."""
QR_SIZE = 210

_PAPER, _INK, _STAMP = (214, 233, 226), (40, 70, 90), (190, 40, 40)


def draw_card(
    payload: str, size: tuple[int, int] = (1280, 720), seed: int = 0
) -> NDArray[np.uint8]:
    """A BGR frame, `size` wide and high, uint8, of a specimen card whose QR code says `payload`.

    Place, tilt and noise follow from `seed`: the same arguments give the same frame.
    """
    import cv2

    chance = np.random.default_rng(seed)
    width, height = size
    card = cv2.cvtColor(np.asarray(_flat_card(payload)), cv2.COLOR_RGB2BGR)
    right, bottom = CARD_SIZE
    corners = np.array([(0, 0), (right, 0), (right, bottom), (0, bottom)], np.float32)
    to_frame = cv2.getPerspectiveTransform(corners, _held(size, chance))
    frame = _room(size, chance)
    seen = cv2.warpPerspective(card, to_frame, (width, height), flags=cv2.INTER_AREA)
    covered = cv2.warpPerspective(np.full(card.shape[:2], 255, np.uint8), to_frame, (width, height))
    frame[covered > 127] = seen[covered > 127]
    noise = chance.normal(0, 4, frame.shape)
    return np.clip(cv2.GaussianBlur(frame, (3, 3), 0) + noise, 0, 255).astype(np.uint8)


def _held(size: tuple[int, int], chance: np.random.Generator) -> NDArray[np.float32]:
    """The corners of the card in the frame: about two thirds of its height, a little askew."""
    width, height = size
    scale = 0.78 * min(width / CARD_SIZE[0], height / CARD_SIZE[1])
    half = np.array(CARD_SIZE) * scale / 2
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * half
    angle = np.radians(chance.uniform(-6, 6))
    turn = np.array([(np.cos(angle), np.sin(angle)), (-np.sin(angle), np.cos(angle))])
    tilt = chance.uniform(-0.04, 0.04, corners.shape) * half
    centre = np.array([width, height]) * chance.uniform(0.47, 0.53, 2)
    return np.asarray(corners @ turn + tilt + centre, np.float32)


def _room(size: tuple[int, int], chance: np.random.Generator) -> NDArray[np.uint8]:
    """What is behind the card: large soft patches, as of a room out of focus."""
    import cv2

    light = chance.uniform(60, 150, (5, 8, 1)) * chance.uniform(0.9, 1.1, (5, 8, 3))
    return cv2.resize(light, size, interpolation=cv2.INTER_CUBIC).clip(0, 255).astype(np.uint8)


def _flat_card(payload: str) -> Image.Image:
    card = Image.new("RGB", CARD_SIZE, _PAPER)
    draw = ImageDraw.Draw(card)
    draw.rectangle((0, 0, CARD_SIZE[0] - 1, CARD_SIZE[1] - 1), outline=_INK, width=3)
    draw.text((40, 36), "THẺ MẪU", font=typeface("Bold", 52), fill=_STAMP)
    draw.text((40, 104), "SPECIMEN – không có giá trị", font=typeface("Medium", 28), fill=_STAMP)
    draw.ellipse((95, 210, 195, 320), fill=_INK)
    draw.pieslice((55, 330, 235, 600), 180, 360, fill=_INK)
    for y, length in ((290, 480), (340, 400), (390, 520), (440, 300)):
        draw.rectangle((290, y, 290 + length, y + 14), fill=(150, 175, 175))
    card.paste(_qr(payload), (CARD_SIZE[0] - QR_SIZE - 30, 30))
    return card


def _qr(payload: str) -> Image.Image:
    qr = QRCode(error_correction=ERROR_CORRECT_M, border=3)
    qr.add_data(payload.encode())
    qr.make(fit=True)
    modules = np.asarray(qr.get_matrix())
    picture = Image.fromarray(np.where(modules, 0, 255).astype(np.uint8))
    return picture.resize((QR_SIZE, QR_SIZE), Image.Resampling.NEAREST)
