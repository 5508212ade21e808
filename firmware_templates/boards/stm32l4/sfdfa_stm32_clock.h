/*
 * sfdfa_stm32_clock.h: an STM32L4 runs from its internal oscillator of 16 MHz, and not from that of 4 MHz, as after a
 * reset. Its flash needs no wait for that. Source: ST reference manual RM0351, chapters "RCC" and "FLASH".
 */
#ifndef SFDFA_STM32_CLOCK_H
#define SFDFA_STM32_CLOCK_H

#include <stdint.h>

#define RCC_CONTROL (*(volatile uint32_t *)0x40021000UL)
#define RCC_CONFIGURATION (*(volatile uint32_t *)0x40021008UL)
#define HSI16_ON (1UL << 8)
#define HSI16_READY (1UL << 10)
#define CLOCK_BITS 3UL
#define CLOCK_HSI16 1UL
#define OSCILLATOR_PATIENCE 100000UL /* loops; it takes microseconds */

static inline void sfdfa_stm32_start_clock(void)
{
    RCC_CONTROL |= HSI16_ON;
    for (uint32_t patience = OSCILLATOR_PATIENCE; (RCC_CONTROL & HSI16_READY) == 0 && patience > 0; patience--) {
    }
    RCC_CONFIGURATION = (RCC_CONFIGURATION & ~CLOCK_BITS) | CLOCK_HSI16;
}

#endif
