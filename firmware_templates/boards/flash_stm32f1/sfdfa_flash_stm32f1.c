/*
 * sfdfa_flash_stm32f1.c: the flash of the STM32F1. Source: ST programming manual PM0063 (STM32F100),
 * "Reading/programming the embedded Flash memory". The processor stands still while a page is erased or a half-word is
 * programmed, as it runs from the same flash.
 */
#include "sfdfa_board.h"
#include "sfdfa_bytes.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define HALF_WORD(address) (*(volatile uint16_t *)(address))

#define FLASH_KEY REGISTER(0x40022004UL)
#define FLASH_STATUS REGISTER(0x4002200CUL)
#define FLASH_CONTROL REGISTER(0x40022010UL)
#define FLASH_ADDRESS REGISTER(0x40022014UL)
#define FIRST_KEY 0x45670123UL
#define SECOND_KEY 0xCDEF89ABUL
#define BUSY (1UL << 0)
#define FAILED (1UL << 2 | 1UL << 4) /* what was programmed was not erased, or is protected; cleared by writing ones */
#define PROGRAM (1UL << 0)
#define ERASE_PAGE (1UL << 1)
#define START (1UL << 6)
#define LOCK (1UL << 7)

/* Returns 0, or -1 if something failed since `allow`. */
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
    allow(ERASE_PAGE);
    FLASH_ADDRESS = page;
    FLASH_CONTROL = ERASE_PAGE | START;
    const int status = wait_until_ready();
    FLASH_CONTROL = LOCK;
    return status;
}

int sfdfa_board_program(uint32_t address, const uint8_t *bytes, uint16_t size)
{
    int status = 0;
    allow(PROGRAM);
    for (uint16_t k = 0; k < size && status == 0; k = (uint16_t)(k + 2)) {
        HALF_WORD(address + k) = sfdfa_get_u16(bytes + k);
        status = wait_until_ready();
    }
    FLASH_CONTROL = LOCK;
    return status;
}
