"""Where camera frames come from: a V4L2 device, or an image file read anew for each frame."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]  # height x width x 3, BGR
IMAGE_SUFFIXES = {".png", ".jpg", ".jpeg"}


class CameraError(Exception):
    """No frame; the message names the source and the fix."""


class FrameSource:
    """Opens lazily and again after a loss. Use from one thread."""

    def __init__(self, source: str, width: int, height: int) -> None:
        """Size in pixels; an image file keeps its own.

        :raises CameraError: the source is not there.
        """
        self._source = source
        self._size = (width, height)
        self._capture: Any = None
        self.missing = f"camera {source} is not there: check the cable and `camera.source`"
        if not self.is_there():
            raise CameraError(self.missing)

    def is_there(self) -> bool:
        """Whether the source is plugged in; it is not opened to find out."""
        return Path(self._source).exists()

    def read(self) -> Frame:
        """The next frame.

        :raises CameraError: unplugged, or the file is no image.
        """
        import cv2

        if Path(self._source).suffix in IMAGE_SUFFIXES:
            frame = cv2.imread(self._source)
        else:
            if self._capture is None:
                self._capture = cv2.VideoCapture(self._source, cv2.CAP_V4L2)
                self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, self._size[0])
                self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, self._size[1])
            got, frame = self._capture.read()
            frame = frame if got else None
        if frame is None:
            self.close()
            raise CameraError(f"camera {self._source} gives no frames: check its cable")
        return np.asarray(frame, dtype=np.uint8)

    def close(self) -> None:
        """Let the device go; the next read opens it again."""
        if self._capture is not None:
            self._capture.release()
            self._capture = None
