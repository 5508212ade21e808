/*
 * sfdfa_stm32_clock.h: an STM32H7 runs from its internal oscillator of 64 MHz, as after a reset, with all prescalers 1;
 * the flash waits as long as the fastest clock would need. Its instruction cache is switched on.
 */
#ifndef SFDFA_STM32_CLOCK_H
#define SFDFA_STM32_CLOCK_H

#include "sfdfa_instruction_cache.h"

static inline void sfdfa_stm32_start_clock(void)
{
    sfdfa_start_instruction_cache();
}

#endif
