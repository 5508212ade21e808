/*
 * sfdfa_spikes.h: how the spikes of a tick are remembered, by the kernel of Cortex-M with the DSP extension, and
 * counted before each tick.
 */
#ifndef SFDFA_SPIKES_H
#define SFDFA_SPIKES_H

#include "scalar/sfdfa_remember.h"
#include "sfdfa_cortex_m4.h"

/* How many spikes a layer had in tick t. */
static inline uint16_t count_spikes(const sfdfa_t *net, uint8_t layer_index, uint8_t t)
{
    const sfdfa_learning_t *learning = &net->learning;
    const uint16_t *start = learning->spike_start[layer_index];
    return (uint16_t)((t < SFDFA_TICKS - 1 ? start[t + 1] : learning->spike_count[layer_index]) - start[t]);
}

/* Of each tick, the order of its first spike in the layer. */
static inline void find_first_spikes(sfdfa_t *net, uint8_t layer_index)
{
    uint16_t *next = net->scratch.walk.next_spike;
    const uint16_t *start = net->learning.spike_start[layer_index];
    SFDFA_UNROLL
    for (uint16_t *end = next + SFDFA_TICKS; next != end; next++) {
        *next = *start++;
    }
}

static inline void sfdfa_begin_spikes(sfdfa_t *net)
{
    for (uint8_t l = 0; l < SFDFA_LAYERS; l++) {
        net->learning.spike_start[l][net->sample.tick] = net->learning.spike_count[l];
    }
}

/*
 * The spikes of a layer in one tick, the first of them the `order`-th of the sample. Their A lies where the currents
 * were.
 */
static inline void sfdfa_remember_spikes(sfdfa_t *net, sfdfa_layer_table_t *layer, const sfdfa_index_t *spikes,
                                         uint16_t count, uint16_t order)
{
    if (SFDFA_EXACT_GRADIENT) {
        sfdfa_remember_rho(net, layer, spikes, count, order);
        return;
    }
    sfdfa_rho_t *rho = &net->learning.rho[layer->first_rho];
    const sfdfa_m4_spikes_t kernel = {
        .spike = spikes,
        .current = net->scratch.membranes.current,
        .words = &net->learning.spikes[net->sample.tick][layer->first_spike_word],
        .rho = &rho[order],
        .end = &spikes[count],
        .threshold = layer->threshold,
        .rho_end = &rho[layer->spike_capacity],
        .forgotten = &net->saturations.spikes,
    };
    sfdfa_m4_remember(&kernel);
}

#endif
