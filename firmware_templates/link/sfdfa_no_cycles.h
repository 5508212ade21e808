/*
 * sfdfa_no_cycles.h: a board that counts no cycles, and so has nothing to tell of them.
 */
#ifndef SFDFA_NO_CYCLES_H
#define SFDFA_NO_CYCLES_H

#include "sfdfa_link.h"

static inline void sfdfa_link_init_cycles(sfdfa_link_t *link)
{
    (void)link;
}

static inline void sfdfa_link_clear_cycles(sfdfa_link_t *link, uint8_t phases)
{
    (void)link;
    (void)phases;
}

static inline void sfdfa_link_count_cycles(sfdfa_link_t *link, uint8_t phase, uint32_t start)
{
    (void)link;
    (void)phase;
    (void)start;
}

static inline uint8_t *sfdfa_link_put_since(const sfdfa_link_t *link, uint8_t *put, uint32_t start)
{
    (void)link;
    (void)start;
    return put;
}

static inline uint8_t *sfdfa_link_put_cycles(const sfdfa_link_t *link, uint8_t *put)
{
    (void)link;
    return put;
}

#endif
