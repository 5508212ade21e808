/*
 * sfdfa_fire.h: neurons that have reached their threshold, section 5 of docs/ARITHMETIC.md.
 */
#ifndef SFDFA_FIRE_H
#define SFDFA_FIRE_H

#include "core/sfdfa_internal.h"
#include "core/sfdfa_reset.h"

/*
 * Fire the listed neurons, but for those that have fired often enough, which leave the list. Returns how many fired,
 * and leaves their A in `current`.
 */
static uint16_t sfdfa_fire(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_index_t *list, uint16_t reached)
{
    uint8_t *counts = &net->sample.counts[layer->first_neuron];
    int32_t *currents = net->scratch.membranes.current;
    const sfdfa_reset_t reset = sfdfa_reset_of(layer);
    uint16_t spikes = 0;
    for (uint16_t k = 0; k < reached; k++) {
        const uint16_t i = list[k];
        if (counts[i] < SFDFA_MAX_SPIKES) {
            const uint16_t neuron = (uint16_t)(layer->first_neuron + i);
            counts[i]++;
            const int32_t a = SFDFA_STORED(SFDFA_A(net, neuron));
            const int32_t b = SFDFA_STORED(SFDFA_B(net, neuron));
            currents[spikes] = a;
            SFDFA_B(net, neuron) = (sfdfa_state_t)SFDFA_STORED(sfdfa_after_spike(reset, a, b));
            list[spikes++] = (sfdfa_index_t)i;
        }
    }
    return spikes;
}

#endif
