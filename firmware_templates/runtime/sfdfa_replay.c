/*
 * sfdfa_replay.c: eligibility without any state per synapse, section 8 of docs/ARITHMETIC.md.
 *
 * While the sample runs, each spike leaves one bit, or its neuron in a list, and its factor rho (sfdfa_forward.c). Afterwards the ticks are walked backwards with three
 * decaying sums per neuron, and each input event meets the update that its tick calls for: neuron by neuron in
 * sfdfa_walk_neurons.c, or tick by tick, where there are vectors, in sfdfa_walk_ticks.c.
 */
#include "sfdfa_internal.h"

#if SFDFA_LEARNS && !SFDFA_TRACES && !SFDFA_COMPACT

void sfdfa_eligibility_begin(sfdfa_t *net)
{
    for (uint8_t l = 0; l < SFDFA_LAYERS; l++) {
        net->learning.spike_count[l] = 0;
    }
#if !SFDFA_WALK_BY_TICKS
    for (uint16_t t = 0; t < SFDFA_TICKS; t++) {
        for (uint16_t word = 0; word < SFDFA_SPIKE_WORDS; word++) {
            net->learning.spikes[t][word] = 0;
        }
    }
#endif
}

#if SFDFA_WALK_BY_TICKS

/* For the walk, which wants to find the spikes of a tick at once. */
void sfdfa_eligibility_inputs(sfdfa_t *net, uint8_t layer_index, sfdfa_inputs_t inputs)
{
    (void)inputs;
    net->learning.spike_start[layer_index][net->sample.tick] = net->learning.spike_count[layer_index];
}

#endif

#endif
