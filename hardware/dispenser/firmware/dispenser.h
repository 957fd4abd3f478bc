/* What the board does: one job at a time, and the registers that tell of it. */
#ifndef DISPENSER_H
#define DISPENSER_H

#include <stdint.h>

void dispenser_tick(void); /* from the main loop, at least every few milliseconds */

uint16_t dispenser_input(uint8_t address);

/* Each returns 0, or the Modbus exception that refuses it. */
uint8_t dispenser_order(uint16_t job_id, uint16_t slot, uint16_t quantity);
uint8_t dispenser_refill(uint16_t slot, uint16_t pieces);

#endif
