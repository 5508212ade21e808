/*
 * sfdfa_board.h: what the application asks of a board. Each board family implements it in one file, and its
 * sfdfa_board_config.h gives SFDFA_BOARD_NAME, SFDFA_BOARD_CLOCK_HZ, SFDFA_BOARD_CYCLE_BITS, SFDFA_MAX_PAYLOAD,
 * SFDFA_WINDOW and SFDFA_RING_BYTES, of the buffer that takes what arrives while the main program computes; 0 for none.
 */
#ifndef SFDFA_BOARD_H
#define SFDFA_BOARD_H

#include <stdbool.h>
#include <stdint.h>

#include "sfdfa_board_config.h"

/* Set up clocks, pins and the serial line. Called once, before anything else. */
void sfdfa_board_init(void);

/* What sfdfa_board_read returns besides bytes. */
#define SFDFA_BOARD_NONE (-1)
#define SFDFA_BOARD_LOST (-2)

/*
 * The next byte from the line; SFDFA_BOARD_NONE if there is none, SFDFA_BOARD_LOST if bytes found no room and are
 * missing here.
 */
int16_t sfdfa_board_read(void);

/*
 * Called when there was nothing to read: sleep until there is. Only a board with SFDFA_BOARD_SLEEPS does, and not where
 * the supply is to be watched.
 */
#if defined(SFDFA_BOARD_SLEEPS) && !SFDFA_BROWN_OUT
void sfdfa_board_wait(void);
#else
static inline void sfdfa_board_wait(void)
{
}
#endif

/* Send bytes, waiting for room as long as it takes. */
void sfdfa_board_write(const uint8_t *bytes, uint16_t size);

/*
 * A free-running count of processor cycles, modulo 2^SFDFA_BOARD_CYCLE_BITS; always 0 where there is none. Reading it
 * takes the same time whatever it is.
 */
uint32_t sfdfa_board_cycles(void);

#if SFDFA_PERSIST_EVERY > 0

/*
 * Memory that keeps what it holds without power, as sfdfa_flash_t of sfdfa_store.h wants it; sfdfa_board_config.h gives
 * SFDFA_STORE_START and sizes. Return 0, or -1 if the memory says that it failed. Where it cannot be read meanwhile,
 * what they need runs from RAM, and what arrives at the serial line may be lost.
 */
int sfdfa_board_erase(uint32_t page);
int sfdfa_board_program(uint32_t address, const uint8_t *bytes, uint16_t size);
int sfdfa_board_recall(uint32_t address, uint8_t *bytes, uint16_t size);

#if SFDFA_BROWN_OUT
/* Whether the supply is going: it is below what the board watches for, or a line from outside says so. */
bool sfdfa_board_power_fails(void);
#endif

#endif

#endif
