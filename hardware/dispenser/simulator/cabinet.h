/* The cabinet round the board: screws, light beam, door, range sensor, thermometer. */
#ifndef CABINET_H
#define CABINET_H

#include <sim_avr.h>
#include <stdbool.h>
#include <stdint.h>

enum { SLOTS = 4 };

struct cabinet {
    /* what is wrong, and what the sensors see; may be changed at any time */
    long jammed, nothing_falls, door_open, sensor_blocked;
    long temperature; /* 0.1 degrees Celsius */
    long range;       /* mm to whoever stands in front; 65535: nobody */
    long brown_out;   /* the supply dips once, so many us after the next motor start; 0: it does not */

    /* what happened */
    unsigned long motor_ms; /* the last start of a motor, simulated time */
    unsigned long motor_starts;
    unsigned long drops[SLOTS];
};

void cabinet_build(struct cabinet *cabinet, avr_t *avr);
void cabinet_pass_millisecond(struct cabinet *cabinet);
/* Reset the board so many us from now, if nothing does so before. */
void cabinet_cut_power(struct cabinet *cabinet, unsigned long us);
/* Between two instructions: the reset, when it is due. */
void cabinet_check_power(struct cabinet *cabinet);
unsigned long cabinet_now_ms(const avr_t *avr);

#endif
