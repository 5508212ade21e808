/*
 * sfdfa_board_avr.c: USART0 and cycle counter of the ATmega328P, 1284P and 2560. Source: their data sheets, chapters
 * "USART", "Timer/Counter0", "1" and "2". The clock is what the fuses choose, the crystal of 16 MHz on an Arduino.
 */
#include "sfdfa_ring.h"

#include <avr/interrupt.h>
#include <avr/io.h>

/* Double speed: the divisor is clock / (8 baud), rounded, less one. */
#define DIVISOR ((SFDFA_BOARD_CLOCK_HZ + 4 * SFDFA_BOARD_BAUD) / (8 * SFDFA_BOARD_BAUD) - 1)

/* Timer 0 counts every cycle, timer 2 every 8th, timer 1 every 1024th. */
#define COARSE_CYCLES 1024
#define MIDDLE_CYCLES 8

/* All timers from 0 at almost the same time, with their prescalers. */
static void set_up_cycle_counter(void)
{
    TCCR1B = 1 << CS12 | 1 << CS10;
    TCCR2B = 1 << CS21;
    TCCR0B = 1 << CS00;
    GTCCR = 1 << PSRASY | 1 << PSRSYNC;
    TCNT1 = 0;
    TCNT2 = 0;
    TCNT0 = 0;
}

void sfdfa_board_init(void)
{
    set_up_cycle_counter();
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

/*
 * Each timer tells the digits that the next coarser one leaves open: of all counts that it can stand for, the one
 * nearest to what is known so far is the true one. No interrupt is needed, so none disturbs the count.
 */
uint32_t sfdfa_board_cycles(void)
{
    const uint8_t fine = TCNT0;
    const uint8_t middle = TCNT2;
    const uint32_t coarse = (uint32_t)TCNT1 * COARSE_CYCLES;
    const uint16_t ahead =
        (uint16_t)(middle * MIDDLE_CYCLES - (uint16_t)coarse + COARSE_CYCLES / 2) % (256 * MIDDLE_CYCLES);
    const uint32_t about = coarse + ahead - COARSE_CYCLES / 2;
    return about + (uint32_t)(int32_t)(int8_t)(fine - (uint8_t)about);
}
