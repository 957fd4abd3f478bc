"""What the dispenser board says about itself, decoded from its input registers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from kiosk_robot.dispensing.registers import (
    NO_ECHO,
    PROTOCOL_VERSION,
    BoardState,
    InputRegister,
    JobReason,
    JobState,
    Slot,
)


@dataclass(frozen=True, slots=True)
class DispenserState:
    """One reading of the whole input block."""

    board: BoardState
    last_job_id: int  # 0 when the board has never had a job
    last_job_state: JobState
    last_job_reason: JobReason
    stock: Mapping[Slot, int]  # pieces
    low_stock: frozenset[Slot]
    temperature_c: float
    range_mm: int | None  # None when nothing is in front of the sensor
    uptime_s: int  # stays at 65535
    restarts: int  # wraps at 65536

    @property
    def busy(self) -> bool:
        """Whether a job is accepted or a motor turns."""
        return BoardState.BUSY in self.board

    @property
    def faults(self) -> BoardState:
        """The fault bits alone; falsy when the board is healthy."""
        return self.board & ~BoardState.BUSY


def decode(registers: Sequence[int]) -> DispenserState:
    """Decode the input block.

    Raises ValueError for a wrong length, another protocol version, or a value outside the register
    map: a fault that this version does not know must never pass for a healthy board.
    """
    if len(registers) != len(InputRegister):
        raise ValueError(
            f"the dispenser's input block has {len(InputRegister)} registers, got {len(registers)}"
        )
    version = registers[InputRegister.PROTOCOL_VERSION]
    if version != PROTOCOL_VERSION:
        raise ValueError(
            f"the dispenser speaks protocol version {version}, this robot {PROTOCOL_VERSION}: "
            "flash the matching firmware"
        )
    low = registers[InputRegister.LOW_STOCK]
    distance = registers[InputRegister.RANGE]
    return DispenserState(
        board=BoardState(registers[InputRegister.BOARD_STATE]),
        last_job_id=registers[InputRegister.LAST_JOB_ID],
        last_job_state=JobState(registers[InputRegister.LAST_JOB_STATE]),
        last_job_reason=JobReason(registers[InputRegister.LAST_JOB_REASON]),
        stock=MappingProxyType(
            {slot: registers[InputRegister.STOCK_WATER + slot - 1] for slot in Slot}
        ),
        low_stock=frozenset(slot for slot in Slot if low & 1 << slot - 1),
        temperature_c=_signed(registers[InputRegister.TEMPERATURE]) / 10,
        range_mm=None if distance == NO_ECHO else distance,
        uptime_s=registers[InputRegister.UPTIME],
        restarts=registers[InputRegister.RESTARTS],
    )


def _signed(register: int) -> int:
    return register - 0x10000 if register & 0x8000 else register
