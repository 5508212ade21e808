/*
 * sfdfa_plic.h: the one interrupt of a board, that of its UART, through the Platform-Level Interrupt Controller.
 */
#ifndef SFDFA_PLIC_H
#define SFDFA_PLIC_H

#include <stdint.h>

/* Take what the UART has received. */
void sfdfa_board_interrupt(void);

/* Let an interrupt source through to the core, from now on. */
void sfdfa_plic_enable(uint32_t source);

#endif
