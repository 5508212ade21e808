/*
 * sfdfa_power_stm32.c: the programmable voltage detector of the STM32. Source: ST reference manuals RM0041 (STM32F100),
 * RM0090 and RM0368, chapter "Power control (PWR)".
 */
#include "sfdfa_board.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define CLOCK_ENABLE REGISTER(SFDFA_BOARD_POWER_ENABLE_REGISTER)
#define CLOCK_POWER (1UL << 28)
#define POWER_CONTROL REGISTER(0x40007000UL)
#define DETECTOR_ENABLE (1UL << 4)
#define DETECTOR_HIGHEST (7UL << 5) /* the threshold: 2.9 V, which leaves the most time */
#define POWER_STATUS REGISTER(0x40007004UL)
#define BELOW (1UL << 2)

/* Switched on at every look: it takes two stores, and no board has to do it. */
bool sfdfa_board_power_fails(void)
{
    CLOCK_ENABLE |= CLOCK_POWER;
    POWER_CONTROL |= DETECTOR_ENABLE | DETECTOR_HIGHEST;
    return (POWER_STATUS & BELOW) != 0;
}
