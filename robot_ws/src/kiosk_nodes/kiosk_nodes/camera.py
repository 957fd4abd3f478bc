"""Publishes camera frames, and only while somebody subscribes: a camera nobody needs is blind."""

from sensor_msgs.msg import Image

from kiosk_interfaces.msg import DeviceCondition
from kiosk_nodes.device_node import DeviceNode
from kiosk_nodes.qos import IMAGE
from kiosk_nodes.running import run, steady_timer
from kiosk_robot.drivers.frame_source import CameraError, Frame, FrameSource
from kiosk_robot.parameters import Camera

LOOK_PERIOD = 1.0  # seconds
EXTERNAL = "external"  # a simulator, or a camera driver of ROS
FRAME_ID = "camera_optical_frame"  # REP-103: z forward, x right, y down


class CameraNode(DeviceNode[Camera]):
    """One frame a tick, read in the worker thread."""

    def __init__(self) -> None:
        super().__init__("camera")
        self._images = self.create_publisher(Image, "camera/image_raw", IMAGE)
        self._source: FrameSource | None = None
        self._reading = False
        rate = self.get_parameter("rate").value
        steady_timer(self, 1.0 / rate, self._tick)
        self.watch(self._look, LOOK_PERIOD)

    def open_device(self) -> None:
        """Open the source."""
        wanted = self.parameters
        self.hardware_id = wanted.source
        if wanted.source == EXTERNAL:
            self._look()
            return
        self._source = FrameSource(wanted.source, wanted.width, wanted.height)
        self.set_condition(DeviceCondition.OK, f"source {wanted.source}")

    def close_device(self) -> None:
        """Close the source."""
        if self._source:
            self._source.close()

    def _tick(self) -> None:
        if not self.active or self._reading or self._source is None:
            return
        if self._images.get_subscription_count() > 0:
            if self.condition.value == DeviceCondition.OFFLINE:
                return  # until `_look` has seen it again
            self._reading = True
            self.worker.submit(self._read)
        else:
            self.worker.submit(self.close_device)  # its light goes out

    def _look(self) -> None:
        """Whether it is plugged in; it is not opened for that, so its light stays out."""
        if self._source is None:
            self._look_for_publisher()
        elif not self._source.is_there():
            self.close_device()
            self.set_condition(DeviceCondition.OFFLINE, self._source.missing)
        elif self.condition.value == DeviceCondition.OFFLINE:
            self.set_condition(DeviceCondition.OK, f"source {self.parameters.source}")

    def _look_for_publisher(self) -> None:
        if self.count_publishers("camera/image_raw") > 1:  # this node's own is one
            self.set_condition(DeviceCondition.OK, "frames come from another node")
        else:
            self.set_condition(DeviceCondition.OFFLINE, "no other node publishes camera/image_raw")

    def _read(self) -> None:
        assert self._source is not None
        try:
            frame = self._source.read()
        except CameraError as error:
            self.set_condition(DeviceCondition.OFFLINE, str(error))
        else:
            self.set_condition(DeviceCondition.OK, f"source {self.parameters.source}")
            self._images.publish(self._to_message(frame))
        finally:
            self._reading = False

    def _to_message(self, frame: Frame) -> Image:
        height, width, channels = frame.shape
        message = Image(
            height=height, width=width, encoding="bgr8", step=width * channels, data=frame.tobytes()
        )
        message.header.stamp = self.get_clock().now().to_msg()
        message.header.frame_id = FRAME_ID
        return message


def main() -> None:
    """Run the node."""
    run(CameraNode)


if __name__ == "__main__":
    main()
