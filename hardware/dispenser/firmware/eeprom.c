/* The EEPROM, one byte at a time (ATmega328P data sheet, "EEPROM data memory").
 *
 * The brown-out detector must be on (see ../README.md): without it a sinking supply writes anything.
 */
#include "eeprom.h"

#include <avr/io.h>
#include <util/atomic.h>

enum { ERASE_ONLY = 1 << EEPM0, PROGRAM_ONLY = 1 << EEPM1 };

static void carry_out(uint16_t address, uint8_t value, uint8_t mode)
{
    while (EECR & 1 << EEPE)
        ;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
    {
        EECR = mode;
        EEAR = address;
        EEDR = value;
        EECR |= 1 << EEMPE;
        EECR |= 1 << EEPE;
    }
    while (EECR & 1 << EEPE)
        ;
}

uint8_t eeprom_read(uint16_t address)
{
    while (EECR & 1 << EEPE)
        ;
    EEAR = address;
    EECR |= 1 << EERE;
    return EEDR;
}

void eeprom_erase(uint16_t address)
{
    carry_out(address, 0xFF, ERASE_ONLY);
}

void eeprom_program(uint16_t address, uint8_t value)
{
    carry_out(address, value, PROGRAM_ONLY);
}
