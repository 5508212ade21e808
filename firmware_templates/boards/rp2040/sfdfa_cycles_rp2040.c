/*
 * sfdfa_cycles_rp2040.c: a count of cycles from SysTick and the timer. Source: RP2040 Datasheet, chapters "Timer" and
 * "Watchdog"; Armv6-M Architecture Reference Manual, "SysTick".
 */
#include "sfdfa_board.h"
#include "sfdfa_rp_cycles.h"
#include "sfdfa_rp_registers.h"

#define WATCHDOG_TICK REGISTER(0x4005802CUL) /* what the timer counts: the reference clock divided by bits 8:0 */
#define WATCHDOG_TICK_ENABLE (1UL << 9)
#define TIMER_MICROSECONDS REGISTER(0x40054028UL)
#define SYSTICK_CONTROL REGISTER(0xE000E010UL)
#define SYSTICK_RELOAD REGISTER(0xE000E014UL)
#define SYSTICK_CURRENT REGISTER(0xE000E018UL)
#define SYSTICK_ENABLE_PROCESSOR_CLOCK (1UL << 2 | 1UL << 0)
#define SYSTICK_MASK 0x00FFFFFFUL
#define SYSTICK_SIGN 0x00800000UL

/* The timer and SysTick start at 0 together, from clocks that come from the same crystal. */
void sfdfa_rp_set_up_cycle_counter(void)
{
    SYSTICK_RELOAD = SYSTICK_MASK;
    WATCHDOG_TICK = WATCHDOG_TICK_ENABLE | SFDFA_BOARD_CRYSTAL_HZ / 1000000;
    sfdfa_rp_start_afresh(SUBSYSTEM_TIMER);
    SYSTICK_CURRENT = 0; /* any write clears it */
    SYSTICK_CONTROL = SYSTICK_ENABLE_PROCESSOR_CLOCK;
}

/*
 * SysTick counts cycles down, but only modulo 2^24, a seventh of a second. The timer knows, to a microsecond, how many
 * went by: of all counts that SysTick can stand for the nearest to the timer's is the true one. No interrupt is needed,
 * so none disturbs the count.
 */
uint32_t sfdfa_board_cycles(void)
{
    const uint32_t counted = 0 - SYSTICK_CURRENT;
    const uint32_t about = TIMER_MICROSECONDS * (SFDFA_BOARD_CLOCK_HZ / 1000000);
    const uint32_t ahead = (counted - about) & SYSTICK_MASK;
    return about + ((ahead ^ SYSTICK_SIGN) - SYSTICK_SIGN); /* `ahead` with its sign */
}
