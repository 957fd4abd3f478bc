/* Modbus RTU, server side (Modbus Application Protocol V1.1b3): functions 4 and 16.
 *
 * Frames that are damaged or for another unit get no answer. A broadcast is for another unit too:
 * nobody could tell what became of an order that is never acknowledged.
 */
#include "modbus.h"

#include <util/crc16.h>

#include "dispenser.h"
#include "registers.h"

enum { READ_INPUT = 4, WRITE_MULTIPLE = 16, SHORTEST = 4, EXCEPTION = 0x80 };

static uint16_t crc(const uint8_t *bytes, uint16_t length)
{
    uint16_t sum = 0xFFFF;
    while (length--)
        sum = _crc16_update(sum, *bytes++);
    return sum;
}

static uint16_t word(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

/* Each returns 0 or an exception, and sets *size to the length of the reply without its CRC. */
static uint8_t read_input(const uint8_t *request, uint16_t length, uint8_t *reply, uint8_t *size)
{
    if (length != 8)
        return MODBUS_ILLEGAL_VALUE;
    uint16_t address = word(request + 2), count = word(request + 4);
    if (count == 0 || address >= INPUT_COUNT || count > INPUT_COUNT - address)
        return MODBUS_ILLEGAL_ADDRESS;
    for (uint8_t i = 0; i < count; i++) {
        uint16_t value = dispenser_input((uint8_t)(address + i));
        reply[3 + 2 * i] = (uint8_t)(value >> 8);
        reply[4 + 2 * i] = (uint8_t)value;
    }
    reply[2] = (uint8_t)(2 * count);
    *size = (uint8_t)(3 + 2 * count);
    return 0;
}

static uint8_t write_multiple(const uint8_t *request, uint16_t length, uint8_t *reply,
                              uint8_t *size)
{
    uint16_t count = word(request + 4);
    if (length < 9 || request[6] != 2 * count || length != 9 + 2 * count)
        return MODBUS_ILLEGAL_VALUE;
    const uint8_t *data = request + 7;
    uint8_t problem = MODBUS_ILLEGAL_ADDRESS;
    if (word(request + 2) == HOLDING_JOB_ID && count == 3)
        problem = dispenser_order(word(data), word(data + 2), word(data + 4));
    else if (word(request + 2) == HOLDING_REFILL_SLOT && count == 2)
        problem = dispenser_refill(word(data), word(data + 2));
    for (uint8_t i = 2; i < 6; i++)
        reply[i] = request[i];
    *size = 6;
    return problem;
}

uint8_t modbus_answer(const uint8_t *request, uint16_t length, uint8_t *reply)
{
    if (length < SHORTEST || crc(request, length) != 0 || request[0] != UNIT_ID)
        return 0;
    uint8_t size = 0, problem = MODBUS_ILLEGAL_FUNCTION;
    if (request[1] == READ_INPUT)
        problem = read_input(request, length, reply, &size);
    else if (request[1] == WRITE_MULTIPLE)
        problem = write_multiple(request, length, reply, &size);
    reply[0] = UNIT_ID;
    reply[1] = request[1];
    if (problem) {
        reply[1] |= EXCEPTION;
        reply[2] = problem;
        size = 3;
    }
    uint16_t sum = crc(reply, size);
    reply[size] = (uint8_t)sum;
    reply[size + 1] = (uint8_t)(sum >> 8);
    return (uint8_t)(size + 2);
}
