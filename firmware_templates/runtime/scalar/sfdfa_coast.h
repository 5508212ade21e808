/*
 * sfdfa_coast.h: one tick of a layer that has no inputs any more, its spikes one after the other.
 */
#ifndef SFDFA_COAST_H
#define SFDFA_COAST_H

#include "core/sfdfa_internal.h"
#include "core/sfdfa_reset.h"
#include "scalar/sfdfa_integrate.h"
#include SFDFA_CORE(sfdfa_neurons.h)

/*
 * A neuron that has reached its threshold spikes. If it may not do so once more it stays in the list, at rest. Returns
 * 1 if it may, else 0.
 */
static inline uint8_t sfdfa_spike_coasting(sfdfa_layer_table_t *layer, sfdfa_membrane_t *membrane, uint8_t *count)
{
    const int32_t a = SFDFA_STORED(membrane->a);
    const int32_t b = sfdfa_after_spike(sfdfa_reset_of(layer), a, SFDFA_STORED(membrane->b));
    *count = (uint8_t)(*count + 1);
    const uint8_t unspent = (uint8_t)((uint16_t)(*count - SFDFA_MAX_SPIKES) >> 15);
    const uint8_t again = sfdfa_may_spike(layer, a, b) & unspent;
    membrane->a = (sfdfa_state_t)SFDFA_STORED(a & -again);
    membrane->b = (sfdfa_state_t)SFDFA_STORED(b & -again);
    return again;
}

/* One tick of the neurons that may still spike. Lists those that do, and returns how many. */
static inline uint16_t sfdfa_coast(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_index_t *list)
{
    sfdfa_sample_t *sample = &net->sample;
    sfdfa_membrane_t *membrane = &net->scratch.membranes.neuron[layer->first_neuron];
    int32_t *currents = net->scratch.membranes.current;
    uint8_t *counts = &sample->counts[layer->first_neuron];
    const uint16_t spikes = sample->coasting > 0 ? sfdfa_coast_on(net, layer, list) : 0;
    uint16_t left = (uint16_t)(sample->left - spikes);
    for (uint16_t k = 0; k < spikes; k++) {
        const uint16_t place = list[k];
        const sfdfa_index_t i = sample->may_spike[place];
        list[k] = i;
        currents[k] = SFDFA_STORED(membrane[place].a);
        left = (uint16_t)(left + sfdfa_spike_coasting(layer, &membrane[place], &counts[i]));
    }
    sample->left = left;
    return spikes;
}

#endif
