"""The register map of the dispenser board.

Made by hardware/dispenser/generate.py from registers.md; do not edit.
"""

from enum import STRICT, IntEnum, IntFlag

PROTOCOL_VERSION = 1
BAUD_RATE = 57600
UNIT_ID = 1
NO_ECHO = 65535
LOW_STOCK_AT = 5
JOBS_REMEMBERED = 60
JAM_LIMIT_MS = 2000
MAX_TEMPERATURE_C = 60


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
    """Where the newest job stands."""

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
    """A magazine of the dispenser."""

    WATER = 1
    CANDY = 2
    SPARE_1 = 3
    SPARE_2 = 4
