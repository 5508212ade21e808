/*
 * sfdfa_replay.c: eligibility without any state per synapse, section 8 of docs/ARITHMETIC.md.
 *
 * While the sample runs, each spike leaves one bit, or its neuron in a list, and its factor rho. Afterwards the ticks are walked backwards with three
 * decaying sums per neuron, and each input event meets the update that its tick calls for: neuron by neuron in
 * sfdfa_walk_neurons.c, or tick by tick, where there are vectors, in sfdfa_walk_ticks.c.
 */
#include "sfdfa_internal.h"

#if SFDFA_LEARNS && !SFDFA_TRACES && !SFDFA_COMPACT

#include "sfdfa_rho.h"

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

#if SFDFA_WALK_BY_TICKS

static void note_spikes(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_inputs_t spikes, uint16_t order)
{
    sfdfa_index_t *put = &net->learning.spiking[layer->first_neuron * SFDFA_NEURON_SPIKES + order];
    for (uint16_t k = 0; k < spikes.count; k++) {
        put[k] = spikes.index[k];
    }
}

#else

static void note_spikes(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_inputs_t spikes, uint16_t order)
{
    uint32_t *words = &net->learning.spikes[net->sample.tick][layer->first_spike_word];
    for (const sfdfa_index_t *index = spikes.index, *end = &index[spikes.count]; index != end; index++) {
        words[*index / 32] |= UINT32_C(1) << (*index % 32);
    }
    (void)order;
}

#endif

/* Note rho of spikes where there is room for so many, that of the others in a place of their own. */
static inline void note_slopes(sfdfa_t *net, int32_t threshold, sfdfa_rho_t *put, int32_t room, uint16_t spikes)
{
    const int32_t to_spare = (int32_t)(&net->learning.rho[SFDFA_SPIKE_CAPACITY] - put);
    const int32_t *current = net->scratch.membranes.current;
    const int32_t *const end = &current[spikes];
    for (int32_t k = 0; current != end; k++) {
        const int32_t is_past = ~sfdfa_sign_mask(k - room);
        put[k + ((to_spare - k) & is_past)] = sfdfa_spike_rho(threshold, *current++);
    }
}

void sfdfa_eligibility_spikes(sfdfa_t *net, uint8_t layer_index, sfdfa_inputs_t spikes)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const uint16_t order = net->learning.spike_count[layer_index];
    const int32_t room = layer->spike_capacity - order;
    net->learning.spike_count[layer_index] = (uint16_t)(order + spikes.count);
    net->saturations.spikes += (uint32_t)(spikes.count - sfdfa_clamp(room, 0, spikes.count));
    note_spikes(net, layer, spikes, order);
    note_slopes(net, layer->threshold, &net->learning.rho[layer->first_rho + order], room, spikes.count);
}

#endif
