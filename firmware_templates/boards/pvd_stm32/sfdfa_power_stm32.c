/*
 * sfdfa_power_stm32.c: the programmable voltage detector of the STM32. Source: ST reference manuals, chapter "Power
 * control (PWR)"; sfdfa_power_chip.h says which.
 */
#include "sfdfa_board.h"
#include "sfdfa_power_chip.h"

/* Switched on at every look: it takes two stores, and no board has to do it. */
bool sfdfa_board_power_fails(void)
{
#ifdef POWER_CLOCK
    POWER_CLOCK |= POWER_CLOCK_ON;
#endif
    DETECTOR |= DETECTOR_ON;
    return (DETECTOR_STATUS & DETECTOR_BELOW) != 0;
}
