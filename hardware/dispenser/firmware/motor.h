/* The motors: one screw a slot, with a switch that says when it is at home. */
#ifndef MOTOR_H
#define MOTOR_H

#include <stdbool.h>
#include <stdint.h>

void motor_start(void); /* all off; the first thing after a reset */
void motor_turn(uint8_t slot);
void motor_stop(void);
bool motor_at_home(uint8_t slot);

#endif
