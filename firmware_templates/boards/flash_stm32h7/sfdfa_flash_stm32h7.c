/*
 * sfdfa_flash_stm32h7.c: the flash of the STM32H743, two banks with sectors of 128 KB, in words of 256 bits with a code
 * that finds two wrong bits. Source: ST reference manual RM0433, chapter "Embedded flash memory". The processor stands
 * still only while the bank is changed that it runs from. The data cache is off, as after reset.
 */
#include "sfdfa_board.h"
#include "sfdfa_bytes.h"

/* What a bank has for itself. */
typedef struct {
    volatile uint32_t key; /* two words in a row open the control register */
    volatile uint32_t option_key; /* likewise for the options */
    volatile uint32_t control; /* what is to be done, below */
    volatile uint32_t status; /* bit 2: not done yet; errors, below */
    volatile uint32_t clear; /* bits of the status that are to be cleared */
} bank_t;

#define FIRST_KEY 0x45670123UL
#define SECOND_KEY 0xCDEF89ABUL
#define LOCK (1UL << 0)
#define PROGRAM (1UL << 1)
#define ERASE_SECTOR (1UL << 2)
#define BY_WORDS (2UL << 4) /* so many bits at a time, for which 1.8 V are enough */
#define START (1UL << 7)
#define SECTOR(number) ((number) << 8)
#define WAITING (1UL << 2)
#define TWO_BITS (1UL << 26) /* were wrong in a word that was read */
#define FAILED (3UL << 21 | 7UL << 17) /* by changing the flash */
#define ERRORS (FAILED | TWO_BITS | 7UL << 23)

#define FLASH_ORIGIN 0x08000000UL
#define BANK_BYTES 0x100000UL
#define SECTOR_BYTES 0x20000UL
#define WORD_BYTES 32U

/* Armv7-M Architecture Reference Manual, "Configuration and Control Register". */
#define CONFIGURATION_CONTROL (*(volatile uint32_t *)0xE000ED14UL)
#define IGNORE_BUS_FAULTS (1UL << 8) /* of data, while faults are masked */

static bank_t *bank_of(uint32_t address)
{
    return (bank_t *)(address - FLASH_ORIGIN < BANK_BYTES ? 0x52002004UL : 0x52002104UL);
}

static void wait_for_stores(void)
{
    __asm volatile("dsb\n\tisb" ::: "memory");
}

static void allow(bank_t *bank, uint32_t what)
{
    if ((bank->control & LOCK) != 0) {
        bank->key = FIRST_KEY;
        bank->key = SECOND_KEY;
    }
    bank->clear = ERRORS;
    bank->control = what;
    wait_for_stores();
}

/* Returns 0, or -1 if something failed since `allow`. */
static int wait_until_ready(const bank_t *bank)
{
    wait_for_stores();
    while ((bank->status & WAITING) != 0) {
    }
    return (bank->status & FAILED) == 0 ? 0 : -1;
}

int sfdfa_board_erase(uint32_t page)
{
    bank_t *bank = bank_of(page);
    const uint32_t what = ERASE_SECTOR | BY_WORDS | SECTOR((page - FLASH_ORIGIN) % BANK_BYTES / SECTOR_BYTES);
    allow(bank, what);
    bank->control = what | START;
    const int status = wait_until_ready(bank);
    bank->control = LOCK;
    return status;
}

int sfdfa_board_program(uint32_t address, const uint8_t *bytes, uint16_t size)
{
    bank_t *bank = bank_of(address);
    int status = 0;
    allow(bank, PROGRAM | BY_WORDS);
    for (uint16_t word = 0; word < size && status == 0; word = (uint16_t)(word + WORD_BYTES)) {
        for (uint16_t k = word; k < word + WORD_BYTES; k = (uint16_t)(k + 4)) {
            *(volatile uint32_t *)(uintptr_t)(address + k) = sfdfa_get_u32(bytes + k);
        }
        status = wait_until_ready(bank);
    }
    bank->control = LOCK;
    return status;
}

/* A word that was programmed by halves is a bus fault, which has to be ignored. */
int sfdfa_board_recall(uint32_t address, uint8_t *bytes, uint16_t size)
{
    const volatile uint8_t *flash = (const volatile uint8_t *)(uintptr_t)address;
    bank_t *bank = bank_of(address);
    bank->clear = ERRORS;
    CONFIGURATION_CONTROL |= IGNORE_BUS_FAULTS;
    wait_for_stores();
    __asm volatile("cpsid f" ::: "memory");
    for (uint16_t k = 0; k < size; k++) {
        bytes[k] = flash[k];
    }
    wait_for_stores();
    __asm volatile("cpsie f" ::: "memory");
    CONFIGURATION_CONTROL &= ~IGNORE_BUS_FAULTS;
    return (bank->status & TWO_BITS) == 0 ? 0 : -1;
}
