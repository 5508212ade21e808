/*
 * What a user's program does on an Uno: learn 20 samples. Prints the state's CRC-32 and, on the AVR, how many bytes the
 * stack never reached.
 */
#include "sfdfa.h"

static sfdfa_t net;
static sfdfa_reading_t readings[SFDFA_FEATURES];

#ifdef __AVR__
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>

#define PAINT 0xA5

extern uint8_t _end; /* of all variables; the stack grows towards it */

static void put(char letter)
{
    while (!(UCSR0A & (1 << UDRE0))) {
    }
    UDR0 = (uint8_t)letter;
}
#else
#include <stdio.h>

static void put(char letter)
{
    putchar(letter);
}
#endif

static void put_hex(uint32_t value)
{
    for (int8_t shift = 28; shift >= 0; shift -= 4) {
        const uint8_t digit = (uint8_t)(value >> shift & 15);
        put((char)(digit < 10 ? '0' + digit : 'a' + digit - 10));
    }
}

int main(void)
{
#ifdef __AVR__
    UCSR0B = 1 << TXEN0;
    for (uint8_t *byte = &_end; byte < (uint8_t *)SP - 8; byte++) {
        *byte = PAINT;
    }
#endif
    sfdfa_result_t result;
    sfdfa_init(&net);
    for (int sample = 0; sample < 20; sample++) {
        for (int feature = 0; feature < SFDFA_FEATURES; feature++) {
            readings[feature] = (sfdfa_reading_t)((feature * 37 + sample * 11) & 255);
        }
        sfdfa_classify(&net, readings, sample % 10, &result);
    }
    put_hex(sfdfa_state_crc(&net));
    put('\n');
#ifdef __AVR__
    uint32_t never_used = 0;
    for (const uint8_t *byte = &_end; *byte == PAINT; byte++) {
        never_used++;
    }
    put_hex(never_used);
    put('\n');
    cli();
    sleep_mode();
#endif
    return 0;
}
