/* Drop sensor, door switch, range and temperature. */
#ifndef SENSORS_H
#define SENSORS_H

#include <stdbool.h>
#include <stdint.h>

#define LONGEST_PIECE_MS 300 /* what breaks the light beam for longer is stuck */

void sensors_start(void);
void sensors_sample(void); /* every millisecond, from the clock's interrupt */
void sensors_poll(void);   /* from the main loop */

uint8_t sensors_pieces(void);     /* pieces that have passed the drop sensor, modulo 256 */
uint16_t sensors_blocked_ms(void); /* how long the drop sensor has been seeing something */
bool sensors_door_open(void);
int16_t sensors_temperature(void); /* 0.1 degrees Celsius */
uint16_t sensors_range_mm(void);   /* NO_ECHO when nothing is in front */

#endif
