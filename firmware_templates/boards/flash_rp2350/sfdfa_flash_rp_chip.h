/*
 * sfdfa_flash_rp_chip.h: how an RP2350 finds functions of its boot ROM and reads its flash. Source: RP2350 Datasheet,
 * chapter "Bootrom", and "QMI", "List of Registers". How the flash is read is kept and set again, as the ROM leaves a
 * slower way behind.
 */
#ifndef SFDFA_FLASH_RP_CHIP_H
#define SFDFA_FLASH_RP_CHIP_H

#include <stdint.h>

/* Of what runs while the flash cannot be read. */
#define IN_CALLER static inline __attribute__((always_inline))

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define QMI_TIMING REGISTER(0x400D000CUL)
#define QMI_READ_FORMAT REGISTER(0x400D0010UL)
#define QMI_READ_COMMAND REGISTER(0x400D0014UL)
#ifdef __riscv
#define FIND_PLACE 0x7DFAUL
#define FOR_THIS_CORE 1UL
#else
#define FIND_PLACE 0x16UL
#define FOR_THIS_CORE 4UL /* a secure Arm core */
#endif

typedef void (*sfdfa_rp_function_t)(void);

/*
 * By a code of two letters. The ROM says where the function is that finds the others. Volatile, as a compiler may take
 * what lies so near to address 0 for a mistake.
 */
static inline sfdfa_rp_function_t sfdfa_rp_find(uint32_t code)
{
    static const volatile uint16_t *const volatile find_place = (const volatile uint16_t *)FIND_PLACE;
    typedef sfdfa_rp_function_t (*find_t)(uint32_t code, uint32_t kind);
    return ((find_t)(uintptr_t)*find_place)(code, FOR_THIS_CORE);
}

typedef struct {
    uint32_t timing; /* clock divider and delays */
    uint32_t format; /* lines of command, address and data */
    uint32_t command; /* that reads */
} sfdfa_rp_reading_t;

IN_CALLER sfdfa_rp_reading_t sfdfa_rp_reading(void)
{
    return (sfdfa_rp_reading_t){.timing = QMI_TIMING, .format = QMI_READ_FORMAT, .command = QMI_READ_COMMAND};
}

IN_CALLER void sfdfa_rp_read_as(sfdfa_rp_reading_t reading)
{
    QMI_TIMING = reading.timing;
    QMI_READ_FORMAT = reading.format;
    QMI_READ_COMMAND = reading.command;
}

#endif
