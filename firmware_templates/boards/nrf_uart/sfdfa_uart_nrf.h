/*
 * sfdfa_uart_nrf.h: what the boards with an nRF51 or an nRF52 have in common.
 */
#ifndef SFDFA_UART_NRF_H
#define SFDFA_UART_NRF_H

#include "sfdfa_board.h"

/* Start the crystal, connect the pins and set up the line. */
void sfdfa_uart_start(void);

#endif
