/*
 * sfdfa_board.h: what the application asks of a board. Each board family implements it in one file, and its
 * sfdfa_board_config.h gives SFDFA_BOARD_NAME, SFDFA_BOARD_CLOCK_HZ, SFDFA_BOARD_CYCLE_BITS, SFDFA_MAX_PAYLOAD and
 * SFDFA_WINDOW.
 */
#ifndef SFDFA_BOARD_H
#define SFDFA_BOARD_H

#include <stdint.h>

#include "sfdfa_board_config.h"

/* Set up clocks, pins and the serial line. Called once, before anything else. */
void sfdfa_board_init(void);

/* The next byte from the line, or -1 if there is none. */
int16_t sfdfa_board_read(void);

/* Send bytes, waiting for room as long as it takes. */
void sfdfa_board_write(const uint8_t *bytes, uint16_t size);

/*
 * A free-running count of processor cycles, modulo 2^SFDFA_BOARD_CYCLE_BITS; always 0 where there is none. Reading it takes the same time
 * whatever it is.
 */
uint32_t sfdfa_board_cycles(void);

#endif
