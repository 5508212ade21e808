/*
 * sfdfa_eeprom_avr.c: the EEPROM of the ATmega328P, 1284P and 2560. Source: their data sheets, chapter "AVR Memories",
 * "EEPROM Data Memory". A byte is erased and written in one; one that holds its value already is left alone. The
 * program goes on meanwhile, and interrupts are taken.
 */
#include "sfdfa_board.h"

#include <avr/interrupt.h>
#include <avr/io.h>

static void wait_until_idle(void)
{
    while ((EECR & 1 << EEPE) != 0) {
    }
}

static uint8_t read_byte(uint32_t address)
{
    wait_until_idle();
    EEAR = (uint16_t)address;
    EECR |= 1 << EERE;
    return EEDR;
}

/* EEPE must follow EEMPE within four cycles, so no interrupt may come in between. */
static void write_byte(uint32_t address, uint8_t byte)
{
    const uint8_t status = SREG;
    wait_until_idle();
    EEAR = (uint16_t)address;
    EEDR = byte;
    cli();
    EECR = (uint8_t)(1 << EEMPE | (EECR & 1 << EERIE)); /* erase and write */
    EECR |= 1 << EEPE;
    SREG = status;
}

int sfdfa_board_erase(uint32_t page)
{
    (void)page; /* nothing need be erased */
    return 0;
}

int sfdfa_board_program(uint32_t address, const uint8_t *bytes, uint16_t size)
{
    for (uint16_t k = 0; k < size; k++) {
        if (read_byte(address + k) != bytes[k]) {
            write_byte(address + k, bytes[k]);
        }
    }
    wait_until_idle();
    return 0;
}

int sfdfa_board_recall(uint32_t address, uint8_t *bytes, uint16_t size)
{
    for (uint16_t k = 0; k < size; k++) {
        bytes[k] = read_byte(address + k);
    }
    return 0;
}
