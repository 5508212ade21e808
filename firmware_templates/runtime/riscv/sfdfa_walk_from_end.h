/*
 * sfdfa_walk_from_end.h: the whole walk of a neuron by the kernel of RISC-V, from the end of the sample on.
 */
#ifndef SFDFA_WALK_FROM_END_H
#define SFDFA_WALK_FROM_END_H

#include "core/sfdfa_internal.h"

/*
 * Find the last remembered spike of neuron i, which has some, and walk down from there. Of a layer the first `capacity`
 * spikes were remembered. Of the walker, what it counts is brought up to date.
 */
void sfdfa_riscv_walk_from_end(sfdfa_walker_t *walker, uint32_t i, int32_t step, uint32_t draw, uint32_t spikes,
                               uint32_t capacity);

/* Walk a neuron, unless it begins with a virtual spike or not all inputs are listed. Returns whether it is done. */
static inline bool walk_from_end(sfdfa_t *net, uint8_t layer_index, uint16_t i, int16_t step, uint16_t draw)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const uint8_t spikes = net->sample.counts[layer->first_neuron + i];
    if (!net->scratch.walk.listed || spikes == 0) {
        return false;
    }
    sfdfa_riscv_walk_from_end(&net->learning.walker, i, step, draw, spikes, layer->spike_capacity);
    return true;
}

#endif
