"""Reading QR codes from camera frames: several decoders and sharpenings, the cheapest first.

The order was measured on synthetic frames of cards: zxing-cpp alone, then enlarged, then sharpened,
with ZBar last, reads half as many again as ZBar alone.
"""

from collections.abc import Iterator
from ctypes import string_at
from typing import Any

import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]
Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels."""

DARK = 60
"""Mean grey level under which noise, not blur, is what hides a code."""
SPARE = 0.5
"""How far round the last position a code is looked for, as a part of its size."""
_ZBAR_BINARY = 4
"""ZBAR_CFG_BINARY, which pyzbar 0.1.9 does not know: without it ZBar guesses at the encoding and
garbles Vietnamese."""


class QrReader:
    """Reads the QR codes of a stream of frames; remembers where the last one was. For one thread.

    Raises ImportError with the package to install when a decoder is missing.
    """

    def __init__(self) -> None:
        import cv2
        import zxingcpp

        try:
            from pyzbar import wrapper as zbar  # type: ignore[import-untyped]
        except ImportError as error:
            raise ImportError("ZBar is missing: apt-get install libzbar0") from error
        self._cv2: Any = cv2
        self._zxing: Any = zxingcpp
        self._zbar: Any = zbar
        self._zbar_scanner = self._make_zbar_scanner()
        self._last: Box | None = None

    def read(self, frame: NDArray[np.uint8]) -> list[bytes]:
        """The payloads of the QR codes in a frame, raw; an empty list if none is readable.

        `frame` is uint8, BGR (height, width, 3) or grey (height, width); ValueError otherwise.
        """
        gray = self._gray(frame)
        for picture, origin, scale in self._views(gray):
            if found := self._read_zxing(picture):
                self._remember(found[0][1], origin, scale)
                return [payload for payload, _ in found]
        self._last = None
        return self._read_zbar(gray)

    def forget(self) -> None:
        """Another card may come: look for it anywhere."""
        self._last = None

    def _gray(self, frame: NDArray[np.uint8]) -> Frame:
        if frame.dtype != np.uint8 or frame.size == 0:
            raise ValueError(f"a frame is uint8 and not empty, not {frame.dtype} {frame.shape}")
        if frame.ndim == 2:
            return np.ascontiguousarray(frame)
        if frame.ndim == 3 and frame.shape[2] == 3:
            gray: Frame = self._cv2.cvtColor(frame, self._cv2.COLOR_BGR2GRAY)
            return gray
        raise ValueError(f"a frame is (height, width) or (height, width, 3), not {frame.shape}")

    def _views(self, gray: Frame) -> Iterator[tuple[Frame, tuple[int, int], int]]:
        """The pictures to try, with the place of their corner in the frame and their scale."""
        yield gray, (0, 0), 1
        left, top, right, bottom = self._search_box(gray)
        crop = gray[top:bottom, left:right]
        big = self._cv2.resize(crop, None, fx=2, fy=2, interpolation=self._cv2.INTER_CUBIC)
        yield big, (left, top), 2
        blurred = self._cv2.GaussianBlur(big, (0, 0), 2)
        if crop.mean() < DARK:
            yield self._cv2.normalize(blurred, None, 0, 255, self._cv2.NORM_MINMAX), (left, top), 2
        else:
            yield self._cv2.addWeighted(big, 2.5, blurred, -1.5, 0), (left, top), 2

    def _search_box(self, gray: Frame) -> Box:
        """Around the last code, or the whole frame."""
        height, width = gray.shape
        left, top, right, bottom = self._last or (0, 0, width, height)
        spare_x, spare_y = int(SPARE * (right - left)), int(SPARE * (bottom - top))
        box = (
            max(0, left - spare_x),
            max(0, top - spare_y),
            min(width, right + spare_x),
            min(height, bottom + spare_y),
        )
        return box if box[0] < box[2] and box[1] < box[3] else (0, 0, width, height)

    def _remember(self, box: Box, origin: tuple[int, int], scale: int) -> None:
        (x, y), (left, top, right, bottom) = origin, box
        self._last = (
            x + left // scale,
            y + top // scale,
            x + right // scale + 1,
            y + bottom // scale + 1,
        )

    def _read_zxing(self, gray: Frame) -> list[tuple[bytes, Box]]:
        codes = self._zxing.read_barcodes(gray, formats=self._zxing.BarcodeFormat.QRCode)
        return [(bytes(code.bytes), _bounds(code.position)) for code in codes]

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


def _bounds(position: Any) -> Box:
    corners = (
        position.top_left,
        position.top_right,
        position.bottom_right,
        position.bottom_left,
    )
    xs, ys = [corner.x for corner in corners], [corner.y for corner in corners]
    return min(xs), min(ys), max(xs), max(ys)
