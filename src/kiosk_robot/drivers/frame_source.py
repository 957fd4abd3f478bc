"""Where camera frames come from: a V4L2 device, an image, a folder of images, or a video."""

from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]  # height x width x 3, BGR
IMAGE_SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".webp"}


class CameraError(Exception):
    """No frame; the message names the source and the fix."""


class FrameSource:
    """Opens lazily and again after a loss, as when a cable is put back. Use from one thread.

    An image is read anew for each frame, a folder's images come in the order of their names, over
    and over, and a video begins again at its end. They keep their own size.
    """

    def __init__(self, source: str, width: int, height: int) -> None:
        """Size in pixels, for a device.

        :raises CameraError: the source is not there.
        """
        self._source = Path(source)
        self._size = (width, height)
        self._frames: Iterator[Frame | None] | None = None
        self._capture: Any = None
        self.missing = f"camera {source} is not there: check the cable and `camera.source`"
        self._check()

    def is_there(self) -> bool:
        """Whether the source is plugged in; it is not opened to find out."""
        return self._source.exists()

    def read(self) -> Frame:
        """The next frame.

        :raises CameraError: unplugged, or the file is no image.
        """
        self._check()
        if self._frames is None:
            self._frames = self._open()
        frame = next(self._frames, None)
        if frame is None:
            self.close()
            raise CameraError(f"camera {self._source} gives no frames: check its cable")
        return frame

    def close(self) -> None:
        """Let the device go; the next read opens it again."""
        self._frames = None
        if self._capture is not None:
            self._capture.release()
            self._capture = None

    def _check(self) -> None:
        if not self.is_there():
            self.close()
            raise CameraError(self.missing)

    def _open(self) -> Iterator[Frame | None]:
        if self._source.is_dir():
            files = sorted(self._source.iterdir())
            return map(read_image, cycle(file for file in files if is_image(file)))
        if is_image(self._source):
            return map(read_image, cycle([self._source]))
        return self._film()

    def _film(self) -> Iterator[Frame | None]:
        import cv2

        is_video = self._source.is_file()
        while True:
            if is_video:
                self._capture = cv2.VideoCapture(str(self._source))
            else:
                self._capture = cv2.VideoCapture(str(self._source), cv2.CAP_V4L2)
                self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, self._size[0])
                self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, self._size[1])
                self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # the newest frame, not the oldest
            shown = 0
            while (got := self._capture.read())[0]:
                yield np.asarray(got[1], np.uint8)
                shown += 1
            if not (is_video and shown):
                return
            self._capture.release()


def is_image(file: Path) -> bool:
    """Whether a file's name is that of a picture."""
    return file.suffix.lower() in IMAGE_SUFFIXES


def read_image(file: Path) -> Frame | None:
    """A picture of any of IMAGE_SUFFIXES; None when it is none."""
    import cv2

    try:
        pixels = cv2.imdecode(np.fromfile(file, np.uint8), cv2.IMREAD_COLOR)
    except (OSError, cv2.error):
        return None
    return None if pixels is None else np.asarray(pixels, np.uint8)
