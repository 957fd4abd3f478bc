"""One cup for one wish; somebody is there when the range sensor sees them."""

import math

import pytest

pytest.importorskip("rclpy")

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from sensor_msgs.msg import Range

from kiosk_interfaces.action import Dispense
from kiosk_interfaces.msg import DeviceCondition, DispenserState, Presence
from kiosk_nodes.dispenser import DispenserNode
from kiosk_nodes.presence import PresenceNode
from kiosk_nodes.qos import DIAGNOSTICS, SENSOR, STATE
from kiosk_robot.dispensing.registers import Slot

DROP = "/skill/dispense"
codes = Dispense.Result


@pytest.fixture
def dispenser(bench, devices):
    return bench.device(DispenserNode, port=devices.environment["KIOSK_SIMULATED_DISPENSER"])


def test_one_cup_for_one_wish_however_often_it_is_asked_for(bench, dispenser, devices):
    for _ in range(2):
        result = bench.act(Dispense, DROP, item="water", request_id="wish")
        assert (result.error_code, result.stock) == (codes.NONE, 19)
    assert bench.act(Dispense, DROP, item="candy", request_id="sweet").error_code == codes.NONE
    bench.act(Dispense, DROP, item="water", request_id="wish")
    assert devices.dispenser.drops == [Slot.WATER, Slot.CANDY]
    bench.act(Dispense, DROP, item="water", request_id="another wish")
    assert devices.dispenser.stock[Slot.WATER] == 18


def test_the_stock_is_published(bench, dispenser):
    states = bench.hear(DispenserState, "dispenser/state", STATE)
    bench.act(Dispense, DROP, item="water", request_id="wish")
    bench.wait_for(lambda: states and states[-1].slots[0].stock == 19, "the stock")
    assert [(slot.item, slot.low) for slot in states[-1].slots] == [
        ("water", False),
        ("candy", False),
    ]


def test_what_no_slot_holds_is_refused_by_name(bench, dispenser, devices):
    result = bench.act(Dispense, DROP, item="beer", request_id="wish")
    assert result.error_code == codes.UNKNOWN_ITEM
    assert result.error_msg == "no slot holds 'beer'; there are water, candy"
    assert devices.dispenser.drops == []


@pytest.mark.parametrize(
    ("fault", "error"), [("jam", codes.JAM), ("door_open", codes.DOOR_OPEN), ("empty", codes.EMPTY)]
)
def test_a_fault_drops_nothing_and_is_named(bench, dispenser, devices, fault, error):
    devices.dispenser.set_fault(fault)
    result = bench.act(Dispense, DROP, item="water", request_id="wish")
    assert result.error_code == error
    assert result.error_msg
    assert devices.dispenser.drops == []


def test_an_unplugged_board_is_told_and_comes_back(bench, dispenser, devices):
    devices.dispenser.unplug()
    bench.wait_for(lambda: dispenser.condition.value == DeviceCondition.OFFLINE, "the loss")
    result = bench.act(Dispense, DROP, item="water", request_id="wish")
    assert result.error_code == codes.OFFLINE
    assert "plug the board in" in result.error_msg
    devices.dispenser.plug()
    bench.wait_for(lambda: dispenser.condition.value == DeviceCondition.OK, "the board again")


def test_diagnostics_tell_how_the_board_is(bench, dispenser, devices):
    heard = bench.hear(DiagnosticArray, "/diagnostics", DIAGNOSTICS)

    def latest():
        return heard and heard[-1].status[0]

    bench.wait_for(lambda: latest() and latest().level == DiagnosticStatus.OK, "a healthy board")
    assert latest().hardware_id == devices.environment["KIOSK_SIMULATED_DISPENSER"]
    assert {"stock water": "20", "restarts": "1"}.items() <= {
        value.key: value.value for value in latest().values
    }.items()
    devices.dispenser.set_fault("door_open")
    bench.wait_for(lambda: latest().level == DiagnosticStatus.ERROR, "the open door")
    assert "door open" in latest().message
    devices.dispenser.clear_faults()
    devices.dispenser.unplug()
    bench.wait_for(lambda: "plug the board in" in latest().message, "the loss")
    devices.dispenser.plug()
    bench.wait_for(lambda: latest().level == DiagnosticStatus.OK, "the board again")
    for number in range(40):
        if len(devices.dispenser.drops) == 15:
            break
        bench.act(Dispense, DROP, item="water", request_id=f"wish {number}")
        bench.wait_for(lambda: not dispenser._reading.busy, "the motor to rest")
    bench.wait_for(lambda: latest().level == DiagnosticStatus.WARN, "the low stock")
    assert latest().message == "water low: refill soon"


def test_the_range_is_shared_in_metres(bench, dispenser, devices):
    ranges = bench.hear(Range, "dispenser/range", SENSOR)
    bench.wait_for(lambda: ranges and math.isinf(ranges[-1].range), "nobody there")
    devices.approach()
    bench.wait_for(lambda: ranges[-1].range == pytest.approx(0.6), "somebody there")


def test_presence_follows_the_range_and_is_latched(bench):
    node = bench.device(PresenceNode, settle=0.0)
    ranges = bench.publisher(Range, "dispenser/range", SENSOR)
    ranges.publish(Range(range=0.6))
    bench.wait_for(lambda: node._filter.present, "somebody")
    seen = bench.hear(Presence, "presence", STATE)  # comes late, and sees it all the same
    bench.wait_for(lambda: seen, "the state")
    assert (seen[0].present, seen[0].distance) == (True, pytest.approx(0.6))
    ranges.publish(Range(range=math.inf))
    bench.wait_for(lambda: len(seen) == 2, "nobody")
    assert not seen[1].present
    assert math.isnan(seen[1].distance)
