"""Random fault schedules: the real driver and a firmware, with all that can happen between them.

A schedule is a number of visits. In each, wishes for a cup are pressed, some twice, while replies
and requests are lost and doubled, the cable is pulled at any byte, the board restarts at any
moment, the robot dies at any step of its driver, and the cabinet jams, opens, runs empty. After
each visit the books must balance: no wish dropped two pieces, none that was reported as failed
dropped any, none was reported as done without one, and the stock counts what fell.

Time is simulated, so a second of waiting costs nothing: the clock of the driver and of pymodbus is
the board's. hypothesis chooses the schedules and makes a failing one short.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import ClassVar
from unittest.mock import patch

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from kiosk_robot.dispensing.job import JobStatus, next_job_id
from kiosk_robot.dispensing.registers import (
    UNIT_ID,
    HoldingRegister,
    InputRegister,
    JobReason,
    JobState,
    Slot,
)
from kiosk_robot.dispensing.state import DispenserState, decode
from kiosk_robot.drivers.dispenser import DispenserUnavailable, ModbusDispenser
from kiosk_robot.drivers.simulated.avr_board import AvrBoard
from kiosk_robot.drivers.simulated.dispenser_board import answer
from kiosk_robot.drivers.simulated.dispenser_firmware import DispenserFirmware
from kiosk_robot.drivers.simulated.dispenser_line import sealed

STOCK = 30
VISITS = 6  # in one schedule, at most
SETTLE_MS = 6000  # every job has ended by then
FATES = ("request lost", "reply lost", "request doubled", "reply doubled", "reply garbled",
         "cable pulled in request", "cable pulled in reply")  # fmt: skip
FAULTS = ("jammed", "nothing_falls", "door_open", "sensor_blocked")


class RobotDied(BaseException):
    """SIGKILL, as the driver sees it."""


# --- the board --------------------------------------------------------------------------------


class World(ABC):
    """A board in its cabinet, in simulated time."""

    def close(self) -> None:  # noqa: B027 - most have nothing to close
        """Let it go."""

    @abstractmethod
    def answer(self, frame: bytes) -> bytes:
        """The reply to a request, or nothing."""

    @abstractmethod
    def advance(self, milliseconds: int) -> None:
        """Let time pass."""

    @abstractmethod
    def restart(self, milliseconds: int) -> None:
        """Reset the board, so much later; 0 is now."""

    @abstractmethod
    def set_fault(self, fault: str, present: bool) -> None:
        """Cause or repair one of FAULTS."""

    @abstractmethod
    def drops(self) -> int:
        """Pieces that have fallen."""

    def repair(self) -> None:
        """As staff do: everything right, the door opened and shut."""
        for fault in FAULTS:
            self.set_fault(fault, False)
        for is_open in (True, False):
            self.set_fault("door_open", is_open)
            self.advance(100)

    def read(self) -> DispenserState:
        """The state, on a line without faults."""
        request = bytes([UNIT_ID, 4, 0, 0, 0, len(InputRegister)])
        data = self.answer(sealed(request))[3:-2]
        return decode([data[i] << 8 | data[i + 1] for i in range(0, len(data), 2)])

    def refill(self, pieces: int) -> None:
        """Fill the water up, on a line without faults."""
        block = [HoldingRegister.REFILL_SLOT, 2]
        data = b"".join(n.to_bytes(2, "big") for n in block)
        stock = b"".join(n.to_bytes(2, "big") for n in (Slot.WATER, pieces))
        self.answer(sealed(bytes([UNIT_ID, 16]) + data + b"\4" + stock))


class ModelWorld(World):
    """The model of the firmware in Python."""

    def __init__(self) -> None:
        self._board = DispenserFirmware({})
        self._restart_ms: int | None = None

    def answer(self, frame: bytes) -> bytes:
        """The reply to a request."""
        return answer(self._board, frame)

    def advance(self, milliseconds: int) -> None:
        """Let time pass, and the restart come that is due in it."""
        end = self._board.now_ms + milliseconds
        if self._restart_ms is not None and self._restart_ms <= end:
            self._board.advance(self._restart_ms)
            self._restart_ms = None
            self._board.reset()
        self._board.advance(end)

    def restart(self, milliseconds: int) -> None:
        """Reset the board, so much later."""
        self._restart_ms = self._board.now_ms + milliseconds
        self.advance(0)

    def set_fault(self, fault: str, present: bool) -> None:
        """Cause or repair a fault; an open door ends a jam."""
        setattr(self._board.cabinet, fault, present)
        if fault == "door_open" and present:
            self._board.jam = False

    def drops(self) -> int:
        """Pieces that have fallen."""
        return len(self._board.cabinet.drops)


class FirmwareWorld(World):
    """The real firmware under simavr; its time stands still but when asked."""

    def __init__(self) -> None:
        self._avr = AvrBoard(time_scale=0)
        self.advance(200)

    def close(self) -> None:
        """End the simulator."""
        self._avr.close()

    def answer(self, frame: bytes) -> bytes:
        """The reply to a request."""
        return self._avr.exchange(frame)

    def advance(self, milliseconds: int) -> None:
        """Let time pass."""
        self._avr.tell(f"wait {milliseconds}")

    def restart(self, milliseconds: int) -> None:
        """Reset the board, so much later, a fraction of a millisecond into something."""
        self._avr.tell(f"cut {milliseconds * 1000 + 137}")
        if not milliseconds:
            self.advance(100)  # the boot

    def set_fault(self, fault: str, present: bool) -> None:
        """Cause or repair a fault."""
        self._avr.tell(f"set {fault} {present:d}")

    def now_ms(self) -> int:
        """The time of the board."""
        return self._avr.state()[0]

    def motor_ms(self) -> int:
        """When a motor last started, in the time of the board."""
        return self._avr.state()[2]

    def drops(self) -> int:
        """Pieces that have fallen."""
        return sum(self._avr.state()[3].values())


# --- what lies between driver and board -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Moment:
    """What happens with one request and its reply."""

    fate: str = ""  # of FATES
    byte: int = 0  # of the request or reply in which it happens
    pause_ms: int = 0  # before the reply
    accident: str = ""  # of FAULTS, or "restart", when the board has the request
    after_ms: int = 0  # until the restart, or until the copy of a doubled request arrives


FINE = Moment()
MOMENTS = st.lists(
    st.one_of(
        st.just(FINE),
        st.just(FINE),
        st.builds(
            Moment,
            fate=st.sampled_from(("", "", "", *FATES)),
            byte=st.integers(0, 33),
            pause_ms=st.integers(0, 90),
            accident=st.sampled_from(("",) * 8 + ("restart",) * 3 + FAULTS),
            after_ms=st.integers(0, 2000),
        ),
    ),
    max_size=12,
)


@dataclass
class Press:
    """One press for a cup and what goes wrong meanwhile."""

    moments: list[Moment]
    again: bool  # the same wish as the press before
    dies_after: int | None  # steps of the driver until its process is killed
    unplugged_ms: int  # how long a pulled cable stays out


PRESSES = st.builds(
    Press,
    MOMENTS,
    again=st.booleans(),
    dies_after=st.none() | st.none() | st.integers(0, 200),
    unplugged_ms=st.integers(0, 3000),
)


@dataclass
class Cable:
    """The clock, the serial port and the cable of one robot, seen by pymodbus and the driver.

    It stands in for the module `time` and for what `serial.serial_for_url` returns.
    """

    world: World
    press: Press
    now_s: float = 0.0
    steps: int = 0
    plugged_at: float = 0.0
    is_open: bool = False
    inter_byte_timeout: float | None = None
    _buffer: bytes = b""
    _late: bytes = b""  # a doubled reply, which arrives with the answer to the next question
    _copies: list[tuple[float, bytes]] = field(default_factory=list)  # of doubled requests
    _moments: Iterator[Moment] = field(init=False)

    def __post_init__(self) -> None:
        self._moments = iter(self.press.moments)

    # the clock

    def time(self) -> float:
        """Seconds."""
        return self.now_s

    monotonic = time

    def sleep(self, seconds: float) -> None:
        """Let the world's time pass."""
        self._live()
        self._pass(max(1, round(seconds * 1000)))

    # the port

    def open(self, *_: object, **__: object) -> "Cable":
        """The port, if the cable is in."""
        if self.now_s < self.plugged_at:
            raise OSError("no such port")
        self.is_open = True
        self._buffer = self._late = b""
        return self

    def close(self) -> None:
        """Let the port go."""
        self.is_open = False

    @property
    def in_waiting(self) -> int:
        """Bytes that have come."""
        self._live()
        self._need_port()
        return len(self._buffer)

    def read(self, count: int) -> bytes:
        """Take bytes."""
        self._need_port()
        taken, self._buffer = self._buffer[:count], self._buffer[count:]
        return taken

    def write(self, frame: bytes) -> int:
        """Send a request, and have what is to happen with it happen."""
        self._live()
        self._need_port()
        moment = next(self._moments, FINE)
        late, self._late = self._late, b""
        self._buffer += late
        if moment.fate == "request lost":
            return len(frame)
        if moment.fate == "cable pulled in request" and moment.byte < len(frame):
            self.pull()
            return len(frame)
        reply = self.world.answer(frame)
        self._happen(moment)
        if moment.fate == "request doubled":
            self._copies.append((self.now_s + moment.after_ms / 1000, frame))
        self._buffer += self._damage(reply, moment)
        return len(frame)

    def deliver_copies(self) -> None:
        """Let the rest of the doubled requests arrive: the line outlives the driver."""
        while self._copies:
            self._pass(100)

    def _damage(self, reply: bytes, moment: Moment) -> bytes:
        at = moment.byte % max(len(reply), 1)
        match moment.fate:
            case "reply lost":
                return b""
            case "reply doubled":
                self._late = reply
            case "reply garbled" if reply:
                return reply[:at] + bytes([reply[at] ^ 0x10]) + reply[at + 1 :]
            case "cable pulled in request" | "cable pulled in reply":
                self.pull()
                return reply[:at]
        return reply

    def _happen(self, moment: Moment) -> None:
        if moment.accident == "restart":
            self.world.restart(moment.after_ms)
        elif moment.accident:
            self.world.set_fault(moment.accident, True)
        if moment.pause_ms:
            self._pass(moment.pause_ms)

    def _pass(self, milliseconds: int) -> None:
        self.now_s += milliseconds / 1000
        self.world.advance(milliseconds)
        due = [copy for copy in self._copies if copy[0] <= self.now_s]
        for copy in due:
            self._copies.remove(copy)
            self._late = self.world.answer(copy[1])

    def pull(self) -> None:
        """The cable also feeds the board."""
        self.is_open = False
        self.plugged_at = self.now_s + self.press.unplugged_ms / 1000
        self.world.restart(0)

    def _need_port(self) -> None:
        if not self.is_open:
            raise OSError("the device is gone")

    def _live(self) -> None:
        if self.steps == self.press.dies_after:
            raise RobotDied
        self.steps += 1


@contextmanager
def wired(cable: Cable) -> Iterator[None]:
    """The driver and pymodbus live on this cable, in its time."""
    with (
        patch("pymodbus.client.serial.time", cable),
        patch("pymodbus.transaction.transaction.monotonic", cable.time),
        patch("pymodbus.client.serial.serial.serial_for_url", cable.open),
        patch("kiosk_robot.drivers.dispenser.time", cable),
    ):
        yield


# --- the books --------------------------------------------------------------------------------


@dataclass
class Tally:
    """What a run of schedules has gone through."""

    schedules: int = 0
    presses: int = 0
    done: int = 0
    failed: int = 0
    unknown: int = 0
    deaths: int = 0
    pieces: int = 0


class Schedule(RuleBasedStateMachine):
    """One schedule; `world` says which firmware."""

    world_type: ClassVar[type[World]] = ModelWorld
    tally: ClassVar[Tally] = Tally()

    def __init__(self) -> None:
        super().__init__()
        self.world = self.world_type()
        self.world.refill(STOCK)
        self.tally.schedules += 1

    def teardown(self) -> None:
        """Let the board go."""
        self.world.close()

    @rule(presses=st.lists(PRESSES, min_size=1, max_size=3), repaired=st.booleans())
    def visit(self, presses: list[Press], repaired: bool) -> None:
        """Somebody comes, presses, and goes; then the books are looked at."""
        if repaired:
            self.world.repair()
        fallen, before = self.world.drops(), self.world.read()
        wishes: list[list[JobStatus]] = []
        job_id: int | None = None
        for press in presses:
            if not press.again or job_id is None:
                wishes.append([])
                job_id = None
            job_id, status = self.press(press, job_id)
            wishes[-1].append(status)
        self.world.advance(SETTLE_MS)
        self.balance(wishes, before, self.world.drops() - fallen)

    @rule(pieces=st.integers(0, 60))
    def refill(self, pieces: int) -> None:
        """Staff fill up."""
        self.world.refill(pieces)
        assert self.world.read().stock[Slot.WATER] == pieces

    def press(self, press: Press, job_id: int | None) -> tuple[int | None, JobStatus]:
        """One press, as the node serves it: an id from the board, then the order."""
        cable = Cable(self.world, press)
        driver = ModbusDispenser("/dev/no/such/port")
        with wired(cable):
            try:
                state = None
                if job_id is None:
                    state = driver.read_state()
                    job_id = next_job_id(state)
                status = driver.dispense(Slot.WATER, job_id, state=state).status
            except DispenserUnavailable:
                status = JobStatus.FAILED
            except RobotDied:
                status = JobStatus.UNKNOWN
                self.tally.deaths += 1
                job_id = None  # a new process knows nothing of the wish
        cable.deliver_copies()
        self.tally.presses += 1
        return job_id, status

    def balance(self, wishes: list[list[JobStatus]], before: DispenserState, pieces: int) -> None:
        """Whether what fell is what was told, and what is counted."""
        least = sum(JobStatus.DONE in told for told in wishes)
        most = sum(told != [JobStatus.FAILED] * len(told) for told in wishes)
        assert least <= pieces <= most, f"{pieces} fell, told: {wishes}"
        self.tally.pieces += pieces
        self.tally.done += least
        self.tally.unknown += most - least
        self.tally.failed += len(wishes) - most

        after = self.world.read()
        stock, counted = before.stock[Slot.WATER], after.stock[Slot.WATER]
        ran = after.last_job_id != before.last_job_id
        if ran and after.last_job_reason is JobReason.EMPTY:
            assert counted == 0
            return
        uncounted = pieces - (stock - counted)
        assert 0 <= uncounted <= most - least, f"{pieces} fell, stock {stock} to {counted}"
        if ran and len(wishes) == 1 and after.last_job_state is JobState.DROPPED:
            assert uncounted == 0, f"{pieces} fell, stock {stock} to {counted}"


class FirmwareSchedule(Schedule):
    """The same with the real firmware."""

    world_type = FirmwareWorld
    tally: ClassVar[Tally] = Tally()


def run_schedules(
    machine: type[Schedule], count: int, phases: tuple[Phase, ...] = tuple(Phase)
) -> Tally:
    """Run so many schedules and tell what they went through.

    Raises AssertionError when the books do not balance, with the shortest schedule that shows it if
    `phases` has hypothesis look for that.
    """
    machine.tally = Tally()
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=count,
            stateful_step_count=VISITS,
            deadline=None,
            derandomize=True,
            database=None,
            phases=phases,
            suppress_health_check=list(HealthCheck),
        ),
    )
    return machine.tally
