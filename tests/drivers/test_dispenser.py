"""The real driver against the simulated board, at the protocol's bytes on a pseudo-terminal."""

import os
import shutil
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pymodbus.framer import FramerRTU

from kiosk_robot.dispensing.job import JobOutcome, JobStatus, OutcomeReason, next_job_id
from kiosk_robot.dispensing.registers import BoardState, JobState, Slot
from kiosk_robot.dispensing.state import DispenserState
from kiosk_robot.drivers.dispenser import DispenserUnavailable, ModbusDispenser
from kiosk_robot.drivers.simulated.avr_board import AvrDispenserBoard
from kiosk_robot.drivers.simulated.dispenser_board import SimulatedDispenserBoard
from kiosk_robot.drivers.simulated.dispenser_line import DispenserLine

DONE = JobOutcome(JobStatus.DONE)
STOCK = 20


@pytest.fixture
def port(tmp_path: Path) -> Path:
    return tmp_path / "dispenser"


Board = type[SimulatedDispenserBoard] | type[AvrDispenserBoard]


@pytest.fixture(params=[SimulatedDispenserBoard, AvrDispenserBoard], ids=["model", "firmware"])
def kind(request: pytest.FixtureRequest) -> Board:
    """The model of the firmware in Python, and the firmware itself: held to one behaviour."""
    if request.param is AvrDispenserBoard and not shutil.which("avr-gcc"):
        pytest.skip("gcc-avr is not installed")
    chosen: Board = request.param
    return chosen


@pytest.fixture
def board(kind: Board, port: Path) -> Iterator[DispenserLine]:
    with kind(port, {Slot.WATER: STOCK, Slot.CANDY: 3}, time_scale=10) as board:
        yield board


@pytest.fixture
def slow_board(kind: Board, port: Path) -> Iterator[DispenserLine]:
    """A board whose motor turns long enough for something to happen meanwhile."""
    with kind(port, {Slot.WATER: STOCK}, time_scale=0.5) as board:
        yield board


@pytest.fixture
def dispenser(port: Path) -> Iterator[ModbusDispenser]:
    dispenser = ModbusDispenser(str(port))
    yield dispenser
    dispenser.close()


def failed(reason: OutcomeReason) -> JobOutcome:
    return JobOutcome(JobStatus.FAILED, reason)


def unknown(reason: OutcomeReason) -> JobOutcome:
    return JobOutcome(JobStatus.UNKNOWN, reason)


def test_one_cup_drops_and_the_stock_goes_down(
    board: DispenserLine, dispenser: ModbusDispenser
) -> None:
    states: list[DispenserState] = []
    assert dispenser.dispense(Slot.WATER, 1, states.append) == DONE
    assert board.drops == [Slot.WATER]
    assert board.stock[Slot.WATER] == STOCK - 1
    assert dispenser.read_state().stock[Slot.WATER] == STOCK - 1
    assert any(state.busy for state in states)
    assert states[-1].last_job_state is JobState.DROPPED


def test_one_visit_after_another(board: DispenserLine, dispenser: ModbusDispenser) -> None:
    for slot in (Slot.WATER, Slot.CANDY):
        # A motor comes to rest a moment after the piece has fallen.
        while (state := dispenser.read_state()).busy:
            pass
        assert dispenser.dispense(slot, next_job_id(state)) == DONE
    assert board.drops == [Slot.WATER, Slot.CANDY]


@pytest.mark.parametrize("fault", ["lose_next_reply", "lose_next_ack", "duplicate"])
def test_a_bad_line_costs_no_cup(
    board: DispenserLine, dispenser: ModbusDispenser, fault: str
) -> None:
    board.set_fault(fault)
    assert dispenser.dispense(Slot.WATER, 1) == DONE
    assert board.drops == [Slot.WATER]
    assert board.stock[Slot.WATER] == STOCK - 1


def test_asking_again_for_the_same_job_drops_nothing_more(
    board: DispenserLine, dispenser: ModbusDispenser
) -> None:
    assert [dispenser.dispense(Slot.WATER, 1) for _ in range(2)] == [DONE, DONE]
    assert board.drops == [Slot.WATER]


def test_the_board_itself_ignores_a_repeated_id(
    board: DispenserLine, dispenser: ModbusDispenser
) -> None:
    for job_id in (1, 2, 1):
        while dispenser.read_state().busy:
            pass
        outcome = dispenser.dispense(Slot.WATER, job_id)
    assert outcome == unknown(OutcomeReason.NOT_RECORDED)
    assert board.drops == [Slot.WATER, Slot.WATER]


def test_a_lost_order_is_known_to_have_dropped_nothing(
    board: DispenserLine, dispenser: ModbusDispenser
) -> None:
    board.set_fault("lose_next_command")
    assert dispenser.dispense(Slot.WATER, 1) == failed(OutcomeReason.NOT_RECEIVED)
    assert board.drops == []


def test_a_jam_is_reported_until_staff_clear_it(
    board: DispenserLine, dispenser: ModbusDispenser
) -> None:
    board.set_fault("jam")
    assert dispenser.dispense(Slot.WATER, 1) == failed(OutcomeReason.JAM)
    assert dispenser.read_state().faults == BoardState.JAM
    board.clear_faults()
    assert dispenser.dispense(Slot.WATER, 2) == DONE
    assert board.drops == [Slot.WATER]


def test_an_empty_magazine_is_found_out_and_no_longer_offered(
    board: DispenserLine, dispenser: ModbusDispenser
) -> None:
    board.set_fault("empty")
    assert dispenser.dispense(Slot.WATER, 1) == failed(OutcomeReason.EMPTY)
    state = dispenser.read_state()
    assert state.stock[Slot.WATER] == 0
    assert Slot.WATER in state.low_stock


def test_a_refill_is_counted(board: DispenserLine, dispenser: ModbusDispenser) -> None:
    assert Slot.CANDY in dispenser.read_state().low_stock
    dispenser.refill(Slot.CANDY, 40)
    state = dispenser.read_state()
    assert state.stock[Slot.CANDY] == 40
    assert Slot.CANDY not in state.low_stock


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("door_open", OutcomeReason.DOOR_OPEN), ("sensor_stuck", OutcomeReason.SENSOR_STUCK)],
)
def test_a_fault_under_a_turning_motor_leaves_the_outcome_open(
    slow_board: DispenserLine,
    dispenser: ModbusDispenser,
    fault: str,
    reason: OutcomeReason,
) -> None:
    def strike(state: DispenserState) -> None:
        if state.last_job_state is JobState.RUNNING:
            slow_board.set_fault(fault)

    assert dispenser.dispense(Slot.WATER, 1, strike) == unknown(reason)


def test_a_reset_under_a_turning_motor_leaves_the_outcome_open_and_never_runs_it_again(
    board: DispenserLine, dispenser: ModbusDispenser
) -> None:
    restarts = dispenser.read_state().restarts
    board.set_fault("reset")
    assert dispenser.dispense(Slot.WATER, 1) == unknown(OutcomeReason.RESTARTED)
    assert dispenser.read_state().restarts == restarts + 1
    assert dispenser.dispense(Slot.WATER, 1) == unknown(OutcomeReason.RESTARTED)
    assert board.drops == []
    assert dispenser.dispense(Slot.WATER, 2) == DONE


def test_a_silent_board_drops_nothing_and_says_what_to_check(
    board: DispenserLine, dispenser: ModbusDispenser, port: Path
) -> None:
    board.set_fault("silent")
    with pytest.raises(DispenserUnavailable, match=f"{port} does not answer: check .* power"):
        dispenser.read_state()
    assert dispenser.dispense(Slot.WATER, 1) == failed(OutcomeReason.NO_REPLY)
    board.clear_faults()
    assert dispenser.dispense(Slot.WATER, 1) == DONE


def test_a_board_that_falls_silent_after_the_order_is_not_called_a_failure(
    slow_board: DispenserLine, dispenser: ModbusDispenser
) -> None:
    def hush(state: DispenserState) -> None:
        if state.last_job_state is JobState.RUNNING:
            slow_board.set_fault("silent")

    outcome = dispenser.dispense(Slot.WATER, 1, hush, timeout_s=1.0)
    assert outcome == unknown(OutcomeReason.NO_REPLY)
    slow_board.clear_faults()
    assert dispenser.dispense(Slot.WATER, 1) == DONE
    assert slow_board.drops == [Slot.WATER]


def test_a_missing_port_is_named_with_the_fix(port: Path) -> None:
    with pytest.raises(DispenserUnavailable, match=f"no dispenser at {port}: plug the board in"):
        ModbusDispenser(str(port)).open()
    with pytest.raises(DispenserUnavailable, match="plug the board in"):
        ModbusDispenser(str(port)).dispense(Slot.WATER, 1)


@pytest.mark.usefixtures("board")
def test_a_port_is_held_by_one_program_at_a_time(dispenser: ModbusDispenser, port: Path) -> None:
    dispenser.open()
    with pytest.raises(DispenserUnavailable, match="another program holds it"):
        ModbusDispenser(str(port)).open()
    dispenser.close()
    other = ModbusDispenser(str(port))
    other.open()
    other.close()


def test_an_unplugged_board_comes_back(board: DispenserLine, dispenser: ModbusDispenser) -> None:
    restarts = dispenser.read_state().restarts
    board.unplug()
    for _ in range(2):
        with pytest.raises(DispenserUnavailable):
            dispenser.read_state()
    board.plug()
    assert dispenser.dispense(Slot.WATER, 1) == DONE
    assert dispenser.read_state().restarts == restarts + 1


def test_a_cable_pulled_under_a_turning_motor_leaves_the_outcome_open(
    slow_board: DispenserLine, dispenser: ModbusDispenser
) -> None:
    def pull(state: DispenserState) -> None:
        if state.last_job_state is JobState.RUNNING:
            slow_board.unplug()
            slow_board.plug()

    assert dispenser.dispense(Slot.WATER, 1, pull) == unknown(OutcomeReason.RESTARTED)
    assert slow_board.drops == []


def test_two_threads_share_the_line(board: DispenserLine, dispenser: ModbusDispenser) -> None:
    outcomes: list[JobOutcome] = []
    worker = threading.Thread(target=lambda: outcomes.append(dispenser.dispense(Slot.WATER, 1)))
    worker.start()
    while worker.is_alive():
        dispenser.read_state()
    assert outcomes == [DONE]
    assert board.drops == [Slot.WATER]


def test_the_range_sensor_sees_somebody_come(
    board: DispenserLine, dispenser: ModbusDispenser
) -> None:
    assert dispenser.read_state().range_mm is None
    board.set_range_mm(730)
    assert dispenser.read_state().range_mm == pytest.approx(730, abs=2)


def test_too_hot_to_run_a_motor(board: DispenserLine, dispenser: ModbusDispenser) -> None:
    board.set_temperature_c(71.5)
    assert dispenser.dispense(Slot.WATER, 1) == failed(OutcomeReason.OVER_TEMPERATURE)
    assert dispenser.read_state().temperature_c == pytest.approx(71.5, abs=0.5)


def test_a_fault_the_board_does_not_have(board: DispenserLine) -> None:
    with pytest.raises(ValueError, match=r"no fault 'fire'; it has .*jam"):
        board.set_fault("fire")


def test_a_refill_that_no_register_holds(dispenser: ModbusDispenser) -> None:
    with pytest.raises(ValueError, match="0 to 65535 pieces, got 70000"):
        dispenser.refill(Slot.CANDY, 70000)


@contextmanager
def scripted_line(*replies: bytes) -> Iterator[ModbusDispenser]:
    """A driver whose line answers each request with the next of `replies`."""

    def talk() -> None:
        for reply in replies:
            os.read(master, 256)
            os.write(master, reply)

    master, slave = os.openpty()
    tty.setraw(slave)
    dispenser = ModbusDispenser(os.ttyname(slave))
    talker = threading.Thread(target=talk)
    talker.start()
    yield dispenser
    talker.join()
    dispenser.close()
    os.close(master)
    os.close(slave)


def frame(text: str) -> bytes:
    data = bytes.fromhex(text)
    return data + FramerRTU.compute_CRC(data).to_bytes(2, "big")


@pytest.mark.parametrize(
    "reply",
    [
        b"\r\nLogin: ",
        bytes(40),
        frame("01 04 02 00 01"),  # one register only
        frame("01 04 03 00 00 00"),  # half a register
        frame("01 84 02"),  # exception: no such register
        frame("01 10 00 00 00 03"),  # the reply to a write
    ],
)
def test_another_device_on_the_port_is_not_taken_for_the_dispenser(reply: bytes) -> None:
    with (
        scripted_line(reply) as dispenser,
        pytest.raises(DispenserUnavailable, match="dispenser at /dev/pts"),
    ):
        dispenser.read_state()


IDLE = frame("01 04 1c 0001 0000 0006 0003 0000 000a 000a 0000 0000 000c 00f0 ffff 003c 0001")


def test_an_order_that_the_board_refuses_drops_nothing() -> None:
    with scripted_line(IDLE, frame("01 90 06"), IDLE) as dispenser:
        assert dispenser.dispense(Slot.WATER, 7) == failed(OutcomeReason.REFUSED)


def test_a_refused_refill_is_reported() -> None:
    with (
        scripted_line(frame("01 90 03")) as dispenser,
        pytest.raises(DispenserUnavailable, match="refused a write"),
    ):
        dispenser.refill(Slot.CANDY, 5)


def test_a_reading_in_place_of_an_acknowledgement_is_no_acknowledgement() -> None:
    with scripted_line(IDLE, IDLE, IDLE) as dispenser:
        assert dispenser.dispense(Slot.WATER, 7) == failed(OutcomeReason.NOT_RECEIVED)
