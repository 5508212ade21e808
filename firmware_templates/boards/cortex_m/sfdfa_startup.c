/*
 * sfdfa_startup.c: from reset to main on a Cortex-M. Armv6-M and Armv7-M Architecture Reference Manuals, "The vector table".
 */
#include <stdint.h>

extern uint32_t sfdfa_data_start[], sfdfa_data_end[], sfdfa_data_load[], sfdfa_bss_start[], sfdfa_bss_end[], sfdfa_stack_top[];

int main(void);
void sfdfa_reset(void);

static void halt(void)
{
    for (;;) {
    }
}

void sfdfa_reset(void)
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

/* The initial stack pointer, then the handlers of reset, NMI, hard fault and the other system exceptions. No interrupt is used. */
typedef union {
    void (*handler)(void);
    uint32_t *stack;
} vector_t;

__attribute__((section(".vectors"), used)) const vector_t sfdfa_vectors[16] = {
    {.stack = sfdfa_stack_top}, {.handler = sfdfa_reset}, {.handler = halt}, {.handler = halt},
    {.handler = halt},          {.handler = halt},        {.handler = halt}, {.handler = halt},
    {.handler = halt},          {.handler = halt},        {.handler = halt}, {.handler = halt},
    {.handler = halt},          {.handler = halt},        {.handler = halt}, {.handler = halt},
};
