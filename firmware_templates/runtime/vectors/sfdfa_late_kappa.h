/*
 * sfdfa_late_kappa.h: kappa of section 5a of docs/ARITHMETIC.md, where only learning asks for it: from the spikes that
 * replay has listed.
 */
#ifndef SFDFA_KAPPA_H
#define SFDFA_KAPPA_H

#include "vectors/sfdfa_eligibility.h"

/* Whether it is kept while a sample runs. */
#define SFDFA_KEEPS_KAPPA(net) false

/* Before it is asked for to learn. */
static inline void sfdfa_find_kappa(sfdfa_t *net)
{
    const uint8_t layer_index = SFDFA_LAYERS - 2;
    const uint32_t first = sfdfa_first_spike(layer_index);
    const sfdfa_index_t *neuron = &net->learning.spiking[first];
    const uint8_t *tick = &net->learning.spike_tick[first];
    uint16_t *kappa = net->sample.readout.kappa;
    for (uint16_t j = 0; j < SFDFA_KAPPAS; j++) {
        kappa[j] = 0;
    }
    for (uint_fast16_t k = 0; k < net->learning.spike_count[layer_index]; k++) {
        kappa[neuron[k]] = (uint16_t)(kappa[neuron[k]] + SFDFA_TICKS - tick[k]);
    }
}

#endif
