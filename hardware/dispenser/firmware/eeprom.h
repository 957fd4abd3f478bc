/* The EEPROM, one byte at a time, erasing and programming apart: each takes 1.8 ms, both 3.4 ms. */
#ifndef EEPROM_H
#define EEPROM_H

#include <stdint.h>

uint8_t eeprom_read(uint16_t address);
void eeprom_erase(uint16_t address);                  /* to 0xFF */
void eeprom_program(uint16_t address, uint8_t value); /* clears the bits that are 0 in `value` */

#endif
