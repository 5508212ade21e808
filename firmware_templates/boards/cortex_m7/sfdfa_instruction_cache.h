/*
 * sfdfa_instruction_cache.h: a Cortex-M7 begins without its caches. Source: Armv7-M Architecture Reference Manual,
 * "Cache and branch predictor maintenance operations" and "Configuration and Control Register".
 */
#ifndef SFDFA_INSTRUCTION_CACHE_H
#define SFDFA_INSTRUCTION_CACHE_H

#include <stdint.h>

#define CONFIGURATION_CONTROL (*(volatile uint32_t *)0xE000ED14UL)
#define CONFIGURATION_INSTRUCTION_CACHE (1UL << 17)
#define INVALIDATE_INSTRUCTION_CACHE (*(volatile uint32_t *)0xE000EF50UL) /* by any write */

static inline void sfdfa_start_instruction_cache(void)
{
    INVALIDATE_INSTRUCTION_CACHE = 0;
    __asm volatile("dsb\n\tisb" ::: "memory");
    CONFIGURATION_CONTROL |= CONFIGURATION_INSTRUCTION_CACHE;
    __asm volatile("dsb\n\tisb" ::: "memory");
}

#endif
