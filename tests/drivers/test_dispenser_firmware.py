"""The real firmware under simavr: what the driver's tests cannot see from their end of the line."""

import os
import shutil
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kiosk_robot.dispensing.job import JobOutcome, JobStatus
from kiosk_robot.dispensing.registers import (
    UNIT_ID,
    BoardState,
    HoldingRegister,
    InputRegister,
    JobReason,
    JobState,
    Slot,
)
from kiosk_robot.dispensing.state import DispenserState, decode
from kiosk_robot.drivers.dispenser import ModbusDispenser
from kiosk_robot.drivers.simulated.avr_board import AvrBoard, AvrDispenserBoard, simulated_board
from kiosk_robot.drivers.simulated.dispenser_board import SimulatedDispenserBoard
from kiosk_robot.drivers.simulated.dispenser_line import sealed

STANDING_STILL = 0.0
STOCK = 20
JOB_MS = 1200  # more than one job takes
needs_gcc_avr = pytest.mark.skipif(not shutil.which("avr-gcc"), reason="gcc-avr is not installed")


class Board(AvrBoard):
    """The board, asked in its own protocol."""

    def read(self) -> DispenserState:
        reply = self.exchange(sealed(struct.pack(">BBHH", UNIT_ID, 4, 0, len(InputRegister))))
        return decode(struct.unpack(f">{len(InputRegister)}H", reply[3:-2]))

    def write(self, address: int, *values: int) -> bytes:
        return self.exchange(sealed(write_request(address, *values)))

    def order(self, job_id: int, slot: int = Slot.WATER, quantity: int = 1) -> bytes:
        return self.write(HoldingRegister.JOB_ID, job_id, slot, quantity)

    def refill(self, slot: int, pieces: int) -> bytes:
        return self.write(HoldingRegister.REFILL_SLOT, slot, pieces)

    def wait(self, milliseconds: int) -> None:
        self.tell(f"wait {milliseconds}")

    def drops(self) -> int:
        return sum(self.state()[3].values())


def write_request(address: int, *values: int, unit: int = UNIT_ID) -> bytes:
    head = struct.pack(">BBHHB", unit, 16, address, len(values), 2 * len(values))
    return head + struct.pack(f">{len(values)}H", *values)


def exception(code: int, function: int = 16) -> bytes:
    return sealed(bytes([UNIT_ID, function | 0x80, code]))


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], Board]]:
    """Starts a board whose memory is that of the one before."""
    boards: list[Board] = []

    def switch_on() -> Board:
        if boards:
            boards.pop().close()
        boards.append(Board(STANDING_STILL, tmp_path / "eeprom"))
        boards[0].wait(200)
        return boards[0]

    yield switch_on
    for board in boards:
        board.close()


@pytest.fixture
def board(start: Callable[[], Board]) -> Board:
    board = start()
    board.refill(Slot.WATER, STOCK)
    return board


@needs_gcc_avr
def test_a_new_board_is_empty_and_healthy(start: Callable[[], Board]) -> None:
    state = start().read()
    assert (state.last_job_id, state.last_job_state, state.board) == (0, JobState.NONE, 0)
    assert set(state.stock.values()) == {0}
    assert state.low_stock == set(Slot)
    assert state.restarts == 1


@needs_gcc_avr
def test_stock_jobs_and_restarts_survive_a_power_cut(
    board: Board, start: Callable[[], Board]
) -> None:
    board.order(7)
    board.wait(JOB_MS)
    state = start().read()
    assert (state.last_job_id, state.last_job_state) == (7, JobState.DROPPED)
    assert state.stock[Slot.WATER] == STOCK - 1
    assert state.restarts == 2


@needs_gcc_avr
def test_sixty_jobs_are_known_again_whatever_is_refilled_between(board: Board) -> None:
    for job_id in range(1, 61):
        board.refill(Slot.CANDY, job_id)
        board.order(job_id)
        board.tell("set door_open 1")  # ends the job quickly
        board.wait(60)
        board.tell("set door_open 0")
        board.wait(60)
    starts = board.state()[1]
    for job_id in (1, 30, 60):
        assert board.order(job_id) == sealed(write_request(0, 0, 0, 0)[:6])
        board.wait(60)
    assert board.state()[1] == starts
    assert board.read().last_job_id == 60


@needs_gcc_avr
@pytest.mark.parametrize(
    ("request_data", "reply"),
    [
        (write_request(HoldingRegister.JOB_ID, 0, 1, 1), exception(3)),
        (write_request(HoldingRegister.JOB_ID, 1, 0, 1), exception(3)),
        (write_request(HoldingRegister.JOB_ID, 1, 5, 1), exception(3)),
        (write_request(HoldingRegister.JOB_ID, 1, 1, 2), exception(3)),
        (write_request(HoldingRegister.REFILL_SLOT, 5, 1), exception(3)),
        (write_request(HoldingRegister.JOB_ID, 1, 1), exception(2)),
        (write_request(7, 1, 1, 1), exception(2)),
        (write_request(HoldingRegister.JOB_ID, *range(100)), exception(2)),
        (bytes.fromhex("01 10 0000 0003 06 0001"), exception(3)),  # cut short
        (bytes.fromhex("01 04 0000 000f"), exception(2, function=4)),
        (bytes.fromhex("01 04 0000 0000"), exception(2, function=4)),
        (bytes.fromhex("01 04 ffff 0002"), exception(2, function=4)),
        (bytes.fromhex("01 06 0000 0001"), exception(1, function=6)),
    ],
)
def test_what_is_not_in_the_map_is_refused(board: Board, request_data: bytes, reply: bytes) -> None:
    assert board.exchange(sealed(request_data)) == reply
    assert board.state()[1] == 0


@needs_gcc_avr
@pytest.mark.parametrize(
    "frame",
    [
        sealed(write_request(HoldingRegister.JOB_ID, 1, 1, 1, unit=0)),  # broadcast
        sealed(write_request(HoldingRegister.JOB_ID, 1, 1, 1, unit=2)),
        sealed(write_request(HoldingRegister.JOB_ID, 1, 1, 1))[:-1] + b"?",
        b"?" * 300,  # longer than any frame
        b"\x01",
    ],
)
def test_what_is_not_for_this_board_is_met_with_silence(board: Board, frame: bytes) -> None:
    assert board.exchange(frame) == b""
    assert board.state()[1] == 0
    assert board.read().stock[Slot.WATER] == STOCK  # and the next frame is heard


@needs_gcc_avr
def test_a_frame_with_a_gap_is_two_broken_ones(board: Board) -> None:
    frame = sealed(write_request(HoldingRegister.JOB_ID, 1, 1, 1))
    assert board.exchange(frame[:6]) == b""
    assert board.exchange(frame[6:]) == b""
    assert board.read().last_job_id == 0


@needs_gcc_avr
def test_the_driver_talks_straight_to_the_firmware_too() -> None:
    board = Board(10.0)
    board.wait(200)
    driver = ModbusDispenser(board.port, timeout_s=5.0)  # this machine may be busy
    try:
        driver.refill(Slot.CANDY, 3)
        assert driver.dispense(Slot.CANDY, 1) == JobOutcome(JobStatus.DONE)
        assert driver.read_state().stock[Slot.CANDY] == 2
        assert board.drops() == 1
    finally:
        driver.close()
        board.close()


@needs_gcc_avr
def test_a_new_order_or_a_refill_while_a_job_runs_is_refused(board: Board) -> None:
    board.tell("set jammed 1")  # keeps the motor busy for two simulated seconds
    board.order(1)
    assert board.order(2) == exception(6)
    assert board.refill(Slot.CANDY, 5) == exception(6)


@needs_gcc_avr
def test_a_program_that_hangs_is_restarted_with_the_motor_off(board: Board) -> None:
    board.order(1)
    board.wait(100)
    board.tell("hang")
    board.wait(JOB_MS)
    state = board.read()
    assert (state.last_job_state, state.last_job_reason) == (
        JobState.UNCERTAIN,
        JobReason.RESTARTED,
    )
    assert state.restarts == 2
    assert board.state()[1] == 1  # the motor did not start again


@needs_gcc_avr
def test_a_screw_left_behind_its_piece_still_gives_the_next(board: Board) -> None:
    """A power cut between drop and home: the rest of that turn gives nothing, and is no proof."""
    board.tell("set brown_out 650000")
    board.order(1)
    board.wait(JOB_MS)
    assert board.read().last_job_state is JobState.DROPPED
    board.order(2)
    board.wait(2 * JOB_MS)
    state = board.read()
    assert state.last_job_state is JobState.DROPPED
    assert (board.drops(), state.stock[Slot.WATER]) == (2, STOCK - 2)


@needs_gcc_avr
def test_a_screw_left_before_its_piece_gives_one(board: Board) -> None:
    board.tell("set brown_out 300000")
    board.order(1)
    board.wait(JOB_MS)
    assert board.read().last_job_state is JobState.UNCERTAIN
    board.order(2)
    board.wait(JOB_MS)
    assert board.read().last_job_state is JobState.DROPPED
    assert board.drops() == 1


@needs_gcc_avr
def test_a_jam_stops_the_motor_and_is_cleared_by_the_door(board: Board) -> None:
    board.tell("set jammed 1")
    board.order(1)
    board.wait(2500)
    state = board.read()
    assert state.faults == BoardState.JAM
    assert (state.last_job_state, state.last_job_reason) == (JobState.FAILED, JobReason.JAM)
    board.tell("set jammed 0")
    board.wait(200)
    assert board.read().faults == BoardState.JAM
    for is_open in (1, 0):
        board.tell(f"set door_open {is_open}")
        board.wait(100)
    assert board.read().faults == 0


@needs_gcc_avr
def test_a_piece_that_stays_in_the_beam_is_no_piece(board: Board) -> None:
    board.order(1)
    board.wait(100)
    board.tell("set sensor_blocked 1")
    board.wait(JOB_MS)
    state = board.read()
    assert (state.last_job_state, state.last_job_reason) == (
        JobState.UNCERTAIN,
        JobReason.SENSOR_STUCK,
    )
    assert state.stock[Slot.WATER] == STOCK


@needs_gcc_avr
def test_nobody_in_reach_is_no_echo(board: Board) -> None:
    for distance, seen in ((400, 400), (3900, 3900), (65535, None), (1200, 1200)):
        board.tell(f"set range {distance}")
        board.wait(150)
        assert board.read().range_mm == (seen and pytest.approx(seen, abs=5))


@needs_gcc_avr
def test_below_zero(board: Board) -> None:
    board.tell("set temperature -105")
    board.wait(300)
    assert board.read().temperature_c == pytest.approx(-10.5, abs=0.5)


@needs_gcc_avr
def test_an_unknown_command_of_the_simulator(board: Board) -> None:
    with pytest.raises(ValueError, match="does not know 'set moon 1'"):
        board.tell("set moon 1")


@needs_gcc_avr
def test_the_real_firmware_is_chosen_where_it_can_be_built(tmp_path: Path) -> None:
    board, told = simulated_board(tmp_path / "dispenser")
    assert isinstance(board, AvrDispenserBoard)
    assert told == "dispenser: the real firmware, on an ATmega328P under simavr"


def test_without_gcc_avr_a_model_takes_its_place_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    board, told = simulated_board(tmp_path / "dispenser")
    assert isinstance(board, SimulatedDispenserBoard)
    assert told == "dispenser: a Python model of the firmware (gcc-avr is not installed)"
