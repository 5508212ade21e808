/*
 * sfdfa_plic.c: the first hart's machine mode as the PLIC's only client. Source: RISC-V Platform-Level Interrupt
 * Controller Specification; the base address is that of the SiFive FE310 and of QEMU's "virt" machine.
 */
#include "sfdfa_plic.h"

#include "sfdfa_board.h"
#include "sfdfa_ring.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define PLIC_PRIORITY(source) REGISTER(0x0C000000UL + 4 * (source))
#define PLIC_ENABLE(word) REGISTER(0x0C002000UL + 4 * (word))
#define PLIC_THRESHOLD REGISTER(0x0C200000UL) /* only a higher priority interrupts */
#define PLIC_CLAIM REGISTER(0x0C200004UL)     /* read: the source that interrupts; written back: it is served */

/* In sfdfa_trap.S. */
void sfdfa_trap_enable(void);
void sfdfa_plic_interrupt(void);

void sfdfa_plic_enable(uint32_t source)
{
    /*
     * In this order: QEMU sees a source that waits already when its priority or the threshold is written, but not when
     * it is enabled.
     */
    PLIC_ENABLE(source / 32) = 1UL << source % 32;
    PLIC_PRIORITY(source) = 1;
    PLIC_THRESHOLD = 0;
    sfdfa_trap_enable();
}

void sfdfa_plic_interrupt(void)
{
    const uint32_t source = PLIC_CLAIM;
    sfdfa_board_interrupt();
    PLIC_CLAIM = source;
}

#if defined(SFDFA_BOARD_SLEEPS) && !SFDFA_BROWN_OUT

/* Volume II, "Wait for Interrupt": one that MIE keeps from being taken still ends the sleep. */
void sfdfa_board_wait(void)
{
    __asm volatile("csrci mstatus, 8" ::: "memory"); /* what comes after the look waits, and is not slept through */
    if (sfdfa_ring_is_empty()) {
        __asm volatile("wfi" ::: "memory");
    }
    __asm volatile("csrsi mstatus, 8" ::: "memory");
}

#endif
