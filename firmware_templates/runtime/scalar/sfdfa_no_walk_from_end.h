/*
 * sfdfa_no_walk_from_end.h: no kernel does the whole walk of a neuron.
 */
#ifndef SFDFA_WALK_FROM_END_H
#define SFDFA_WALK_FROM_END_H

#include "core/sfdfa_internal.h"

static inline bool walk_from_end(sfdfa_t *net, uint8_t layer_index, uint16_t i, int16_t step, uint16_t draw)
{
    (void)net, (void)layer_index, (void)i, (void)step, (void)draw;
    return false;
}

#endif
