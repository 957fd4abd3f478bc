/* Where everything hangs on the ATmega328P; the wiring table is in ../README.md.
 *
 * Inputs have pull-ups and read 0 when active, except the door: a broken wire reads as an open door.
 */
#ifndef PINS_H
#define PINS_H

#include <avr/io.h>

#define DROP_SENSOR PB2   /* port B; low while something breaks the light beam */
#define DOOR_SWITCH PC4   /* port C; low while the door is shut */
#define MOTOR_1 PD4       /* port D; slots 1 to 4 on PD4 to PD7, high while turning */
#define MOTORS ((1 << PD4) | (1 << PD5) | (1 << PD6) | (1 << PD7))
#define HOME_1 PC0        /* port C; slots 1 to 4 on PC0 to PC3, low while the screw is at home */
#define HOMES ((1 << PC0) | (1 << PC1) | (1 << PC2) | (1 << PC3))
#define TEMPERATURE_ADC 5 /* PC5: TMP36, 10 mV/K, 500 mV at 0 degrees */
#define RANGE_ECHO PB0    /* port B; ICP1, the echo of an HC-SR04 */
#define RANGE_TRIGGER PB1 /* port B */

#endif
