/*
 * sfdfa_cycles_dwt.c: the cycle counter of Cortex-M3 and up. Sources: Armv7-M Architecture Reference Manual, chapter
 * "The Data Watchpoint and Trace unit"; CoreSight Components Technical Reference Manual (DDI 0314), "Lock Access
 * Register".
 */
#include "sfdfa_board.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define DEBUG_CONTROL REGISTER(0xE000EDFCUL)
#define DEBUG_CONTROL_TRACE (1UL << 24)
#define DWT_CONTROL REGISTER(0xE0001000UL)
#define DWT_CONTROL_COUNT (1UL << 0)
#define DWT_CYCLES REGISTER(0xE0001004UL)
#define DWT_LOCK_ACCESS REGISTER(0xE0001FB0UL) /* locked after a reset on Cortex-M7; nothing on the other cores */
#define DWT_UNLOCK 0xC5ACCE55UL

/* Switched on at every reading: it takes three stores, and no board has to do it. */
uint32_t sfdfa_board_cycles(void)
{
    DEBUG_CONTROL |= DEBUG_CONTROL_TRACE;
    DWT_LOCK_ACCESS = DWT_UNLOCK;
    DWT_CONTROL |= DWT_CONTROL_COUNT;
    return DWT_CYCLES;
}
