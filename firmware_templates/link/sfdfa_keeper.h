/*
 * sfdfa_keeper.h: keeps what the serial application has learned, where the board has memory for it and the build wants
 * it.
 */
#ifndef SFDFA_KEEPER_H
#define SFDFA_KEEPER_H

#include "sfdfa_link.h"

#if SFDFA_PERSIST_EVERY > 0

/* In place of sfdfa_init. Returns what the store found, for sfdfa_link_init. */
uint8_t sfdfa_keeper_wake(sfdfa_t *net);

/* Between two requests: take a snapshot, from its beginning to its end, if one is due. */
void sfdfa_keeper_keep(sfdfa_link_t *link);

#else

static inline uint8_t sfdfa_keeper_wake(sfdfa_t *net)
{
    (void)sfdfa_init(net);
    return 0;
}

static inline void sfdfa_keeper_keep(sfdfa_link_t *link)
{
    (void)link;
}

#endif

#endif
