/* Modbus RTU, server side: from a request frame to its reply frame. */
#ifndef MODBUS_H
#define MODBUS_H

#include <stdint.h>

#define MODBUS_ILLEGAL_FUNCTION 1
#define MODBUS_ILLEGAL_ADDRESS 2
#define MODBUS_ILLEGAL_VALUE 3
#define MODBUS_BUSY 6

/* Carry out `request` and write what to answer to `reply`; returns its length, 0 for silence. */
uint8_t modbus_answer(const uint8_t *request, uint16_t length, uint8_t *reply);

#endif
