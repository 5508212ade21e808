/*
 * sfdfa_ring.h: bytes that came from the line and wait for the main program. The interrupt of the UART puts them in,
 * the main program takes them out; neither ever waits for the other.
 *
 * There is room for all that the host may send before it is answered. If more comes all the same, what finds no room is
 * lost, and so is what comes after it until the ring is empty; the main program is then told once, in the place of what
 * is missing.
 */
#ifndef SFDFA_RING_H
#define SFDFA_RING_H

#include "sfdfa_frame.h"

#define SFDFA_RING_FULL_AT (SFDFA_RING_BYTES - 1) /* a full ring must not look like an empty one */
#if SFDFA_RING_BYTES > 0 && (SFDFA_RING_BYTES & (SFDFA_RING_BYTES - 1)) != 0
#error "SFDFA_RING_BYTES must be a power of two"
#endif
#if SFDFA_RING_BYTES > 0 && SFDFA_RING_FULL_AT < SFDFA_WINDOW * SFDFA_FRAME_ON_LINE
#error "SFDFA_RING_BYTES is too small for SFDFA_WINDOW frames, which the host may send at a time"
#endif
#if SFDFA_RING_BYTES > 32768 || (defined(__AVR__) && SFDFA_RING_BYTES > 256)
#error "SFDFA_RING_BYTES is too large: an index must be read and written in one instruction"
#endif

/* Put one byte in. Only for the interrupt. */
void sfdfa_ring_put(uint8_t byte);

/*
 * Take one byte out; SFDFA_BOARD_NONE if there is none, SFDFA_BOARD_LOST if some were lost here. Only for the main
 * program.
 */
int16_t sfdfa_ring_take(void);

/* Whether taking would return SFDFA_BOARD_NONE. */
bool sfdfa_ring_is_empty(void);

#endif
