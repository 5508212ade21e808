/*
 * sfdfa_flash_avr.c: the flash of the ATmega328P, 1284P and 2560. Source: their data sheets, chapter "Boot Loader
 * Support - Read-While-Write Self-Programming". Only code in the boot section, at the end of the flash, can change the
 * rest, which cannot be read meanwhile; so what is in that section here calls nothing, and no interrupt is taken.
 */
#include "sfdfa_board.h"

#include <avr/boot.h>
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/pgmspace.h>

#if FLASHEND > 0xFFFF
#define READ_BYTE(address) pgm_read_byte_far(address)
#else
#define READ_BYTE(address) pgm_read_byte((uint16_t)(address))
#endif

#define IN_BOOT_SECTION __attribute__((section(".bootloader"), noinline))

IN_BOOT_SECTION static void erase_page(uint32_t page)
{
    const uint8_t status = SREG;
    cli();
    boot_page_erase(page);
    boot_spm_busy_wait();
    boot_rww_enable(); /* the rest can be read again, and the buffer of a page is empty */
    SREG = status;
}

/* A word of the buffer of a page takes its first value, and no other until the page is programmed. */
IN_BOOT_SECTION static void fill_word(uint32_t address, uint16_t word)
{
    const uint8_t status = SREG;
    cli();
    boot_page_fill(address, word);
    boot_spm_busy_wait();
    SREG = status;
}

IN_BOOT_SECTION static void program_page(uint32_t page)
{
    const uint8_t status = SREG;
    cli();
    boot_page_write(page);
    boot_spm_busy_wait();
    boot_rww_enable();
    SREG = status;
}

IN_BOOT_SECTION static void empty_buffer(void)
{
    const uint8_t status = SREG;
    cli();
    boot_rww_enable();
    SREG = status;
}

int sfdfa_board_erase(uint32_t page)
{
    erase_page(page);
    return 0;
}

/* A page is a unit: it comes in pieces, and is programmed with its last one. */
int sfdfa_board_program(uint32_t address, const uint8_t *bytes, uint16_t size)
{
    if (address % SFDFA_STORE_UNIT_BYTES == 0) {
        empty_buffer(); /* of a page that was begun and given up */
    }
    for (uint16_t k = 0; k < size; k = (uint16_t)(k + 2)) {
        fill_word(address + k, (uint16_t)(bytes[k] | bytes[k + 1] << 8));
    }
    if ((address + size) % SFDFA_STORE_UNIT_BYTES == 0) {
        program_page(address + size - SFDFA_STORE_UNIT_BYTES);
    }
    return 0;
}

int sfdfa_board_recall(uint32_t address, uint8_t *bytes, uint16_t size)
{
    for (uint16_t k = 0; k < size; k++) {
        bytes[k] = READ_BYTE(address + k);
    }
    return 0;
}
