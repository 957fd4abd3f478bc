"""The register map of the dispenser board.

Source: `hardware/dispenser/registers.md`; a test keeps the two equal.
"""

from enum import STRICT, IntEnum, IntFlag

PROTOCOL_VERSION = 1
BAUD_RATE = 115200
UNIT_ID = 1
NO_ECHO = 0xFFFF  # `InputRegister.RANGE` when nothing is in front of the sensor


class InputRegister(IntEnum):
    """Addresses of the input block, read whole in one request."""

    PROTOCOL_VERSION = 0
    BOARD_STATE = 1
    LAST_JOB_ID = 2
    LAST_JOB_STATE = 3
    LAST_JOB_REASON = 4
    STOCK_WATER = 5
    STOCK_CANDY = 6
    STOCK_SPARE_1 = 7
    STOCK_SPARE_2 = 8
    LOW_STOCK = 9
    TEMPERATURE = 10
    RANGE = 11
    UPTIME = 12
    RESTARTS = 13


class HoldingRegister(IntEnum):
    """Addresses of the command block and the refill block, each written whole in one request."""

    JOB_ID = 0
    SLOT = 1
    QUANTITY = 2
    REFILL_SLOT = 16
    REFILL_STOCK = 17


class BoardState(IntFlag, boundary=STRICT):
    """What the board does (busy) and suffers from; 0 is idle and healthy."""

    BUSY = 1
    JAM = 2
    DOOR_OPEN = 4
    SENSOR_STUCK = 8
    OVER_TEMPERATURE = 16


class JobState(IntEnum):
    """Where the newest job stands. FAILED: nothing fell. UNCERTAIN: the board cannot tell."""

    NONE = 0
    ACCEPTED = 1
    RUNNING = 2
    DROPPED = 3
    FAILED = 4
    UNCERTAIN = 5


class JobReason(IntEnum):
    """Why the newest job failed or is uncertain."""

    NONE = 0
    EMPTY = 1
    JAM = 2
    DOOR_OPEN = 3
    SENSOR_STUCK = 4
    OVER_TEMPERATURE = 5
    RESTARTED = 6


class Slot(IntEnum):
    """A magazine of the dispenser; its name in lower case is its name in the configuration."""

    WATER = 1
    CANDY = 2
    SPARE_1 = 3
    SPARE_2 = 4


def slot_named(name: str) -> Slot:
    """Return the slot that the configuration calls `name`, such as "water".

    Raises ValueError that lists the known names.
    """
    for slot in Slot:
        if slot.name.lower() == name:
            return slot
    known = ", ".join(slot.name.lower() for slot in Slot)
    raise ValueError(f"the dispenser has no slot {name!r}; its slots are {known}")
