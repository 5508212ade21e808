/*
 * sfdfa_board_avr.c: USART0 of the ATmega328P, 1284P and 2560. Source: their data sheets, chapter "USART". The clock is what the fuses
 * choose, the crystal of 16 MHz on an Arduino.
 */
#include "sfdfa_ring.h"

#include <avr/interrupt.h>
#include <avr/io.h>

/* Double speed: the divisor is clock / (8 baud), rounded, less one. */
#define DIVISOR ((SFDFA_BOARD_CLOCK_HZ + 4 * SFDFA_BOARD_BAUD) / (8 * SFDFA_BOARD_BAUD) - 1)

void sfdfa_board_init(void)
{
    UBRR0H = (uint8_t)(DIVISOR >> 8);
    UBRR0L = (uint8_t)(DIVISOR & 0xFF);
    UCSR0A = 1 << U2X0;
    UCSR0C = 1 << UCSZ01 | 1 << UCSZ00; /* 8 bits, no parity, 1 stop bit */
#if SFDFA_RING_BYTES > 0
    UCSR0B = 1 << RXCIE0 | 1 << RXEN0 | 1 << TXEN0;
    sei();
#else
    UCSR0B = 1 << RXEN0 | 1 << TXEN0;
#endif
}

#if SFDFA_RING_BYTES > 0

ISR(USART0_RX_vect)
{
    sfdfa_ring_put(UDR0);
}

int16_t sfdfa_board_read(void)
{
    return sfdfa_ring_take();
}

#else

int16_t sfdfa_board_read(void)
{
    return (UCSR0A & 1 << RXC0) != 0 ? (int16_t)UDR0 : SFDFA_BOARD_NONE;
}

#endif

void sfdfa_board_write(const uint8_t *bytes, uint16_t size)
{
    for (uint16_t k = 0; k < size; k++) {
        while ((UCSR0A & 1 << UDRE0) == 0) {
        }
        UDR0 = bytes[k];
    }
}

uint32_t sfdfa_board_cycles(void)
{
    return 0;
}
