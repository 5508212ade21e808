/*
 * sfdfa_stm32_clock.h: an STM32F4 runs from its internal oscillator of 16 MHz, as after a reset, with all prescalers 1.
 */
#ifndef SFDFA_STM32_CLOCK_H
#define SFDFA_STM32_CLOCK_H

static inline void sfdfa_stm32_start_clock(void)
{
}

#endif
