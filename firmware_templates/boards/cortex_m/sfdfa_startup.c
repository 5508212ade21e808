/*
 * sfdfa_startup.c: from reset to main on a Cortex-M. Armv6-M and Armv7-M Architecture Reference Manuals, "The vector
 * table".
 */
#include <stdint.h>

#include "sfdfa_board_config.h"
#include "sfdfa_nvic.h"
#include "sfdfa_startup.h"

extern uint32_t sfdfa_data_start[], sfdfa_data_end[], sfdfa_data_load[], sfdfa_bss_start[], sfdfa_bss_end[],
    sfdfa_stack_top[];

int main(void);
void sfdfa_reset(void);
void sfdfa_start_up(void);

__attribute__((weak)) void sfdfa_before_ram(void)
{
}

static void halt(void)
{
    for (;;) {
    }
}

__attribute__((weak, alias("halt"))) void sfdfa_nmi(void);

/* Without a stack, which lies in RAM. */
__attribute__((naked)) void sfdfa_reset(void)
{
    __asm volatile("bl sfdfa_before_ram\n\tbl sfdfa_start_up");
}

__attribute__((used)) void sfdfa_start_up(void)
{
    const uint32_t *load = sfdfa_data_load;
    for (uint32_t *word = sfdfa_data_start; word < sfdfa_data_end; word++) {
        *word = *load++;
    }
    for (uint32_t *word = sfdfa_bss_start; word < sfdfa_bss_end; word++) {
        *word = 0;
    }
    (void)main();
    halt();
}

#define SYSTEM_VECTORS 16
#ifdef SFDFA_BOARD_RECEIVE_INTERRUPT
#define VECTORS (SYSTEM_VECTORS + SFDFA_BOARD_RECEIVE_INTERRUPT + 1)
#else
#define VECTORS SYSTEM_VECTORS
#endif

/*
 * The initial stack pointer, then the handlers of reset, NMI, hard fault and the other system exceptions, then those of
 * interrupts up to that of the UART. The others are never enabled, and have none.
 */
typedef union {
    void (*handler)(void); /* of an exception */
    uint32_t *stack; /* of the first entry: where the stack begins */
} vector_t;

__attribute__((section(".vectors"), used)) const vector_t sfdfa_vectors[VECTORS] = {
    {.stack = sfdfa_stack_top},
    {.handler = sfdfa_reset},
    {.handler = sfdfa_nmi},
    {.handler = halt},
    {.handler = halt},
    {.handler = halt},
    {.handler = halt},
    {.handler = halt},
    {.handler = halt},
    {.handler = halt},
    {.handler = halt},
    {.handler = halt},
    {.handler = halt},
    {.handler = halt},
    {.handler = halt},
    {.handler = halt},
#ifdef SFDFA_BOARD_RECEIVE_INTERRUPT
    [SYSTEM_VECTORS + SFDFA_BOARD_RECEIVE_INTERRUPT] = {.handler = sfdfa_board_interrupt},
#endif
};
