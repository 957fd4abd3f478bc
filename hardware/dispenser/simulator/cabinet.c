/* The cabinet round the board. Every millisecond a turning screw moves on; at 560 of its 760 ms
 * a piece falls through the light beam, which takes 30 ms. Pins: ../firmware/pins.h. */
#include "cabinet.h"

#include <avr_adc.h>
#include <avr_ioport.h>
#include <sim_time.h>

enum { TURN_MS = 760, AT_HOME_MS = 30, FALLS_AT_MS = 560, PIECE_MS = 30 };
enum { NO_ECHO_US = 38000, ECHO_DELAY_US = 450 };

static avr_t *avr;
static void (*core_reset)(avr_t *);
static bool was_reset;
static int angle_ms[SLOTS]; /* of each screw: 0 is home */
static bool turning[SLOTS];
static int falling_ms;
static avr_cycle_count_t dip_at; /* 0: never */

static avr_irq_t *pin(char port, int number)
{
    return avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ(port), number);
}

/* After a reset simavr has forgotten its inputs, and would ignore a level that has not changed. */
static void show(avr_irq_t *irq, unsigned level)
{
    if (was_reset)
        irq->flags |= IRQ_FLAG_INIT;
    avr_raise_irq(irq, level);
}

static void show_inputs(const struct cabinet *cabinet)
{
    show(pin('B', 2), !(cabinet->sensor_blocked || falling_ms > 0));
    show(pin('C', 4), cabinet->door_open != 0);
    for (int slot = 0; slot < SLOTS; slot++)
        show(pin('C', slot), angle_ms[slot] >= AT_HOME_MS);
    if (was_reset)
        show(pin('B', 0), 0);
    show(avr_io_getirq(avr, AVR_IOCTL_ADC_GETIRQ, ADC_IRQ_ADC5), cabinet->temperature + 500);
    was_reset = false;
}

static void on_reset(avr_t *board)
{
    if (core_reset)
        core_reset(board);
    was_reset = true;
    dip_at = 0;
    for (int slot = 0; slot < SLOTS; slot++)
        turning[slot] = false;
}

static void on_motor(avr_irq_t *irq, uint32_t on, void *param)
{
    struct cabinet *cabinet = param;
    int slot = irq->irq - 4;
    if (on && !turning[slot]) {
        cabinet->motor_starts++;
        cabinet->motor_ms = cabinet_now_ms(avr);
        if (cabinet->brown_out)
            cabinet_cut_power(cabinet, cabinet->brown_out);
        cabinet->brown_out = 0;
    }
    turning[slot] = on;
}

static avr_cycle_count_t echo_ends(avr_t *board, avr_cycle_count_t when, void *param)
{
    (void)board, (void)when, (void)param;
    avr_raise_irq(pin('B', 0), 0);
    return 0;
}

static avr_cycle_count_t echo_begins(avr_t *board, avr_cycle_count_t when, void *param)
{
    (void)when;
    long us = ((struct cabinet *)param)->range * 58 / 10;
    avr_raise_irq(pin('B', 0), 1);
    avr_cycle_timer_register_usec(board, us < NO_ECHO_US ? us : NO_ECHO_US, echo_ends, param);
    return 0;
}

static void on_trigger(avr_irq_t *irq, uint32_t on, void *param)
{
    (void)irq;
    if (!on)
        avr_cycle_timer_register_usec(avr, ECHO_DELAY_US, echo_begins, param);
}

static void turn(struct cabinet *cabinet, int slot)
{
    angle_ms[slot] = (angle_ms[slot] + 1) % TURN_MS;
    if (angle_ms[slot] == FALLS_AT_MS && !cabinet->nothing_falls) {
        cabinet->drops[slot]++;
        falling_ms = PIECE_MS;
    }
}

void cabinet_pass_millisecond(struct cabinet *cabinet)
{
    if (falling_ms > 0)
        falling_ms--;
    for (int slot = 0; slot < SLOTS; slot++)
        if (turning[slot] && !cabinet->jammed)
            turn(cabinet, slot);
    show_inputs(cabinet);
}

void cabinet_cut_power(struct cabinet *cabinet, unsigned long us)
{
    (void)cabinet;
    dip_at = avr->cycle + avr_usec_to_cycles(avr, us) + 1;
}

void cabinet_check_power(struct cabinet *cabinet)
{
    if (dip_at && avr->cycle >= dip_at)
        avr_reset(avr);
    if (was_reset)
        show_inputs(cabinet);
}

unsigned long cabinet_now_ms(const avr_t *board)
{
    return board->cycle / (board->frequency / 1000);
}

void cabinet_build(struct cabinet *cabinet, avr_t *board)
{
    avr = board;
    core_reset = avr->reset;
    avr->reset = on_reset;
    for (int slot = 0; slot < SLOTS; slot++)
        avr_irq_register_notify(pin('D', 4 + slot), on_motor, cabinet);
    avr_irq_register_notify(pin('B', 1), on_trigger, cabinet);
    was_reset = true;
    show_inputs(cabinet);
}
