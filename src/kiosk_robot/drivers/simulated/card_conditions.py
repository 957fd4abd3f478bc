"""Frames of cards under the conditions of a hall: groups from easy to impossible, by seed.

They are the yardstick of `kiosk bench scan` and were fixed before the reader was tuned. What spans
each group: about 2 pixels a module is where decoders give up (1.5 to 6 here); light, hands, and
cheap cameras do the rest.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kiosk_robot.drivers.simulated.card_image import (
    Frame,
    Pose,
    flat_card,
    hold,
    sensor_noise,
)
from kiosk_robot.drivers.simulated.citizens import invented_payload

Chance = np.random.Generator
Spoil = Callable[[Frame, Pose, Chance], Frame]
HD, FULL_HD = (1280, 720), (1920, 1080)


@dataclass(frozen=True, slots=True)
class Condition:
    """One group of frames."""

    name: str
    module: tuple[float, float]
    """Pixels a module, from and to."""
    tilt: tuple[float, float] = (0, 15)
    """Degrees out of the picture's plane, from and to."""
    turn: float = 10
    """Degrees in the plane, either way."""
    noise: tuple[float, float] = (2, 6)
    """Standard deviation in grey levels, from and to."""
    size: tuple[int, int] = HD
    spoils: tuple[Spoil, ...] = ()
    """What light, hands and lenses do, before the sensor adds its noise."""
    after: tuple[Spoil, ...] = ()
    """What is done to the picture after that."""


def frame_of(condition: Condition, seed: int) -> tuple[Frame, bytes]:
    """A frame of a group, and what the code on it says; the same for the same seed."""
    chance = np.random.default_rng([seed, *condition.name.encode()])
    payload = invented_payload(int(chance.integers(0, 2**31)))
    pose = Pose(
        module=chance.uniform(*condition.module),
        turn=chance.uniform(-condition.turn, condition.turn),
        tilt=chance.uniform(*condition.tilt),
        tilt_axis=chance.uniform(0, 360),
        centre=(chance.uniform(0.35, 0.65), chance.uniform(0.35, 0.65)),
    )
    frame = hold(flat_card(payload), pose, condition.size, chance)
    for spoil in condition.spoils:
        frame = spoil(frame, pose, chance)
    frame = sensor_noise(frame, chance.uniform(*condition.noise), chance)
    for spoil in condition.after:
        frame = spoil(frame, pose, chance)
    return frame, payload.encode()


# --- what spoils a frame ----------------------------------------------------------------------


def _defocus(low: float, high: float) -> Spoil:
    """A lens out of focus: a disc, its radius in modules."""

    def spoil(frame: Frame, pose: Pose, chance: Chance) -> Frame:
        import cv2

        radius = chance.uniform(low, high) * pose.module
        reach = int(np.ceil(radius)) + 1
        y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
        disc = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1)
        return np.asarray(cv2.filter2D(frame, -1, disc / disc.sum()), np.uint8)

    return spoil


def _motion(low: float, high: float) -> Spoil:
    """A hand that moves: a line, its length in modules, in any direction."""

    def spoil(frame: Frame, pose: Pose, chance: Chance) -> Frame:
        import cv2

        length, angle = chance.uniform(low, high) * pose.module, chance.uniform(0, np.pi)
        reach = int(np.ceil(length / 2)) + 1
        y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
        along = x * np.cos(angle) + y * np.sin(angle)
        across = y * np.cos(angle) - x * np.sin(angle)
        line = np.clip(1 - abs(across), 0, 1) * np.clip(length / 2 + 0.5 - abs(along), 0, 1)
        return np.asarray(cv2.filter2D(frame, -1, line / line.sum()), np.uint8)

    return spoil


def _glare(low: float, high: float) -> Spoil:
    """A lamp mirrored in the plastic: a saturated spot near the code, its size in modules."""

    def spoil(frame: Frame, pose: Pose, chance: Chance) -> Frame:
        height, width = frame.shape[:2]
        reach = 26 * pose.module  # about half the code
        x = pose.centre[0] * width + chance.uniform(-reach, reach)
        y = pose.centre[1] * height + chance.uniform(-reach, reach)
        wide, tall = chance.uniform(low, high, 2) * pose.module
        rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
        spot = np.exp(-(((columns - x) / wide) ** 2 + ((rows - y) / tall) ** 2))
        lit = frame.astype(np.float32) * 0.9 + 340 * spot[:, :, None]
        return np.asarray(lit.clip(0, 255), np.uint8)

    return spoil


def _light(low: float, high: float) -> Spoil:
    """Too little light: grey levels times a factor."""

    def spoil(frame: Frame, pose: Pose, chance: Chance) -> Frame:
        return np.asarray(frame * chance.uniform(low, high), np.uint8)

    return spoil


def _shadow(low: float, high: float) -> Spoil:
    """A shadow whose edge runs over the code; it leaves this part of the light."""

    def spoil(frame: Frame, pose: Pose, chance: Chance) -> Frame:
        height, width = frame.shape[:2]
        angle, soft = chance.uniform(0, 2 * np.pi), chance.uniform(2, 20) * pose.module
        rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
        offset = chance.uniform(-15, 15) * pose.module
        along = (columns - pose.centre[0] * width) * np.cos(angle) + (
            rows - pose.centre[1] * height
        ) * np.sin(angle)
        lit = 1 / (1 + np.exp(np.clip(-(along - offset) / soft * 4, -30, 30)))
        left = chance.uniform(low, high)
        return np.asarray(frame * (left + (1 - left) * lit[:, :, None]), np.uint8)

    return spoil


def _finger(low: float, high: float) -> Spoil:
    """A thumb that reaches from one side over the code, by this part of its width."""

    def spoil(frame: Frame, pose: Pose, chance: Chance) -> Frame:
        import cv2

        half = 23 * pose.module
        angle = np.radians(pose.turn + 90 * chance.integers(0, 4))
        reach = half - chance.uniform(low, high) * 2 * half
        aside = chance.uniform(-0.6, 0.6) * half
        tip = np.array([reach, aside])
        spin = np.array([(np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))])
        middle = np.array(pose.centre) * (frame.shape[1], frame.shape[0])
        width = chance.uniform(6, 9) * pose.module
        start, end = (middle + spin @ (tip + np.array([far, 0])) for far in (width, 60 * half))
        covered = frame.copy()
        cv2.line(
            covered,
            tuple(int(v) for v in start),
            tuple(int(v) for v in end),
            (120, 150, 205),
            int(2 * width),
            cv2.LINE_AA,
        )
        return covered

    return spoil


def _worn(low: float, high: float) -> Spoil:
    """A pale print, with scratches down to the plastic; how pale, as a part of the contrast."""

    def spoil(frame: Frame, pose: Pose, chance: Chance) -> Frame:
        import cv2

        pale = chance.uniform(low, high)
        worn = (frame * (1 - pale) + 190 * pale).astype(np.uint8)
        middle = np.array(pose.centre) * (frame.shape[1], frame.shape[0])
        for _ in range(int(chance.integers(2, 9))):
            ends = middle + chance.uniform(-30, 30, (2, 2)) * pose.module
            width = max(1, round(chance.uniform(0.2, 1.0) * pose.module))
            from_, to = (tuple(int(v) for v in end) for end in ends)
            cv2.line(worn, from_, to, (205, 210, 208), width, cv2.LINE_AA)
        return worn

    return spoil


def _jpeg(low: int, high: int) -> Spoil:
    """The compression of a USB camera, by its quality."""

    def spoil(frame: Frame, pose: Pose, chance: Chance) -> Frame:
        import cv2

        quality = int(chance.integers(low, high + 1))
        _, data = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, quality])
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)

    return spoil


_MIXED = (_defocus(0.0, 0.7), _motion(0.0, 1.6), _light(0.2, 1.0))

CONDITIONS = (
    Condition("near", (5.0, 6.0)),
    Condition("half a metre", (3.0, 5.0)),
    Condition("far", (2.0, 3.0)),
    Condition("very far", (1.5, 2.0), noise=(4, 10)),
    Condition("tilted", (3.0, 5.0), tilt=(35, 65)),
    Condition("turned", (3.0, 5.0), turn=180),
    Condition("out of focus", (3.0, 5.0), spoils=(_defocus(0.4, 1.15),)),
    Condition("moving", (3.0, 5.0), spoils=(_motion(0.6, 2.5),)),
    Condition("glare", (3.0, 5.0), spoils=(_glare(4, 17),)),
    Condition("dark", (3.0, 5.0), noise=(4, 9), spoils=(_light(0.045, 0.16),)),
    Condition("noisy", (2.5, 4.5), noise=(25, 70)),
    Condition("shadow", (3.0, 5.0), spoils=(_shadow(0.05, 0.3),)),
    Condition("thumb", (3.0, 5.0), spoils=(_finger(0.05, 0.3),)),
    Condition("worn", (3.0, 5.0), spoils=(_worn(0.3, 0.8),)),
    Condition("JPEG", (2.0, 3.5), after=(_jpeg(5, 25),)),
    Condition("mixed", (1.8, 4.0), tilt=(0, 40), turn=30, spoils=_MIXED, after=(_jpeg(20, 80),)),
    Condition(
        "mixed, 1080p",
        (1.8, 5.0),
        tilt=(0, 40),
        turn=30,
        size=FULL_HD,
        spoils=_MIXED,
        after=(_jpeg(20, 80),),
    ),
)
