/*
 * sfdfa_flash_nvmc.c: the flash of the nRF51 and nRF52. Source: Nordic nRF51 Series Reference Manual and nRF52832
 * Product Specification, chapter "NVMC". The processor stands still while a page is erased or a word is written, as it
 * runs from the same flash.
 */
#include "sfdfa_board.h"
#include "sfdfa_bytes.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define NVMC_READY REGISTER(0x4001E400UL)
#define NVMC_CONFIG REGISTER(0x4001E504UL)
#define NVMC_ERASEPAGE REGISTER(0x4001E508UL) /* takes the address of a page */
#define READ_ONLY 0UL
#define WRITE_ENABLED 1UL
#define ERASE_ENABLED 2UL

static void wait_until_ready(void)
{
    while ((NVMC_READY & 1) == 0) {
    }
}

static void allow(uint32_t access)
{
    NVMC_CONFIG = access;
    wait_until_ready();
}

int sfdfa_board_erase(uint32_t page)
{
    allow(ERASE_ENABLED);
    NVMC_ERASEPAGE = page;
    wait_until_ready();
    allow(READ_ONLY);
    return 0;
}

int sfdfa_board_program(uint32_t address, const uint8_t *bytes, uint16_t size)
{
    allow(WRITE_ENABLED);
    for (uint16_t k = 0; k < size; k = (uint16_t)(k + 4)) {
        REGISTER(address + k) = sfdfa_get_u32(bytes + k);
        wait_until_ready();
    }
    allow(READ_ONLY);
    return 0;
}
