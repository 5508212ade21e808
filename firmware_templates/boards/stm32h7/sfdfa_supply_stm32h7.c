/*
 * sfdfa_supply_stm32h7.c: what an STM32H743 needs after its power came up. Source: ST reference manual RM0433, chapter
 * "PWR", sections "System supply startup" and "Run* mode": RAM must not be written before the supply was chosen, and is
 * ready.
 */
#include <stdint.h>

#include "sfdfa_startup.h"

#define PWR_STATUS (*(volatile uint32_t *)0x58024804UL)
#define PWR_SUPPLY (*(volatile uint32_t *)0x5802480CUL) /* can be written once */
#define SUPPLY_BY_LINEAR_REGULATOR (1UL << 1)
#define VOLTAGE_READY (1UL << 13)
#define SUPPLY_PATIENCE 1000000UL /* loops */

void sfdfa_before_ram(void)
{
    PWR_SUPPLY |= SUPPLY_BY_LINEAR_REGULATOR;
    for (uint32_t patience = SUPPLY_PATIENCE; (PWR_STATUS & VOLTAGE_READY) == 0 && patience > 0; patience--) {
    }
}
