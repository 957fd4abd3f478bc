/* The serial line: 8N1, frames divided by silence as Modbus RTU wants it. */
#ifndef SERIAL_H
#define SERIAL_H

#include <stdint.h>

#define LONGEST_FRAME 256

void serial_start(void);

/* The length of the frame that has come in, 0 when there is none; it stays until `serial_next`. */
uint16_t serial_frame(const uint8_t **frame);
void serial_next(void);

/* Send `length` bytes, at most LONGEST_REPLY, in the background. */
#define LONGEST_REPLY 40
void serial_send(const uint8_t *reply, uint8_t length);

#endif
