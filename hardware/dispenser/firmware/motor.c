/* The motors: one screw a slot, with a switch that says when it is at home. */
#include "motor.h"

#include "pins.h"

void motor_start(void)
{
    PORTD &= ~MOTORS;
    DDRD |= MOTORS;
}

void motor_turn(uint8_t slot)
{
    PORTD |= 1 << (MOTOR_1 + slot - 1);
}

void motor_stop(void)
{
    PORTD &= ~MOTORS;
}

bool motor_at_home(uint8_t slot)
{
    return !(PINC & 1 << (HOME_1 + slot - 1));
}
