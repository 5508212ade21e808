/*
 * sfdfa_woke.h: what the link knows of a store, where there is one: what it found at the start, and that it must keep a
 * state which came over the line.
 */
#ifndef SFDFA_WOKE_H
#define SFDFA_WOKE_H

#include "sfdfa_link.h"

#if SFDFA_PERSIST_EVERY > 0

static inline void sfdfa_link_set_woke(sfdfa_link_t *link, uint8_t woke)
{
    link->woke = woke;
    link->replaced = false;
}

static inline uint8_t sfdfa_link_woke(const sfdfa_link_t *link)
{
    return link->woke;
}

static inline void sfdfa_link_replaced(sfdfa_link_t *link)
{
    link->replaced = true;
}

#else

static inline void sfdfa_link_set_woke(sfdfa_link_t *link, uint8_t woke)
{
    (void)link;
    (void)woke;
}

static inline uint8_t sfdfa_link_woke(const sfdfa_link_t *link)
{
    (void)link;
    return 0;
}

static inline void sfdfa_link_replaced(sfdfa_link_t *link)
{
    (void)link;
}

#endif

#endif
