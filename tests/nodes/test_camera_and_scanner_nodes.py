"""The camera is blind unless somebody looks; the scanner looks only while a goal runs."""

import pytest

pytest.importorskip("rclpy")

from sensor_msgs.msg import Image

from kiosk_interfaces.action import ScanDocument
from kiosk_interfaces.msg import DeviceCondition, ScannerState
from kiosk_nodes.camera import CameraNode
from kiosk_nodes.document_scanner import DocumentScannerNode
from kiosk_nodes.qos import SENSOR, STATE
from kiosk_robot.drivers.frame_source import FrameSource

SCAN = "/skill/scan_document"
FRAMES = "camera/image_raw"
CARD = (
    "001194026153|012345678|Nguyễn Thị Bích Hằng|02091994|Nữ|"
    "Số 5 Phố Mẫu, phường Cửa Nam, Hà Nội|10052021"
)
codes = ScanDocument.Result


@pytest.fixture
def camera(bench, devices):
    return bench.device(CameraNode, source=devices.environment["KIOSK_SIMULATED_CAMERA"])


@pytest.fixture
def scanner(bench):
    return bench.device(DocumentScannerNode, frame_timeout=5.0)


def look(node) -> None:
    """Let the camera have its turn a few times, and finish it."""
    for _ in range(3):
        node._tick()
        node.worker.call(lambda: None, timeout=5.0)


def test_frames_come_only_while_somebody_looks(bench, camera, monkeypatch):
    taken = []
    read = FrameSource.read
    monkeypatch.setattr(FrameSource, "read", lambda self: taken.append(1) or read(self))
    look(camera)
    assert taken == []

    frames = []
    subscription = bench.make(
        lambda: bench.peer.create_subscription(Image, FRAMES, frames.append, SENSOR)
    )
    bench.wait_for(lambda: frames, "a frame")
    assert (frames[0].width, frames[0].height, frames[0].encoding) == (1280, 720, "bgr8")
    assert len(frames[0].data) == 1280 * 720 * 3
    assert frames[0].header.frame_id == "camera_optical_frame"

    bench.peer.destroy_subscription(subscription)
    bench.wait_for(lambda: not camera._images.get_subscription_count(), "nobody to look")
    camera.worker.call(lambda: None, timeout=5.0)
    seen = len(taken)
    look(camera)
    assert len(taken) == seen


def test_a_camera_that_is_gone_is_told_and_comes_back(bench, camera, devices):
    bench.make(lambda: bench.peer.create_subscription(Image, FRAMES, lambda _: None, SENSOR))
    picture = devices._camera_picture
    content = picture.read_bytes()
    picture.write_bytes(b"")
    bench.wait_for(lambda: camera.condition.value == DeviceCondition.OFFLINE, "the loss")
    assert "gives no frames: check its cable" in camera.condition.detail
    picture.write_bytes(content)
    bench.wait_for(lambda: camera.condition.value == DeviceCondition.OK, "frames again")


def test_a_card_is_read_from_the_camera_and_only_then_is_it_watched(
    bench, camera, scanner, devices
):
    states = bench.hear(ScannerState, "scanner/state", STATE)
    assert camera._images.get_subscription_count() == 0
    handle = bench.send(ScanDocument, SCAN, kinds=["citizen_card"], timeout=30.0)
    bench.wait_for(lambda: camera._images.get_subscription_count() == 1, "the scanner to look")
    devices.show_card(CARD)
    result = bench.result(handle.get_result_async()).result
    assert (result.error_code, result.kind, result.payload) == (0, "citizen_card", CARD)
    bench.wait_for(lambda: camera._images.get_subscription_count() == 0, "the scanner to look away")
    bench.wait_for(lambda: states and not states[-1].scanning, "its state")
    assert not any(part in repr(states) for part in CARD.split("|") if part)


def test_somebody_who_shows_the_wrong_side_is_told_so(bench, camera, scanner, devices):
    states = bench.hear(ScannerState, "scanner/state", STATE)
    feedback = []
    devices.show_card("")
    handle = bench.send(
        ScanDocument, SCAN, lambda message: feedback.append(message.feedback.hint), timeout=30.0
    )
    bench.wait_for(lambda: ScannerState.HINT_TURN_OVER in feedback, "the hint")
    bench.wait_for(lambda: states[-1].hint == ScannerState.HINT_TURN_OVER, "the hint on its topic")
    devices.show_card(CARD)
    assert bench.result(handle.get_result_async()).result.payload == CARD
    bench.wait_for(lambda: states[-1].hint == ScannerState.HINT_NONE, "the hint to go")


def test_other_codes_are_read_too_and_only_their_reference_is_told(bench, camera, scanner, devices):
    devices.show_card("https://dichvucong.example.vn/tra-cuu?ma=H26.124-250718-0001")
    result = bench.act(ScanDocument, SCAN, kinds=["dossier", "booking"], timeout=30.0)
    assert (result.kind, result.payload) == ("dossier", "H26.124-250718-0001")
    devices.show_card("kiosk-booking:cua_nam:12345678")
    result = bench.act(ScanDocument, SCAN, kinds=["booking", "citizen_card"], timeout=30.0)
    assert (result.kind, result.payload) == ("booking", "cua_nam:12345678")


def test_the_end_of_a_scan_without_a_card(bench, camera, scanner, devices):
    nothing = bench.act(ScanDocument, SCAN, kinds=["citizen_card"], timeout=0.5)
    assert (nothing.error_code, nothing.payload) == (codes.NOTHING_READ, "")
    devices.show_card("https://example.vn/")
    other = bench.act(ScanDocument, SCAN, kinds=["citizen_card"], timeout=2.0)
    assert (other.error_code, other.payload) == (codes.NOT_A_CARD, "")
    assert "example" not in other.error_msg


def test_a_scan_can_be_cancelled(bench, camera, scanner):
    handle = bench.send(ScanDocument, SCAN, kinds=["citizen_card"], timeout=60.0)
    bench.result(handle.cancel_goal_async())
    assert bench.result(handle.get_result_async()).result.error_code == codes.CANCELED


def test_without_a_camera_the_scan_says_so(bench):
    bench.device(DocumentScannerNode, frame_timeout=0.2)
    result = bench.act(ScanDocument, SCAN, kinds=["citizen_card"], timeout=60.0)
    assert (result.error_code, result.error_msg) == (
        codes.NO_CAMERA,
        "no frames on camera/image_raw",
    )
