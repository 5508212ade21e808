/*
 * sfdfa_wait.c: a Cortex-M sleeps until its UART interrupts. Armv6-M and Armv7-M Architecture Reference Manuals, "WFI":
 * an interrupt that PRIMASK keeps from being taken still ends the sleep.
 */
#include "sfdfa_board.h"
#include "sfdfa_ring.h"

#if defined(SFDFA_BOARD_SLEEPS) && !SFDFA_BROWN_OUT

void sfdfa_board_wait(void)
{
    __asm volatile("cpsid i" ::: "memory"); /* what comes after the look waits, and is not slept through */
    if (sfdfa_ring_is_empty()) {
        __asm volatile("dsb\n\twfi" ::: "memory");
    }
    __asm volatile("cpsie i" ::: "memory");
}

#endif
