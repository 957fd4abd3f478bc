/* What the board does: one job at a time (../registers.md, "Exactly one drop").
 *
 * A job turns the screw of its slot from home to home. It may find the screw half way, where a
 * power cut or the door left it: then a turn that ends without a piece is not yet a full one.
 */
#include "dispenser.h"

#include <stdbool.h>

#include "clock.h"
#include "job_log.h"
#include "modbus.h"
#include "motor.h"
#include "registers.h"
#include "sensors.h"

enum {
    FALL_MS = 150,     /* from the end of the turn until the piece must have passed the sensor */
    STUCK_IDLE_MS = 5, /* seeing something although nothing moves */
};

static enum { RESTING, TURNING, SETTLING } motion;
static uint32_t began_ms; /* of the motion */
static uint8_t pieces_before;
static bool was_away, full_turn;
static bool jam, door_was_open;

static bool piece_passed(void)
{
    return sensors_pieces() != pieces_before;
}

static uint16_t faults(void)
{
    uint16_t limit = motion == RESTING ? STUCK_IDLE_MS : LONGEST_PIECE_MS;
    return (jam ? BOARD_JAM : 0) | (sensors_door_open() ? BOARD_DOOR_OPEN : 0) |
           (sensors_blocked_ms() >= limit ? BOARD_SENSOR_STUCK : 0) |
           (sensors_temperature() > MAX_TEMPERATURE_C * 10 ? BOARD_OVER_TEMPERATURE : 0);
}

static bool busy(void)
{
    return motion != RESTING || job_log_newest().state == JOB_ACCEPTED;
}

static uint8_t why_not(uint8_t slot)
{
    uint16_t present = faults();
    return present & BOARD_JAM                ? REASON_JAM
           : present & BOARD_DOOR_OPEN        ? REASON_DOOR_OPEN
           : present & BOARD_SENSOR_STUCK     ? REASON_SENSOR_STUCK
           : present & BOARD_OVER_TEMPERATURE ? REASON_OVER_TEMPERATURE
           : job_log_stock(slot) == 0         ? REASON_EMPTY
                                              : REASON_NONE;
}

static void start_job(void)
{
    uint8_t slot = job_log_newest().slot, reason = why_not(slot);
    if (reason != REASON_NONE) {
        job_log_end(JOB_FAILED, reason);
        return;
    }
    job_log_running();
    pieces_before = sensors_pieces();
    full_turn = motor_at_home(slot);
    was_away = !full_turn;
    motion = TURNING;
    began_ms = clock_ms();
    motor_turn(slot);
}

static void rest(void)
{
    motor_stop();
    motion = RESTING;
}

/* The end of a job, unless it has ended before, when the piece fell. */
static void end_job(uint8_t state, uint8_t reason)
{
    if (job_log_newest().state == JOB_RUNNING)
        job_log_end(state, reason);
}

/* Whether the screw is home again after all it had to do. */
static bool turn_is_over(uint8_t slot)
{
    if (!motor_at_home(slot)) {
        was_away = true;
        return false;
    }
    if (!was_away)
        return false;
    bool over = full_turn || piece_passed();
    full_turn = true; /* from here on */
    was_away = false;
    return over;
}

static void watch_job(void)
{
    if (piece_passed())
        end_job(JOB_DROPPED, REASON_NONE);
    if (sensors_door_open() || sensors_blocked_ms() >= LONGEST_PIECE_MS) {
        rest();
        end_job(JOB_UNCERTAIN, sensors_door_open() ? REASON_DOOR_OPEN : REASON_SENSOR_STUCK);
    } else if (motion == TURNING) {
        jam = clock_ms() - began_ms >= JAM_LIMIT_MS;
        if (jam || turn_is_over(job_log_newest().slot)) {
            motor_stop();
            motion = SETTLING;
            began_ms = clock_ms();
        }
    } else if (clock_ms() - began_ms >= FALL_MS && sensors_blocked_ms() == 0) {
        rest();
        end_job(JOB_FAILED, jam ? REASON_JAM : REASON_EMPTY);
    }
}

void dispenser_tick(void)
{
    if (sensors_door_open())
        door_was_open = true;
    else if (door_was_open)
        jam = door_was_open = false;

    if (motion != RESTING)
        watch_job();
    else if (job_log_newest().state == JOB_ACCEPTED)
        start_job();
    else
        job_log_make_room();
}

static uint16_t low_stock(void)
{
    uint16_t low = 0;
    for (uint8_t slot = 1; slot <= SLOT_COUNT; slot++)
        if (job_log_stock(slot) <= LOW_STOCK_AT)
            low |= 1 << (slot - 1);
    return low;
}

uint16_t dispenser_input(uint8_t address)
{
    struct job job = job_log_newest();
    uint32_t uptime = clock_ms() / 1000;
    switch (address) {
    case INPUT_PROTOCOL_VERSION:
        return PROTOCOL_VERSION;
    case INPUT_BOARD_STATE:
        return faults() | (busy() ? BOARD_BUSY : 0);
    case INPUT_LAST_JOB_ID:
        return job.id;
    case INPUT_LAST_JOB_STATE:
        return job.state;
    case INPUT_LAST_JOB_REASON:
        return job.reason;
    case INPUT_LOW_STOCK:
        return low_stock();
    case INPUT_TEMPERATURE:
        return (uint16_t)sensors_temperature();
    case INPUT_RANGE:
        return sensors_range_mm();
    case INPUT_UPTIME:
        return uptime > UINT16_MAX ? UINT16_MAX : (uint16_t)uptime;
    case INPUT_RESTARTS:
        return job_log_restarts();
    default:
        return job_log_stock(address - INPUT_STOCK_WATER + 1);
    }
}

uint8_t dispenser_order(uint16_t job_id, uint16_t slot, uint16_t quantity)
{
    if (job_log_knows(job_id))
        return 0;
    if (job_id == 0 || slot < 1 || slot > SLOT_COUNT || quantity != 1)
        return MODBUS_ILLEGAL_VALUE;
    if (busy())
        return MODBUS_BUSY;
    job_log_accept(job_id, (uint8_t)slot);
    return 0;
}

uint8_t dispenser_refill(uint16_t slot, uint16_t pieces)
{
    if (slot < 1 || slot > SLOT_COUNT)
        return MODBUS_ILLEGAL_VALUE;
    if (busy())
        return MODBUS_BUSY;
    job_log_refill((uint8_t)slot, pieces);
    return 0;
}
