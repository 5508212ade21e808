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
    sfdfa_membrane_t *membranes = &net->scratch.membranes.neuron[layer->first_neuron];
    int32_t *current = net->scratch.membranes.current;
    const sfdfa_reset_t reset = sfdfa_reset_of(layer);
    const sfdfa_index_t *const end = &list[reached];
    sfdfa_index_t *put = list;
    for (const sfdfa_index_t *reaching = list; reaching != end; reaching++) {
        const sfdfa_index_t i = *reaching;
        if (counts[i] < SFDFA_MAX_SPIKES) {
            sfdfa_membrane_t *membrane = &membranes[i];
            counts[i]++;
            const int32_t a = SFDFA_STORED(membrane->a);
            const int32_t b = SFDFA_STORED(membrane->b);
            *current++ = a;
            membrane->b = (sfdfa_state_t)SFDFA_STORED(sfdfa_after_spike(reset, a, b));
            *put++ = i;
        }
    }
    return (uint16_t)(put - list);
}

#endif
