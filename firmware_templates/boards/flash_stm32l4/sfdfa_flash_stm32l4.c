/*
 * sfdfa_flash_stm32l4.c: the flash of the STM32L476, two banks with pages of 2 KB, in double words of 64 bits with a
 * code that finds two wrong bits. Source: ST reference manual RM0351, chapter "Embedded Flash memory". The processor
 * stands still only while the bank is changed that it runs from.
 */
#include "sfdfa_board.h"
#include "sfdfa_bytes.h"
#include "sfdfa_startup.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define FLASH_ACCESS REGISTER(0x40022000UL)
#define DATA_CACHE (1UL << 10)
#define DATA_CACHE_RESET (1UL << 12) /* only while it is off */
#define FLASH_KEY REGISTER(0x40022008UL)
#define FIRST_KEY 0x45670123UL
#define SECOND_KEY 0xCDEF89ABUL
#define FLASH_STATUS REGISTER(0x40022010UL)
#define BUSY (1UL << 16)
#define FAILED (3UL << 14 | 0x7FUL << 3 | 1UL << 1) /* cleared by writing ones */
#define FLASH_CONTROL REGISTER(0x40022014UL)
#define PROGRAM (1UL << 0)
#define ERASE_PAGE (1UL << 1)
#define PAGE(number) ((number) << 3)
#define SECOND_BANK (1UL << 11)
#define START (1UL << 16)
#define LOCK (1UL << 31)
#define FLASH_CODE REGISTER(0x40022018UL)
#define TWO_BITS (1UL << 31) /* were wrong in a double word; cleared by writing a one */

#define FLASH_ORIGIN 0x08000000UL
#define BANK_BYTES 0x80000UL
#define PAGE_BYTES 0x800UL

static volatile bool unreadable; /* a double word, which was programmed by halves */

/* Nothing else is set up to ask for it. */
void sfdfa_nmi(void)
{
    while ((FLASH_CODE & TWO_BITS) == 0) {
    }
    FLASH_CODE = TWO_BITS;
    unreadable = true;
}

/* The data cache must be off: it is not told that the flash changes. */
static void allow(uint32_t what)
{
    if ((FLASH_CONTROL & LOCK) != 0) {
        FLASH_KEY = FIRST_KEY;
        FLASH_KEY = SECOND_KEY;
    }
    FLASH_ACCESS &= ~DATA_CACHE;
    FLASH_STATUS = FAILED;
    FLASH_CONTROL = what;
}

/* Returns 0, or -1 if something failed since `allow`. */
static int wait_until_ready(void)
{
    while ((FLASH_STATUS & BUSY) != 0) {
    }
    return (FLASH_STATUS & FAILED) == 0 ? 0 : -1;
}

static void lock(void)
{
    FLASH_CONTROL = LOCK;
    FLASH_ACCESS |= DATA_CACHE_RESET;
    FLASH_ACCESS &= ~DATA_CACHE_RESET;
    FLASH_ACCESS |= DATA_CACHE;
}

int sfdfa_board_erase(uint32_t page)
{
    const uint32_t offset = page - FLASH_ORIGIN;
    const uint32_t what = ERASE_PAGE | PAGE(offset % BANK_BYTES / PAGE_BYTES) | (offset < BANK_BYTES ? 0 : SECOND_BANK);
    allow(what);
    FLASH_CONTROL = what | START;
    const int status = wait_until_ready();
    lock();
    return status;
}

int sfdfa_board_program(uint32_t address, const uint8_t *bytes, uint16_t size)
{
    int status = 0;
    allow(PROGRAM);
    for (uint16_t k = 0; k < size && status == 0; k = (uint16_t)(k + 8)) {
        REGISTER(address + k) = sfdfa_get_u32(bytes + k);
        __asm volatile("isb" ::: "memory"); /* the halves in order */
        REGISTER(address + k + 4) = sfdfa_get_u32(bytes + k + 4);
        status = wait_until_ready();
    }
    lock();
    return status;
}

int sfdfa_board_recall(uint32_t address, uint8_t *bytes, uint16_t size)
{
    const volatile uint8_t *flash = (const volatile uint8_t *)(uintptr_t)address;
    unreadable = false;
    for (uint16_t k = 0; k < size; k++) {
        bytes[k] = flash[k];
    }
    __asm volatile("dsb\n\tisb" ::: "memory"); /* what could not be read has been told by now */
    return unreadable ? -1 : 0;
}
