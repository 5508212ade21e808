/*
 * sfdfa_flash_stm32f4.c: the large sectors of the flash of the STM32F4, of 128 KB each. Source: ST reference manuals
 * RM0090 and RM0368, chapter "Embedded Flash memory interface". Words of 32 bits need a supply of 2.7 V or more. The
 * processor stands still while a sector is erased, as it runs from the same flash. The caches of the flash are off, as
 * after reset.
 */
#include "sfdfa_board.h"
#include "sfdfa_bytes.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define FLASH_KEY REGISTER(0x40023C04UL)
#define FLASH_STATUS REGISTER(0x40023C0CUL)
#define FLASH_CONTROL REGISTER(0x40023C10UL)
#define FIRST_KEY 0x45670123UL
#define SECOND_KEY 0xCDEF89ABUL
#define BUSY (1UL << 16)
#define FAILED (0xFUL << 4 | 1UL << 1) /* cleared by writing ones */
#define PROGRAM (1UL << 0)
#define ERASE_SECTOR (1UL << 1)
#define SECTOR(number) ((number) << 3)
#define BY_WORDS (2UL << 8)
#define START (1UL << 16)
#define LOCK (1UL << 31)

#define FLASH_ORIGIN 0x08000000UL
#define SECTOR_BYTES 0x20000UL
#define SMALL_SECTORS 4UL /* 16, 16, 16, 16 and 64 KB are sectors 0 to 4 of the first 128 KB */

static int wait_until_ready(void)
{
    while ((FLASH_STATUS & BUSY) != 0) {
    }
    return (FLASH_STATUS & FAILED) == 0 ? 0 : -1;
}

static void allow(uint32_t what)
{
    if ((FLASH_CONTROL & LOCK) != 0) {
        FLASH_KEY = FIRST_KEY;
        FLASH_KEY = SECOND_KEY;
    }
    FLASH_STATUS = FAILED;
    FLASH_CONTROL = what;
}

int sfdfa_board_erase(uint32_t page)
{
    const uint32_t what = ERASE_SECTOR | SECTOR((page - FLASH_ORIGIN) / SECTOR_BYTES + SMALL_SECTORS) | BY_WORDS;
    allow(what);
    FLASH_CONTROL = what | START;
    const int status = wait_until_ready();
    FLASH_CONTROL = LOCK;
    return status;
}

int sfdfa_board_program(uint32_t address, const uint8_t *bytes, uint16_t size)
{
    int status = 0;
    allow(PROGRAM | BY_WORDS);
    for (uint16_t k = 0; k < size && status == 0; k = (uint16_t)(k + 4)) {
        REGISTER(address + k) = sfdfa_get_u32(bytes + k);
        status = wait_until_ready();
    }
    FLASH_CONTROL = LOCK;
    return status;
}
