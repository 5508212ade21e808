/*
 * sfdfa_board_nrf51.c: the cycle counter of the nRF51, whose core has neither SysTick nor DWT. Source: Nordic nRF51
 * Series Reference Manual, chapter "TIMER".
 */
#include "sfdfa_board.h"
#include "sfdfa_uart_nrf.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define TIMER_START REGISTER(0x40008000UL) /* TIMER0, the only one with 32 bits */
#define TIMER_CAPTURE REGISTER(0x40008040UL)
#define TIMER_MODE REGISTER(0x40008504UL)
#define TIMER_BITS REGISTER(0x40008508UL)
#define TIMER_PRESCALER REGISTER(0x40008510UL) /* a power of two, of the 16 MHz that also clock the core */
#define TIMER_CAPTURED REGISTER(0x40008540UL)
#define MODE_TIMER 0UL
#define BITS_32 3UL
#if SFDFA_BOARD_CLOCK_HZ != 16000000
#error "the timer counts cycles of a core at 16 MHz"
#endif

static void set_up_cycle_counter(void)
{
    TIMER_MODE = MODE_TIMER;
    TIMER_BITS = BITS_32;
    TIMER_PRESCALER = 0;
    TIMER_START = 1;
}

void sfdfa_board_init(void)
{
    sfdfa_uart_start();
    set_up_cycle_counter();
}

uint32_t sfdfa_board_cycles(void)
{
    TIMER_CAPTURE = 1;
    return TIMER_CAPTURED;
}
