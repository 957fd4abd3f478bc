"""The manager brings device nodes up, and up again."""

import pytest

pytest.importorskip("rclpy")

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from std_srvs.srv import Trigger

from kiosk_interfaces.srv import ManageNodes
from kiosk_nodes.camera import CameraNode
from kiosk_nodes.lifecycle_manager import LifecycleManagerNode
from kiosk_nodes.qos import DIAGNOSTICS


@pytest.fixture
def camera(bench, devices):
    node = bench.add(CameraNode())
    bench.set(node, source=devices.environment["KIOSK_SIMULATED_CAMERA"])
    return node


@pytest.fixture
def manager(bench, camera):
    node = bench.add(LifecycleManagerNode())
    bench.wait_for(lambda: camera.active, "the camera to be active")
    return node


def manage(bench, command: int) -> bool:
    request = ManageNodes.Request(command=command)
    return bench.call(ManageNodes, "/lifecycle_manager/manage_nodes", request).success


def lifecycle(node) -> str:
    return node._state_machine.current_state[1]


def test_a_device_node_is_brought_up_and_told_of(bench, manager):
    diagnostics = bench.hear(DiagnosticArray, "/diagnostics", DIAGNOSTICS)

    def levels() -> dict[str, bytes]:
        return {status.name: status.level for array in diagnostics for status in array.status}

    wanted = "lifecycle_manager: camera"
    bench.wait_for(lambda: levels().get(wanted) == DiagnosticStatus.OK, "the camera to be well")
    assert levels()["lifecycle_manager: dispenser"] == DiagnosticStatus.ERROR
    answer = bench.call(Trigger, "/lifecycle_manager/is_active", Trigger.Request())
    assert not answer.success
    assert "dispenser" in answer.message
    assert "camera" not in answer.message


def test_a_device_node_that_was_cleaned_up_is_brought_up_again(bench, manager, camera):
    closed = []
    close = camera.close_device
    camera.close_device = lambda: (closed.append(1), close())
    bench.wait_for(
        lambda: bench.change(camera, "deactivate") and bench.change(camera, "cleanup"),
        "the camera to be cleaned up before the manager sees to it",
    )
    assert closed
    bench.wait_for(lambda: camera.active, "the camera to be active again")


def test_a_node_that_was_started_again_is_brought_up(bench, manager, camera, devices):
    bench.remove(camera)
    again = bench.add(CameraNode())
    bench.set(again, source=devices.environment["KIOSK_SIMULATED_CAMERA"])
    bench.wait_for(lambda: again.active, "the new camera to be active")


def test_all_can_be_paused_reset_and_started(bench, manager, camera):
    assert manage(bench, ManageNodes.Request.PAUSE)
    bench.wait_for(lambda: lifecycle(camera) == "inactive", "the pause")
    assert manage(bench, ManageNodes.Request.RESUME)
    bench.wait_for(lambda: camera.active, "the camera to go on")
    assert manage(bench, ManageNodes.Request.RESET)
    bench.wait_for(lambda: lifecycle(camera) == "unconfigured", "the reset")
    assert manage(bench, ManageNodes.Request.STARTUP)
    bench.wait_for(lambda: camera.active, "the camera to be active again")
    assert not manage(bench, 99)
