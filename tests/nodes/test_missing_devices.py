"""A device that is not there: configuring fails, the reason is told, the node lives on."""

import pytest

pytest.importorskip("rclpy")

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from lifecycle_msgs.msg import State
from lifecycle_msgs.srv import GetState

from kiosk_nodes.camera import CameraNode
from kiosk_nodes.dispenser import DispenserNode
from kiosk_nodes.presence import PresenceNode
from kiosk_nodes.qos import DIAGNOSTICS
from kiosk_nodes.text_to_speech import TextToSpeechNode
from kiosk_nodes.ticket_printer import TicketPrinterNode


@pytest.mark.parametrize(
    ("make", "parameters", "told"),
    [
        (
            CameraNode,
            {"source": "/dev/video99"},
            "camera /dev/video99 is not there: check the cable",
        ),
        (DispenserNode, {"port": "/dev/no_board"}, "no dispenser at /dev/no_board: plug the board"),
        (TicketPrinterNode, {"url": "tcp://127.0.0.1:9"}, "printer tcp://127.0.0.1:9: no answer"),
        (TicketPrinterNode, {"url": "lpt1"}, "not a printer address: 'lpt1'"),
        (TextToSpeechNode, {"player": "simulated", "voice": "aav/xx"}, "has no voice aav/xx"),
        (PresenceNode, {"near": 2.0, "far": 1.0}, "far (1.0 m) must be beyond near (2.0 m)"),
    ],
    ids=["camera", "dispenser", "printer", "printer address", "voice", "thresholds"],
)
def test_configuring_fails_with_a_reason_and_the_node_lives_on(bench, make, parameters, told):
    node = bench.add(make())
    bench.set(node, **parameters)
    assert not bench.change(node, "configure")

    diagnostics = bench.hear(DiagnosticArray, "/diagnostics", DIAGNOSTICS)
    bench.wait_for(lambda: any(told in array.status[0].message for array in diagnostics), told)
    status = diagnostics[-1].status[0]
    assert (status.name, status.level) == (node.get_name(), DiagnosticStatus.ERROR)
    assert "\n" not in status.message

    answer = bench.call(GetState, f"/{node.get_name()}/get_state", GetState.Request())
    assert answer.current_state.id == State.PRIMARY_STATE_UNCONFIGURED


def test_a_device_that_is_plugged_in_later_is_taken(bench, devices):
    node = bench.add(DispenserNode())
    bench.set(node, port=devices.environment["KIOSK_SIMULATED_DISPENSER"])
    devices.dispenser.unplug()
    assert not bench.change(node, "configure")
    devices.dispenser.plug()
    bench.wait_for(lambda: bench.change(node, "configure"), "the board to have started")
    assert bench.change(node, "activate")
