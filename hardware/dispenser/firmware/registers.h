/* The register map of the dispenser board.
 * Made by hardware/dispenser/generate.py from registers.md; do not edit. */
#ifndef REGISTERS_H
#define REGISTERS_H

#define PROTOCOL_VERSION 1L
#define BAUD_RATE 57600L
#define UNIT_ID 1L
#define NO_ECHO 65535L
#define LOW_STOCK_AT 5L
#define JOBS_REMEMBERED 60L
#define JAM_LIMIT_MS 2000L
#define MAX_TEMPERATURE_C 60L

/* Addresses of the input block, read whole in one request. */
enum {
    INPUT_PROTOCOL_VERSION = 0,
    INPUT_BOARD_STATE = 1,
    INPUT_LAST_JOB_ID = 2,
    INPUT_LAST_JOB_STATE = 3,
    INPUT_LAST_JOB_REASON = 4,
    INPUT_STOCK_WATER = 5,
    INPUT_STOCK_CANDY = 6,
    INPUT_STOCK_SPARE_1 = 7,
    INPUT_STOCK_SPARE_2 = 8,
    INPUT_LOW_STOCK = 9,
    INPUT_TEMPERATURE = 10,
    INPUT_RANGE = 11,
    INPUT_UPTIME = 12,
    INPUT_RESTARTS = 13,
};
#define INPUT_COUNT 14

/* Addresses of the command block and the refill block, each written whole in one request. */
enum {
    HOLDING_JOB_ID = 0,
    HOLDING_SLOT = 1,
    HOLDING_QUANTITY = 2,
    HOLDING_REFILL_SLOT = 16,
    HOLDING_REFILL_STOCK = 17,
};

/* What the board does (busy) and suffers from; 0 is idle and healthy. */
enum {
    BOARD_BUSY = 1,
    BOARD_JAM = 2,
    BOARD_DOOR_OPEN = 4,
    BOARD_SENSOR_STUCK = 8,
    BOARD_OVER_TEMPERATURE = 16,
};

/* Where the newest job stands. */
enum {
    JOB_NONE = 0,
    JOB_ACCEPTED = 1,
    JOB_RUNNING = 2,
    JOB_DROPPED = 3,
    JOB_FAILED = 4,
    JOB_UNCERTAIN = 5,
};

/* Why the newest job failed or is uncertain. */
enum {
    REASON_NONE = 0,
    REASON_EMPTY = 1,
    REASON_JAM = 2,
    REASON_DOOR_OPEN = 3,
    REASON_SENSOR_STUCK = 4,
    REASON_OVER_TEMPERATURE = 5,
    REASON_RESTARTED = 6,
};

/* A magazine of the dispenser. */
enum {
    SLOT_WATER = 1,
    SLOT_CANDY = 2,
    SLOT_SPARE_1 = 3,
    SLOT_SPARE_2 = 4,
};
#define SLOT_COUNT 4

#endif
