"""Reading QR codes from camera frames: look at all of it, then closer and closer at one place.

zxing-cpp reads three frames in four as they are. For the others the code's place is found by its
texture, and the crop is enlarged, smoothed, sharpened and deblurred, one view after the other, the
one that helped most often first (docs/decisions/0018). ZBar sees some views as well: it stands
some tilts and glares that zxing-cpp does not.
"""

import time
from collections.abc import Callable
from ctypes import string_at
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]
Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels."""
View = Callable[[Frame], Frame]

BUDGET = 0.04
"""Seconds of CPU time after which no further view is tried."""
MAX_CROP = 480
"""Pixels; a code that takes more of a frame is looked at smaller."""
_ZBAR_BINARY = 4
"""ZBAR_CFG_BINARY, which pyzbar 0.1.9 does not know: without it ZBar guesses at the encoding and
garbles Vietnamese."""


@dataclass(frozen=True, slots=True)
class Code:
    """A code that was read."""

    payload: bytes = field(repr=False)
    """As it stands in the code; personal data, and hostile until parsed."""
    view: str
    """Which look at the frame made it readable."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a frame had to show."""

    codes: tuple[Code, ...]
    place: Box | None
    """Where a code seems to be that could not be read at first sight."""


class QrReader:
    """Reads the QR codes of frames, each for itself. For one thread.

    Raises ImportError with the package to install when a decoder is missing.
    """

    def __init__(self) -> None:
        import zxingcpp

        try:
            from pyzbar import wrapper as zbar  # type: ignore[import-untyped]
        except ImportError as error:
            raise ImportError("ZBar is missing: apt-get install libzbar0") from error
        self._zxing: Any = zxingcpp
        self._zbar: Any = zbar
        self._zbar_scanner = self._make_zbar_scanner()
        self._views: tuple[tuple[str, View, Callable[[Frame], list[bytes]]], ...] = (
            ("enlarged", _enlarged, self._read_zxing),
            ("smoothed", lambda crop: _smoothed(crop, 1), self._read_zxing),
            ("sharpened", _sharpened, self._read_zxing),
            ("refocused 2", lambda crop: _refocused(crop, 2, 0.04), self._read_zxing),
            ("steadied 8", lambda crop: _steadied(crop, 8), self._read_zxing),
            ("zbar", lambda crop: crop, self._read_zbar),
            ("smoothed more", lambda crop: _smoothed(crop, 3), self._read_zxing),
            ("refocused 3", lambda crop: _refocused(crop, 3, 0.01), self._read_zxing),
            ("refocused 5", lambda crop: _refocused(crop, 5, 0.01), self._read_zxing),
            ("steadied 6", lambda crop: _steadied(crop, 6), self._read_zxing),
            ("steadied 10", lambda crop: _steadied(crop, 10), self._read_zxing),
            ("enlarged 3", lambda crop: _enlarged(crop, 3), self._read_zxing),
            ("refocused 4", lambda crop: _refocused(crop, 4, 0.01), self._read_zxing),
            ("evened", _evened, self._read_zxing),
            ("stretched", lambda crop: _enlarged(crop, 3, 1.5), self._read_zxing),
            ("zbar, evened", _evened, self._read_zbar),
        )

    def read(self, frame: NDArray[np.uint8]) -> Reading:
        """The QR codes of a frame, and where one might be if none is readable.

        `frame` is uint8, BGR (height, width, 3) or grey (height, width); ValueError otherwise.
        """
        start = time.thread_time()
        gray = to_gray(frame)
        if payloads := self._read_zxing(gray):
            return Reading(tuple(Code(payload, "whole") for payload in payloads), None)
        place = find_code(gray)
        if place is None:
            return Reading((), None)
        crop = _crop(gray, place)
        for name, view, decode in self._views:
            if payloads := decode(view(crop)):
                return Reading(tuple(Code(payload, name) for payload in payloads), place)
            if time.thread_time() - start > BUDGET:
                break
        return Reading((), place)

    def _read_zxing(self, gray: Frame) -> list[bytes]:
        # `QRCode` would include Micro QR, which is seen in many a texture.
        ordinary = self._zxing.BarcodeFormat.QRCodeModel2
        codes = self._zxing.read_barcodes(gray, formats=ordinary, try_invert=False)
        return [bytes(code.bytes) for code in codes]

    def _make_zbar_scanner(self) -> Any:
        scanner = self._zbar.zbar_image_scanner_create()
        qr_code, every_kind = self._zbar.ZBarSymbol.QRCODE, 0
        enable = self._zbar.ZBarConfig.CFG_ENABLE
        for kind, option, value in (
            (every_kind, enable, 0),
            (qr_code, enable, 1),
            (qr_code, _ZBAR_BINARY, 1),
        ):
            self._zbar.zbar_image_scanner_set_config(scanner, kind, option, value)
        return scanner

    def _read_zbar(self, gray: Frame) -> list[bytes]:
        zbar = self._zbar
        pixels = gray.tobytes()
        image = zbar.zbar_image_create()
        try:
            zbar.zbar_image_set_format(image, int.from_bytes(b"Y800", "little"))
            zbar.zbar_image_set_size(image, gray.shape[1], gray.shape[0])
            zbar.zbar_image_set_data(image, pixels, len(pixels), None)
            zbar.zbar_scan_image(self._zbar_scanner, image)
            payloads = []
            symbol = zbar.zbar_image_first_symbol(image)
            while symbol:
                length = zbar.zbar_symbol_get_data_length(symbol)
                payloads.append(string_at(zbar.zbar_symbol_get_data(symbol), length))
                symbol = zbar.zbar_symbol_next(symbol)
            return payloads
        finally:
            zbar.zbar_image_destroy(image)


def to_gray(frame: NDArray[np.uint8]) -> Frame:
    """A frame, uint8, BGR (height, width, 3) or grey (height, width), in grey.

    :raises ValueError: it is none.
    """
    import cv2

    if frame.dtype != np.uint8 or frame.size == 0:
        raise ValueError(f"a frame is uint8 and not empty, not {frame.dtype} {frame.shape}")
    if frame.ndim == 2:
        return np.ascontiguousarray(frame)
    if frame.ndim == 3 and frame.shape[2] == 3:
        return _as_frame(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY))
    raise ValueError(f"a frame is (height, width) or (height, width, 3), not {frame.shape}")


# --- where a code might be --------------------------------------------------------------------

_SEARCH_WIDTH = 640
_SEARCH_REACH = 31
"""Pixels of the reduced frame over which texture is summed: no code is much smaller."""
_MIN_TEXTURE = 6.0
"""Grey levels a pixel; a wall, a hand and a plain card stay under it."""
_MIN_SIDE = 21
"""Pixels: the smallest code there is at one pixel a module."""
_MAX_STRETCH = 10
"""How much longer than wide a tilted code may look."""
_DARK_ADDED = 30
_LOGARITHM = (255 * np.log1p(np.arange(256) / _DARK_ADDED) / np.log1p(255 / _DARK_ADDED)).astype(
    np.uint8
)
"""A code half in shadow has the same texture in both halves once grey levels are logarithms."""


def find_code(gray: Frame) -> Box | None:
    """The place with most texture in both directions, as codes have and lines of text do not."""
    import cv2

    step = max(1, round(gray.shape[1] / _SEARCH_WIDTH))
    size = (gray.shape[1] // step, gray.shape[0] // step)
    if min(size) < 2 * _SEARCH_REACH:
        return _if_a_code_fits((0, 0, gray.shape[1], gray.shape[0]))
    small = cv2.GaussianBlur(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), (3, 3), 0)
    small = cv2.LUT(small, _LOGARITHM)
    reach = (_SEARCH_REACH, _SEARCH_REACH)
    across, down = (
        cv2.blur(cv2.convertScaleAbs(cv2.Sobel(small, cv2.CV_16S, *way)), reach)
        for way in ((1, 0), (0, 1))
    )
    texture = cv2.min(across, down)
    _, most, _, (x, y) = cv2.minMaxLoc(texture)
    usual = float(np.median(texture[::8, ::8]))
    if most - usual < _MIN_TEXTURE:
        return None
    strong = (texture > usual + 0.35 * (most - usual)).astype(np.uint8)
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(strong)
    left, top, width, height = (int(side) for side in boxes[labels[y, x]][:4])
    spare = _SEARCH_REACH // 4
    return _if_a_code_fits(
        (
            max(0, left - spare) * step,
            max(0, top - spare) * step,
            min(size[0], left + width + spare) * step,
            min(size[1], top + height + spare) * step,
        )
    )


def _if_a_code_fits(place: Box) -> Box | None:
    left, top, right, bottom = place
    short, long = sorted((right - left, bottom - top))
    return place if short >= max(_MIN_SIDE, long / _MAX_STRETCH) else None


def _crop(gray: Frame, place: Box) -> Frame:
    """The place with a twentieth more on each side, at most MAX_CROP pixels wide and high."""
    import cv2

    left, top, right, bottom = place
    across, down = (right - left) // 20, (bottom - top) // 20
    crop = gray[max(0, top - down) : bottom + down, max(0, left - across) : right + across]
    shrink = MAX_CROP / max(crop.shape)
    if shrink < 1:
        return _as_frame(cv2.resize(crop, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA))
    return np.ascontiguousarray(crop)


# --- ways to look at it -----------------------------------------------------------------------


def _enlarged(crop: Frame, across: float = 2, down: float | None = None) -> Frame:
    import cv2

    return _as_frame(
        cv2.resize(crop, None, fx=across, fy=down or across, interpolation=cv2.INTER_CUBIC)
    )


def _smoothed(crop: Frame, sigma: float) -> Frame:
    """Against noise, most of all in the dark."""
    import cv2

    smooth = cv2.GaussianBlur(_enlarged(crop), (0, 0), sigma)
    return _as_frame(cv2.normalize(smooth, np.empty(0), 0, 255, cv2.NORM_MINMAX))


def _sharpened(crop: Frame) -> Frame:
    import cv2

    big = _enlarged(crop)
    return _as_frame(cv2.addWeighted(big, 4, cv2.GaussianBlur(big, (0, 0), 3), -3, 0))


def _evened(crop: Frame) -> Frame:
    """The same brightness and contrast everywhere, against glare and shadow."""
    import cv2

    big = cv2.GaussianBlur(_enlarged(crop), (0, 0), 1.5).astype(np.float32)
    around = (max(9, min(big.shape) // 6 | 1),) * 2
    mean = cv2.blur(big, around)
    spread = np.sqrt(np.maximum(cv2.blur((big - mean) ** 2, around), 0))
    return _as_frame((128 + 60 * (big - mean) / (spread + 2)).clip(0, 255))


def _refocused(crop: Frame, radius: float, noise: float) -> Frame:
    """As if the lens had not blurred each point to a disc of `radius` pixels."""
    reach = int(np.ceil(radius)) + 1
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    return _enlarged(_unblurred(crop, np.clip(radius + 0.5 - np.hypot(x, y), 0, 1), noise))


def _steadied(crop: Frame, length: float) -> Frame:
    """As if the hand had not drawn each point to a line of `length` pixels."""
    reach = int(np.ceil(length / 2)) + 1
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    angle = _direction_of_motion(crop)
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    line = np.clip(1 - abs(across), 0, 1) * np.clip(length / 2 + 0.5 - abs(along), 0, 1)
    return _enlarged(_unblurred(crop, line, 0.03))


def _direction_of_motion(crop: Frame) -> float:
    """In radians: where edges are weakest. A code at rest has as many edges one way as the other,
    however it is turned.
    """
    import cv2

    smooth = cv2.GaussianBlur(crop, (0, 0), 1)
    x, y = (cv2.Sobel(smooth, cv2.CV_32F, *way) for way in ((1, 0), (0, 1)))
    xx, xy, yy = (float((a * b).mean()) for a, b in ((x, x), (x, y), (y, y)))
    return float(0.5 * np.arctan2(2 * xy, xx - yy) + np.pi / 2)


def _unblurred(crop: Frame, spread: NDArray[np.float64], noise: float) -> Frame:
    """Wiener's filter: `spread` is what became of a point, `noise` its power beside the signal."""
    import cv2

    height, width = crop.shape
    rows, columns = cv2.getOptimalDFTSize(height), cv2.getOptimalDFTSize(width)
    padded = cv2.copyMakeBorder(
        crop.astype(np.float32), 0, rows - height, 0, columns - width, cv2.BORDER_REFLECT
    )
    point = np.zeros((rows, columns), np.float32)
    point[: len(spread), : len(spread)] = spread / spread.sum()
    middle = len(spread) // 2
    transfer = np.fft.rfft2(np.roll(point, (-middle, -middle), (0, 1)))
    restored = np.fft.rfft2(padded) * transfer.conj() / (abs(transfer) ** 2 + noise)
    picture = np.fft.irfft2(restored, s=(rows, columns))[:height, :width]
    return picture.clip(0, 255).astype(np.uint8)


def _as_frame(picture: Any) -> Frame:
    return np.asarray(picture, np.uint8)
