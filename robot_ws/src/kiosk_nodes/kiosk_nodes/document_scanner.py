"""Reads a code held to the camera. It sees frames only while a consented goal runs."""

import time
from collections.abc import Sequence

import numpy as np
from rclpy.action.server import ServerGoalHandle
from sensor_msgs.msg import Image

from kiosk_interfaces.action import ScanDocument
from kiosk_interfaces.msg import DeviceCondition, ScannerState
from kiosk_nodes.device_node import DeviceNode
from kiosk_nodes.qos import IMAGE, STATE
from kiosk_nodes.running import run
from kiosk_robot.documents.card import CardError, parse_card
from kiosk_robot.drivers.qr import QrReader
from kiosk_robot.parameters import DocumentScanner
from kiosk_robot.queueing.claims import claim_in_code

CITIZEN_CARD, BOOKING = "citizen_card", "booking"


class DocumentScannerNode(DeviceNode[DocumentScanner]):
    """Frames are decoded in memory and dropped; what was read is in the result and nowhere else."""

    def __init__(self) -> None:
        super().__init__("document_scanner")
        self._state = self.create_publisher(ScannerState, "scanner/state", STATE)
        self.serve(ScanDocument, "/skill/scan_document", self._scan)
        self._scanning = False

    def open_device(self) -> None:
        """Load the decoders."""
        self._reader = QrReader()
        self.set_condition(DeviceCondition.OK, "decoders loaded")

    def condition_changed(self) -> None:
        """Publish the state."""
        state = ScannerState(condition=self.condition, scanning=self._scanning)
        state.header.stamp = self.get_clock().now().to_msg()
        self._state.publish(state)

    async def _scan(self, handle: ServerGoalHandle) -> ScanDocument.Result:
        goal: ScanDocument.Goal = handle.request
        self._frame: Image | None = None
        self._last_frame = time.monotonic()
        frames = self.create_subscription(Image, "camera/image_raw", self._take, IMAGE)
        self._scanning = True
        self.condition_changed()
        try:
            result = await self.worker.run(self._look, handle, goal)
        finally:
            self.destroy_subscription(frames)
            self._frame = None
            self._scanning = False
            self.condition_changed()
        return result

    def _take(self, frame: Image) -> None:
        self._frame = frame
        self._last_frame = time.monotonic()

    def _look(self, handle: ServerGoalHandle, goal: ScanDocument.Goal) -> ScanDocument.Result:
        """Decode frames until something is read, time runs out, or the goal is cancelled."""
        codes = ScanDocument.Result
        deadline = time.monotonic() + goal.timeout
        unreadable = False
        while time.monotonic() < deadline:
            if handle.is_cancel_requested:
                return codes(error_code=codes.CANCELED)
            if time.monotonic() - self._last_frame > self.parameters.frame_timeout:
                return codes(error_code=codes.NO_CAMERA, error_msg="no frames on camera/image_raw")
            frame, self._frame = self._frame, None
            if frame is None:
                time.sleep(0.01)
                continue
            for payload in self._reader.read(_to_array(frame)):
                result = _recognise(payload, goal.kinds)
                if result is not None:
                    return result
                unreadable = True
        return codes(error_code=codes.NOT_A_CARD if unreadable else codes.NOTHING_READ)


def _recognise(payload: bytes, kinds: Sequence[str]) -> ScanDocument.Result | None:
    """The result for a payload we know; None for anything else."""
    if BOOKING in kinds:
        claim = claim_in_code(payload.decode("utf-8", "replace"))
        if claim and claim.kind == "code":
            return ScanDocument.Result(kind=BOOKING, payload=payload.decode("utf-8"))
    try:
        parse_card(payload)
    except CardError:
        return None
    return ScanDocument.Result(kind=CITIZEN_CARD, payload=payload.decode("utf-8"))


def _to_array(frame: Image) -> np.ndarray:
    """A bgr8 image as height x width x 3."""
    return np.frombuffer(frame.data, np.uint8).reshape(frame.height, frame.width, 3)


def main() -> None:
    """Run the node."""
    run(DocumentScannerNode)


if __name__ == "__main__":
    main()
