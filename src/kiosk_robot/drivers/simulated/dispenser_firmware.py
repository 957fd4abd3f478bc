"""What the firmware of the dispenser board does, in simulated time.

Registers, job log, motor and drop sensor, as `hardware/dispenser/registers.md` says. It knows
nothing of serial lines (see `dispenser_board`).
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from kiosk_robot.dispensing.registers import (
    JAM_LIMIT_MS,
    JOBS_REMEMBERED,
    LOW_STOCK_AT,
    MAX_TEMPERATURE_C,
    NO_ECHO,
    PROTOCOL_VERSION,
    BoardState,
    HoldingRegister,
    InputRegister,
    JobReason,
    JobState,
    Slot,
)

# Milliseconds after the order.
MOTOR_START_MS = 20
BROWN_OUT_MS = 300
DROP_MS = 600
MOTOR_STOP_MS = 800
TICK_MS = 10

ILLEGAL_ADDRESS = 2
ILLEGAL_VALUE = 3
DEVICE_BUSY = 6

_COMMAND = (HoldingRegister.JOB_ID, HoldingRegister.QUANTITY - HoldingRegister.JOB_ID + 1)
_REFILL = (
    HoldingRegister.REFILL_SLOT,
    HoldingRegister.REFILL_STOCK - HoldingRegister.REFILL_SLOT + 1,
)


class RequestRefusedError(Exception):
    """A request that the board answers with the Modbus exception `code`."""

    def __init__(self, code: int) -> None:
        super().__init__(f"Modbus exception {code}")
        self.code = code


@dataclass(slots=True)
class JobRecord:
    """One entry of the job log, which lives in EEPROM."""

    job_id: int
    slot: Slot
    state: JobState = JobState.ACCEPTED
    reason: JobReason = JobReason.NONE


@dataclass(slots=True)
class Cabinet:
    """The physical world round the board; set its fields at any time."""

    jammed: bool = False
    nothing_falls: bool = False
    door_open: bool = False
    sensor_blocked: bool = False
    brown_out: bool = False  # the supply dips once, while a motor turns
    temperature_c: float = 24.0
    range_mm: int = NO_ECHO
    drops: list[tuple[Slot, int]] = field(default_factory=list)  # what really fell: slot, job id


class DispenserFirmware:
    """The board's program. Its time is in simulated milliseconds and passes in `advance` only."""

    def __init__(self, stock: dict[Slot, int]) -> None:
        self.cabinet = Cabinet()
        self.now_ms = 0
        # EEPROM
        self.stock = dict.fromkeys(Slot, 0) | stock
        self.log: deque[JobRecord] = deque(maxlen=JOBS_REMEMBERED)
        self.restarts = 0
        # RAM
        self.motor_on = False
        self.jam = False
        self._started_ms = self._ordered_ms = 0
        self.reset()

    def reset(self) -> None:
        """Start anew, as after a brown-out: RAM is lost, EEPROM stays, no job runs again."""
        self.restarts = (self.restarts + 1) % 0x10000
        self._started_ms = self.now_ms
        self.motor_on = self.jam = False
        if self.log and self.log[-1].state is JobState.ACCEPTED:
            self._end(JobState.FAILED, JobReason.RESTARTED)
        elif self.log and self.log[-1].state is JobState.RUNNING:
            self._end(JobState.UNCERTAIN, JobReason.RESTARTED)

    def advance(self, now_ms: int) -> None:
        """Let time pass up to `now_ms`."""
        while self._busy and self.now_ms < now_ms:
            self.now_ms = min(now_ms, self.now_ms + TICK_MS)
            self._tick(self.now_ms - self._ordered_ms)
        self.now_ms = now_ms

    def read_input(self, address: int, count: int) -> list[int]:
        """Return the input registers asked for; raises RequestRefusedError outside the block."""
        block = self._input_block()
        if not 0 < count <= len(block) - address:
            raise RequestRefusedError(ILLEGAL_ADDRESS)
        return block[address : address + count]

    def write(self, address: int, values: Sequence[int]) -> None:
        """Take a write of one whole block; raises RequestRefusedError for anything else."""
        if (address, len(values)) == _COMMAND:
            self._order(*values)
        elif (address, len(values)) == _REFILL:
            self._refill(*values)
        else:
            raise RequestRefusedError(ILLEGAL_ADDRESS)

    @property
    def _busy(self) -> bool:
        return self.motor_on or bool(self.log and self.log[-1].state is JobState.ACCEPTED)

    def _order(self, job_id: int, slot: int, quantity: int) -> None:
        if any(record.job_id == job_id for record in self.log):
            return
        if not job_id or quantity != 1:
            raise RequestRefusedError(ILLEGAL_VALUE)
        record = JobRecord(job_id, _slot(slot))
        if self._busy:
            raise RequestRefusedError(DEVICE_BUSY)
        self.log.append(record)
        self._ordered_ms = self.now_ms

    def _refill(self, slot: int, pieces: int) -> None:
        known = _slot(slot)
        if self._busy:
            raise RequestRefusedError(DEVICE_BUSY)
        self.stock[known] = pieces

    def _tick(self, elapsed_ms: int) -> None:
        """Move on the newest job, `elapsed_ms` after its order."""
        job = self.log[-1]
        if job.state is JobState.ACCEPTED and elapsed_ms >= MOTOR_START_MS:
            self._start_motor(job)
        elif self.cabinet.brown_out and elapsed_ms >= BROWN_OUT_MS:
            self.cabinet.brown_out = False
            self.reset()
        elif job.state is JobState.RUNNING:
            self._watch_motor(job, elapsed_ms)
        elif job.state is JobState.DROPPED and elapsed_ms >= MOTOR_STOP_MS:
            self.motor_on = False

    def _start_motor(self, job: JobRecord) -> None:
        reason = self._why_not(job.slot)
        if reason is JobReason.NONE:
            job.state = JobState.RUNNING
            self.motor_on = True
        else:
            self._end(JobState.FAILED, reason)

    def _watch_motor(self, job: JobRecord, elapsed_ms: int) -> None:
        cabinet = self.cabinet
        if cabinet.door_open:
            self._end(JobState.UNCERTAIN, JobReason.DOOR_OPEN)
        elif cabinet.jammed and elapsed_ms >= JAM_LIMIT_MS:
            self.jam = True
            self._end(JobState.FAILED, JobReason.JAM)
        elif cabinet.jammed or elapsed_ms < DROP_MS:
            return
        elif not cabinet.nothing_falls:
            cabinet.drops.append((job.slot, job.job_id))
            self._see_drop(job)
        elif elapsed_ms >= MOTOR_STOP_MS:
            self.stock[job.slot] = 0
            self._end(JobState.FAILED, JobReason.EMPTY)

    def _see_drop(self, job: JobRecord) -> None:
        if self.cabinet.sensor_blocked:
            self._end(JobState.UNCERTAIN, JobReason.SENSOR_STUCK)
        else:
            job.state = JobState.DROPPED
            self.stock[job.slot] -= 1

    def _end(self, state: JobState, reason: JobReason) -> None:
        self.log[-1].state = state
        self.log[-1].reason = reason
        self.motor_on = False

    def _why_not(self, slot: Slot) -> JobReason:
        """Return what forbids to start the motor of `slot` now."""
        faults = self._faults()
        for fault in faults:
            return JobReason[fault.name or ""]
        return JobReason.NONE if self.stock[slot] else JobReason.EMPTY

    def _faults(self) -> BoardState:
        cabinet = self.cabinet
        faults = {
            BoardState.JAM: self.jam,
            BoardState.DOOR_OPEN: cabinet.door_open,
            BoardState.SENSOR_STUCK: cabinet.sensor_blocked,
            BoardState.OVER_TEMPERATURE: cabinet.temperature_c > MAX_TEMPERATURE_C,
        }
        return BoardState(sum(fault for fault, present in faults.items() if present))

    def _input_block(self) -> list[int]:
        job = self.log[-1] if self.log else JobRecord(0, Slot.WATER, JobState.NONE)
        block = dict.fromkeys(InputRegister, 0)
        block[InputRegister.PROTOCOL_VERSION] = PROTOCOL_VERSION
        block[InputRegister.BOARD_STATE] = self._faults() | (BoardState.BUSY * self._busy)
        block[InputRegister.LAST_JOB_ID] = job.job_id
        block[InputRegister.LAST_JOB_STATE] = job.state
        block[InputRegister.LAST_JOB_REASON] = job.reason
        for slot, pieces in self.stock.items():
            block[InputRegister(InputRegister.STOCK_WATER + slot - 1)] = pieces
            block[InputRegister.LOW_STOCK] |= (pieces <= LOW_STOCK_AT) << (slot - 1)
        block[InputRegister.TEMPERATURE] = round(self.cabinet.temperature_c * 10) & 0xFFFF
        block[InputRegister.RANGE] = self.cabinet.range_mm
        block[InputRegister.UPTIME] = min((self.now_ms - self._started_ms) // 1000, 0xFFFF)
        block[InputRegister.RESTARTS] = self.restarts
        return [block[register] for register in InputRegister]


def _slot(number: int) -> Slot:
    try:
        return Slot(number)
    except ValueError:
        raise RequestRefusedError(ILLEGAL_VALUE) from None
