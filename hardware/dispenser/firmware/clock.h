/* Time since the last reset, in milliseconds, and the 1 ms interrupt behind it. */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

void clock_start(void);
uint32_t clock_ms(void);

#endif
