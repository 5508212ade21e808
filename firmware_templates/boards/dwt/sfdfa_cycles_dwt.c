/*
 * sfdfa_cycles_dwt.c: the cycle counter of Cortex-M3 and up. Source: Armv7-M Architecture Reference Manual, chapter "The Data Watchpoint and
 * Trace unit".
 */
#include "sfdfa_board.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define DEBUG_CONTROL REGISTER(0xE000EDFCUL)
#define DEBUG_CONTROL_TRACE (1UL << 24)
#define DWT_CONTROL REGISTER(0xE0001000UL)
#define DWT_CONTROL_COUNT (1UL << 0)
#define DWT_CYCLES REGISTER(0xE0001004UL)

/* Switched on at every reading: it takes two stores, and no board has to do it. */
uint32_t sfdfa_board_cycles(void)
{
    DEBUG_CONTROL |= DEBUG_CONTROL_TRACE;
    DWT_CONTROL |= DWT_CONTROL_COUNT;
    return DWT_CYCLES;
}
