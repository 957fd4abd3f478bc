/* Time since the last reset: timer 0 interrupts every millisecond and samples the sensors. */
#include "clock.h"

#include <avr/interrupt.h>
#include <avr/io.h>
#include <util/atomic.h>

#include "sensors.h"

static volatile uint32_t milliseconds;

void clock_start(void)
{
    TCCR0A = 1 << WGM01;
    OCR0A = F_CPU / 64 / 1000 - 1;
    TCCR0B = 1 << CS01 | 1 << CS00;
    TIMSK0 = 1 << OCIE0A;
}

uint32_t clock_ms(void)
{
    uint32_t now = 0;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE) { now = milliseconds; }
    return now;
}

ISR(TIMER0_COMPA_vect)
{
    milliseconds++;
    sensors_sample();
}
