/* An EEPROM for the firmware's job log on this machine, whose power is cut after so many writes. */
#include <stdint.h>

#include "eeprom.h"

uint8_t memory[1024];
long writes_left = -1; /* -1: the power stays on */
uint8_t torn;          /* bits that the last write, with the power sinking, no longer changes */

static void write(uint16_t address, uint8_t value)
{
    if (writes_left == 0) {
        value = (value & ~torn) | (memory[address] & torn);
        torn = 0xFF;
    }
    if (writes_left > 0)
        writes_left--;
    memory[address] = value;
}

uint8_t eeprom_read(uint16_t address)
{
    return memory[address];
}

void eeprom_erase(uint16_t address)
{
    write(address, 0xFF);
}

void eeprom_program(uint16_t address, uint8_t value)
{
    write(address, memory[address] & value);
}
