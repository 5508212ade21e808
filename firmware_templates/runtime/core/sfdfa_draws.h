/*
 * sfdfa_draws.h: the draws of neurons in the running sample, made when they are wanted or, where there are vectors, all together.
 */
#ifndef SFDFA_DRAWS_H
#define SFDFA_DRAWS_H

#include "sfdfa_internal.h"
#include "sfdfa_random.h"

#if SFDFA_LEARNS
#if SFDFA_REPLAYS_TICKS

static inline void sfdfa_draw_neurons(sfdfa_t *net)
{
    const uint32_t sample_key = net->learning.sample_key;
    for (uint8_t l = 0; l < SFDFA_LAYERS; l++) {
        uint32_t *restrict draw = &net->learning.neuron_draw[sfdfa_layers[l].first_neuron];
        for (uint32_t i = 0; i < sfdfa_layers[l].neurons; i++) {
            draw[i] = sfdfa_mix(sample_key ^ (UINT32_C(0x80000000) | (uint32_t)l << 24 | i));
        }
    }
}

static inline uint32_t sfdfa_drawn(const sfdfa_t *net, uint8_t layer_index, uint16_t i)
{
    return net->learning.neuron_draw[sfdfa_layers[layer_index].first_neuron + i];
}

#else

static inline void sfdfa_draw_neurons(sfdfa_t *net)
{
    (void)net;
}

static inline uint32_t sfdfa_drawn(const sfdfa_t *net, uint8_t layer_index, uint16_t i)
{
    return sfdfa_neuron_draw(net->learning.sample_key, layer_index, i);
}

#endif
#endif
#endif
