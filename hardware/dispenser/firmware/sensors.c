/* Drop sensor, door switch, range and temperature.
 *
 * The drop sensor and the door are sampled every millisecond. A piece is one closed pulse: a beam
 * that stays broken is no piece. The range sensor is triggered every 60 ms and its echo timed by
 * the capture unit of timer 1 (4 us a tick, so that the 38 ms of "no echo" do not wrap).
 */
#include "sensors.h"

#include <avr/interrupt.h>
#include <util/atomic.h>
#include <util/delay.h>

#include "clock.h"
#include "pins.h"
#include "registers.h"

enum {
    SHORTEST_PIECE_MS = 3, /* shorter is electrical noise */
    DOOR_SETTLES_MS = 20,
    RANGE_PERIOD_MS = 60,
    LONGEST_RANGE_MM = 4000,
    ADC_PERIOD_MS = 5,
    ADC_SAMPLES = 16,
};

static volatile uint8_t pieces;
static volatile uint16_t blocked_ms;
static volatile bool door_open;
static volatile uint8_t door_differs_ms;
static volatile uint16_t echo_began, echo_ticks;
static volatile bool echo_ended;
static uint16_t range_mm = NO_ECHO;
static int16_t temperature;

void sensors_start(void)
{
    PORTB |= 1 << DROP_SENSOR;
    PORTC |= HOMES | 1 << DOOR_SWITCH;
    DDRB |= 1 << RANGE_TRIGGER;
    TCCR1B = 1 << ICNC1 | 1 << ICES1 | 1 << CS11 | 1 << CS10;
    TIMSK1 = 1 << ICIE1;
    ADMUX = 1 << REFS0 | TEMPERATURE_ADC;
    ADCSRA = 1 << ADEN | 1 << ADPS2 | 1 << ADPS1 | 1 << ADPS0;
    _delay_ms(5); /* until the pull-ups have charged the wires */
    door_open = PINC & 1 << DOOR_SWITCH;
}

void sensors_sample(void)
{
    if (!(PINB & 1 << DROP_SENSOR)) {
        if (blocked_ms < UINT16_MAX)
            blocked_ms++;
    } else {
        if (blocked_ms >= SHORTEST_PIECE_MS && blocked_ms < LONGEST_PIECE_MS)
            pieces++;
        blocked_ms = 0;
    }
    bool open = PINC & 1 << DOOR_SWITCH;
    door_differs_ms = open == door_open ? 0 : door_differs_ms + 1;
    if (door_differs_ms >= DOOR_SETTLES_MS)
        door_open = open;
}

ISR(TIMER1_CAPT_vect)
{
    uint16_t now = ICR1;
    if (TCCR1B & 1 << ICES1) {
        echo_began = now;
    } else {
        echo_ticks = now - echo_began;
        echo_ended = true;
    }
    TCCR1B ^= 1 << ICES1;
    TIFR1 = 1 << ICF1;
}

static void poll_range(void)
{
    static uint32_t triggered_ms;
    if (clock_ms() - triggered_ms < RANGE_PERIOD_MS)
        return;
    triggered_ms = clock_ms();
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
    {
        /* Sound: 29 mm there and back in 170 us, that is 20 mm in 29 ticks of 4 us. */
        uint32_t mm = echo_ended ? ((uint32_t)echo_ticks * 20 + 14) / 29 : NO_ECHO;
        range_mm = mm > LONGEST_RANGE_MM ? NO_ECHO : (uint16_t)mm;
        echo_ended = false;
        TCCR1B |= 1 << ICES1;
    }
    PORTB |= 1 << RANGE_TRIGGER;
    _delay_us(10);
    PORTB &= ~(1 << RANGE_TRIGGER);
}

static void poll_temperature(void)
{
    static uint32_t started_ms;
    static uint16_t sum;
    static uint8_t samples;
    if (clock_ms() - started_ms < ADC_PERIOD_MS || ADCSRA & 1 << ADSC)
        return;
    started_ms = clock_ms();
    sum += ADC;
    if (++samples == ADC_SAMPLES) {
        /* 5 V are 1024 steps; of the sum of 16 that is 625 mV in 2048; 1 mV is 0.1 degrees. */
        temperature = (int16_t)((uint32_t)sum * 625 / 2048) - 500;
        sum = samples = 0;
    }
    ADCSRA |= 1 << ADSC;
}

void sensors_poll(void)
{
    poll_range();
    poll_temperature();
}

uint8_t sensors_pieces(void)
{
    return pieces;
}

uint16_t sensors_blocked_ms(void)
{
    uint16_t now = 0;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE) { now = blocked_ms; }
    return now;
}

bool sensors_door_open(void)
{
    return door_open;
}

int16_t sensors_temperature(void)
{
    return temperature;
}

uint16_t sensors_range_mm(void)
{
    return range_mm;
}
