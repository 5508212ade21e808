/*
 * sfdfa_counted_cycles.h: what the phases of a sample took, on a board that counts cycles.
 */
#ifndef SFDFA_COUNTED_CYCLES_H
#define SFDFA_COUNTED_CYCLES_H

#include "sfdfa_bytes.h"
#include "sfdfa_link.h"

/* Cycles since `start`, as far as the board's counter reaches. */
static inline uint32_t sfdfa_link_cycles_since(uint32_t start)
{
    return (sfdfa_board_cycles() - start) << (32 - SFDFA_BOARD_CYCLE_BITS) >> (32 - SFDFA_BOARD_CYCLE_BITS);
}

/* What reading the counter takes: the second time, since the first may wait for the flash. */
static inline void sfdfa_link_init_cycles(sfdfa_link_t *link)
{
    for (uint8_t reading = 0; reading < 2; reading++) {
        link->read_cycles = sfdfa_link_cycles_since(sfdfa_board_cycles());
    }
}

/* A sample of so many phases begins. */
static inline void sfdfa_link_clear_cycles(sfdfa_link_t *link, uint8_t phases)
{
    for (uint8_t phase = 0; phase < SFDFA_MOST_PHASES; phase++) {
        link->cycles[phase] = 0;
    }
    link->phases = phases;
}

/* Add to a phase what went by since `start`, without what reading the counter takes. */
static inline void sfdfa_link_count_cycles(sfdfa_link_t *link, uint8_t phase, uint32_t start)
{
    link->cycles[phase] += sfdfa_link_cycles_since(start) - link->read_cycles;
}

/* Write what went by since `start`, without what reading the counter takes. */
static inline uint8_t *sfdfa_link_put_since(const sfdfa_link_t *link, uint8_t *put, uint32_t start)
{
    return sfdfa_put_u32(put, sfdfa_link_cycles_since(start) - link->read_cycles);
}

static inline uint8_t *sfdfa_link_put_cycles(const sfdfa_link_t *link, uint8_t *put)
{
    for (uint8_t phase = 0; phase < link->phases; phase++) {
        put = sfdfa_put_u32(put, link->cycles[phase]);
    }
    return put;
}

#endif
