/*
 * sfdfa_reset.h: what a spike does to its neuron, section 5 of docs/ARITHMETIC.md.
 */
#ifndef SFDFA_RESET_H
#define SFDFA_RESET_H

#include "sfdfa_internal.h"

/* Of a layer, for a loop over its neurons. */
typedef struct {
    int32_t amount; /* taken away from B, in 2^-F_a */
    int32_t to_zero; /* -1 or 0 */
} sfdfa_reset_t;

static inline sfdfa_reset_t sfdfa_reset_of(sfdfa_layer_table_t *layer)
{
#if SFDFA_FREE_RESETS
    return (sfdfa_reset_t){.amount = layer->reset, .to_zero = layer->reset_to_zero};
#else
    return (sfdfa_reset_t){.amount = layer->threshold, .to_zero = 0};
#endif
}

/* B after a spike, from A and B as they are, not as they are stored. Both kinds take the same time. */
static inline int32_t sfdfa_after_spike(sfdfa_reset_t reset, int32_t a, int32_t b)
{
    return b - (reset.amount ^ ((reset.amount ^ (b - a)) & reset.to_zero));
}

#endif
