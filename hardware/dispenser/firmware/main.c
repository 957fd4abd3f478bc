/* The dispenser board of the reception robot: ATmega328P at 16 MHz.
 *
 * The motors are switched off before anything else. The watchdog bites when the loop stands still
 * for a quarter of a second (the longest thing in it, opening a page of the job log, takes 60 ms).
 */
#include <avr/interrupt.h>
#include <avr/sleep.h>
#include <avr/wdt.h>

#include "clock.h"
#include "dispenser.h"
#include "job_log.h"
#include "modbus.h"
#include "motor.h"
#include "sensors.h"
#include "serial.h"

static void answer(void)
{
    const uint8_t *frame;
    uint16_t length = serial_frame(&frame);
    if (length == 0)
        return;
    uint8_t reply[LONGEST_REPLY];
    uint8_t size = modbus_answer(frame, length, reply);
    serial_next();
    if (size > 0)
        serial_send(reply, size);
}

int main(void)
{
    motor_start();
    MCUSR = 0; /* or the watchdog would stay on, at its shortest */
    wdt_enable(WDTO_250MS);
    sensors_start();
    clock_start();
    job_log_start();
    serial_start();
    set_sleep_mode(SLEEP_MODE_IDLE);
    sei();
    for (;;) {
        wdt_reset();
        sensors_poll();
        dispenser_tick();
        answer();
        sleep_mode();
    }
}
