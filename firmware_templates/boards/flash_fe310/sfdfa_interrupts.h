/*
 * sfdfa_interrupts.h: whether the core takes interrupts. RISC-V Privileged Architecture, "Machine Status Register".
 */
#ifndef SFDFA_INTERRUPTS_H
#define SFDFA_INTERRUPTS_H

#include <stdint.h>

/* Returns what sfdfa_interrupts_restore is to be given. */
uint32_t sfdfa_interrupts_off(void);
void sfdfa_interrupts_restore(uint32_t before);

#endif
