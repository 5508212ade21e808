/*
 * sfdfa_draws.h: the draws of neurons in the running sample, made when they are wanted.
 */
#ifndef SFDFA_DRAWS_H
#define SFDFA_DRAWS_H

#include "core/sfdfa_internal.h"
#include "core/sfdfa_random.h"

static inline void sfdfa_draw_neurons(sfdfa_t *net)
{
    (void)net;
}

static inline uint32_t sfdfa_drawn(const sfdfa_t *net, uint8_t layer_index, uint16_t i)
{
    return sfdfa_neuron_draw(net->learning.sample_key, layer_index, i);
}

#endif
