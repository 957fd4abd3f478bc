import cv2
import numpy as np
import pytest

from kiosk_robot.drivers.frame_source import CameraError, FrameSource


def picture(path, grey):
    cv2.imwrite(str(path), np.full((48, 64, 3), grey, np.uint8))


def source(path):
    return FrameSource(str(path), 640, 480)


def test_an_image_is_read_anew_for_each_frame(tmp_path):
    picture(tmp_path / "a.png", 10)
    frames = source(tmp_path / "a.png")
    assert frames.read().mean() == 10
    picture(tmp_path / "a.png", 200)
    assert frames.read().mean() == 200


def test_a_folder_is_shown_over_and_over_in_the_order_of_names(tmp_path):
    for name, grey in (("b.png", 20), ("a.png", 10), ("c.bmp", 30)):
        picture(tmp_path / name, grey)
    (tmp_path / "notes.txt").write_text("no picture")
    frames = source(tmp_path)
    assert [frames.read().mean() for _ in range(5)] == [10, 20, 30, 10, 20]


def test_a_video_begins_again_at_its_end(tmp_path):
    path = tmp_path / "film.avi"
    film = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (64, 48))
    for grey in (0, 120, 240):
        film.write(np.full((48, 64, 3), grey, np.uint8))
    film.release()
    frames = source(path)
    assert [round(frames.read().mean(), -1) for _ in range(4)] == pytest.approx([0, 120, 240, 0])


def test_a_source_that_goes_and_comes_back(tmp_path):
    path = tmp_path / "a.png"
    picture(path, 10)
    frames = source(path)
    frames.read()
    path.unlink()
    for _ in range(2):
        with pytest.raises(CameraError, match=r"is not there: check the cable and `camera.source`"):
            frames.read()
    picture(path, 50)
    assert frames.read().mean() == 50


class UsbCamera:
    """What OpenCV gives for a V4L2 device that can be unplugged."""

    plugged, opened = True, 0

    def __init__(self, *_):
        type(self).opened += 1

    def set(self, *_): ...

    def release(self): ...

    def read(self):
        return self.plugged, np.zeros((480, 640, 3), np.uint8) if self.plugged else None


def test_a_camera_is_opened_again_after_it_was_unplugged(monkeypatch):
    monkeypatch.setattr(cv2, "VideoCapture", UsbCamera)
    monkeypatch.setattr(UsbCamera, "opened", 0)
    frames = source("/dev/null")  # a device that exists
    frames.read()
    frames.read()
    monkeypatch.setattr(UsbCamera, "plugged", False)
    with pytest.raises(CameraError, match="gives no frames: check its cable"):
        frames.read()
    monkeypatch.setattr(UsbCamera, "plugged", True)
    assert frames.read().shape == (480, 640, 3)
    assert UsbCamera.opened == 2


@pytest.mark.parametrize("content", [b"", b"not a picture"])
def test_a_file_that_is_no_picture_is_refused(tmp_path, content):
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(CameraError, match="gives no frames"):
        source(tmp_path / "a.png").read()


def test_an_empty_folder_and_a_missing_device_are_refused(tmp_path):
    with pytest.raises(CameraError, match="gives no frames"):
        source(tmp_path).read()
    with pytest.raises(CameraError, match="is not there"):
        source("/dev/video-none")
