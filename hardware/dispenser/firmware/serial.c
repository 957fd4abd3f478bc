/* The serial line: bytes come and go by interrupts; timer 2 finds the end of a frame.
 *
 * A frame ends with 1.75 ms of silence, the fixed t3.5 for speeds above 19200 baud (Modbus over
 * Serial Line V1.02, 2.5.1.1). What comes in while a frame waits to be answered is dropped.
 */
#include "serial.h"

#include <avr/interrupt.h>
#include <avr/io.h>
#include <stdbool.h>
#include <string.h>

#include "registers.h"

#define SILENCE_US 1750

static uint8_t received[LONGEST_FRAME];
static volatile uint16_t received_length;
static volatile bool received_bad, received_whole;
static uint8_t reply[LONGEST_REPLY];
static volatile uint8_t reply_length, reply_sent;

void serial_start(void)
{
    UBRR0 = (F_CPU + BAUD_RATE * 4) / (BAUD_RATE * 8) - 1;
    UCSR0A = 1 << U2X0;
    UCSR0C = 1 << UCSZ01 | 1 << UCSZ00;
    UCSR0B = 1 << RXEN0 | 1 << TXEN0 | 1 << RXCIE0;
    TCCR2A = 1 << WGM21;
    OCR2A = SILENCE_US / 8;
    TCCR2B = 1 << CS22 | 1 << CS20; /* 8 us a tick */
}

ISR(USART_RX_vect)
{
    bool broken = UCSR0A & (1 << FE0 | 1 << DOR0);
    uint8_t byte = UDR0;
    if (received_whole)
        return;
    TCNT2 = 0;
    TIFR2 = 1 << OCF2A;
    TIMSK2 = 1 << OCIE2A;
    if (broken || received_length == LONGEST_FRAME)
        received_bad = true;
    else
        received[received_length++] = byte;
}

ISR(TIMER2_COMPA_vect)
{
    TIMSK2 = 0;
    if (received_bad)
        received_length = 0;
    received_bad = false;
    received_whole = received_length > 0;
}

uint16_t serial_frame(const uint8_t **frame)
{
    *frame = received;
    return received_whole ? received_length : 0;
}

void serial_next(void)
{
    received_length = 0;
    received_whole = false;
}

void serial_send(const uint8_t *bytes, uint8_t length)
{
    UCSR0B &= ~(1 << UDRIE0);
    memcpy(reply, bytes, length);
    reply_sent = 0;
    reply_length = length;
    UCSR0B |= 1 << UDRIE0;
}

ISR(USART_UDRE_vect)
{
    if (reply_sent < reply_length)
        UDR0 = reply[reply_sent++];
    else
        UCSR0B &= ~(1 << UDRIE0);
}
