/*
 * sfdfa_spikes.h: how the spikes of a tick are remembered, on an AVR: a byte at a time, for it has no words.
 */
#ifndef SFDFA_SPIKES_H
#define SFDFA_SPIKES_H

#include "scalar/sfdfa_count_spikes.h"
#include "scalar/sfdfa_remember.h"

/* A byte with a 1 at one of its places. */
static inline uint8_t sfdfa_bit_of_byte(uint8_t place)
{
    static const SFDFA_FLASH uint8_t bits[8] = {1, 2, 4, 8, 16, 32, 64, 128};
    return bits[place & 7];
}

/*
 * The spikes of a layer in one tick, the first of them the `order`-th of the sample. Their A lies where the currents
 * were.
 */
static inline void sfdfa_remember_spikes(sfdfa_t *net, sfdfa_layer_table_t *layer, const sfdfa_index_t *spikes,
                                         uint16_t count, uint16_t order)
{
    uint8_t *bytes = (uint8_t *)&net->learning.spikes[net->sample.tick][layer->first_spike_word];
    for (const sfdfa_index_t *spike = spikes; spike != &spikes[count]; spike++) {
        bytes[*spike / 8] |= sfdfa_bit_of_byte((uint8_t)*spike);
    }
    const int32_t *current = net->scratch.membranes.current;
    const int32_t threshold = layer->threshold;
    sfdfa_rho_t *rho = &net->learning.rho[layer->first_rho + order];
    const uint16_t remembered = (uint16_t)sfdfa_clamp((int32_t)layer->spike_capacity - order, 0, count);
    for (const int32_t *end = &current[remembered]; current != end;) {
        *rho++ = sfdfa_spike_rho(threshold, *current++);
    }
    net->saturations.spikes += (uint16_t)(count - remembered);
}

#endif
