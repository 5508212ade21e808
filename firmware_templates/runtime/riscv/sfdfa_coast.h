/*
 * sfdfa_coast.h: one tick of a layer that has no inputs any more, its spikes by the kernel of RISC-V.
 */
#ifndef SFDFA_COAST_H
#define SFDFA_COAST_H

#include "core/sfdfa_internal.h"
#include "sfdfa_neurons.h"
#include "sfdfa_riscv.h"

/* One tick of the neurons that may still spike. Lists those that do, and returns how many. */
static inline uint16_t sfdfa_coast(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_index_t *list)
{
    sfdfa_sample_t *sample = &net->sample;
    const uint16_t first = layer->first_neuron;
    const uint16_t spikes = sample->coasting > 0 ? sfdfa_coast_on(net, layer, list) : 0;
    uint32_t again = 0;
    if (spikes > 0) {
        again = sfdfa_riscv_coast_spikes(layer, list, &list[spikes], sample->may_spike,
                                         &net->scratch.membranes.neuron[first], &sample->counts[first],
                                         net->scratch.membranes.current);
    }
    sample->left = (uint16_t)(sample->left - spikes + again);
    return spikes;
}

#endif
