/*
 * sfdfa_replay.c: eligibility without any state per synapse, section 8 of docs/ARITHMETIC.md.
 *
 * While the sample runs, each spike leaves one bit and its factor rho. Afterwards the ticks are walked backwards with
 * three decaying sums per neuron, and each input event meets the update that its tick calls for: sfdfa_walk_neurons.c.
 */
#include "core/sfdfa_internal.h"

#if !SFDFA_COMPACT

#include SFDFA_CORE(sfdfa_spikes.h)

void sfdfa_eligibility_begin(sfdfa_t *net)
{
    for (uint8_t l = 0; l < SFDFA_LAYERS; l++) {
        net->learning.spike_count[l] = 0;
    }
    for (uint16_t t = 0; t < SFDFA_TICKS; t++) {
        for (uint16_t word = 0; word < SFDFA_SPIKE_WORDS; word++) {
            net->learning.spikes[t][word] = 0;
        }
    }
}

void sfdfa_eligibility_spikes(sfdfa_t *net, uint8_t layer_index, const sfdfa_index_t *spikes, uint16_t count)
{
    const uint16_t order = net->learning.spike_count[layer_index];
    net->learning.spike_count[layer_index] = (uint16_t)(order + count);
    sfdfa_remember_spikes(net, &sfdfa_layers[layer_index], spikes, count, order);
}

#endif
