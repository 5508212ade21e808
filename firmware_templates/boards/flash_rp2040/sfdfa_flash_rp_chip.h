/*
 * sfdfa_flash_rp_chip.h: how an RP2040 finds functions of its boot ROM and reads its flash. Source: RP2040 Datasheet,
 * chapter "Bootrom", and "SSI", "List of Registers". The ROM leaves a slower clock behind.
 */
#ifndef SFDFA_FLASH_RP_CHIP_H
#define SFDFA_FLASH_RP_CHIP_H

#include <stdint.h>

/* Of what runs while the flash cannot be read. */
#define IN_CALLER static inline __attribute__((always_inline))

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define SSI_ENABLE REGISTER(0x18000008UL)
#define SSI_BAUD REGISTER(0x18000014UL)
#define CLOCK_DIVIDER 4UL /* as sfdfa_boot_rp2040.S sets it */

typedef void (*sfdfa_rp_function_t)(void);

/*
 * By a code of two letters. The ROM says where its table of functions is, and the function that finds one there.
 * Volatile, as a compiler may take what lies so near to address 0 for a mistake.
 */
static inline sfdfa_rp_function_t sfdfa_rp_find(uint32_t code)
{
    static const struct {
        const volatile uint16_t *table; /* pointer to the table of functions */
        const volatile uint16_t *find; /* pointer to the function that looks one up */
    } volatile rom_start = {(const volatile uint16_t *)0x14, (const volatile uint16_t *)0x18};
    typedef sfdfa_rp_function_t (*find_t)(const uint16_t *table, uint32_t code);
    return ((find_t)(uintptr_t)*rom_start.find)((const uint16_t *)(uintptr_t)*rom_start.table, code);
}

typedef struct {
    uint32_t divider; /* of the clock */
} sfdfa_rp_reading_t;

IN_CALLER sfdfa_rp_reading_t sfdfa_rp_reading(void)
{
    return (sfdfa_rp_reading_t){CLOCK_DIVIDER};
}

IN_CALLER void sfdfa_rp_read_as(sfdfa_rp_reading_t reading)
{
    SSI_ENABLE = 0; /* its clock can be set only then */
    SSI_BAUD = reading.divider;
    SSI_ENABLE = 1;
}

#endif
