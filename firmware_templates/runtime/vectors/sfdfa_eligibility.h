/*
 * sfdfa_eligibility.h: what replay notes of each tick, where vectors take the neurons of a layer together.
 */
#ifndef SFDFA_ELIGIBILITY_H
#define SFDFA_ELIGIBILITY_H

#include "core/sfdfa_internal.h"
#include "core/sfdfa_random.h"

/* Where the draws of outputs lie. */
#define SFDFA_OUTPUT_DRAW(net) ((net)->learning.output_draw)

/* Outputs are stepped in ticks without inputs too: their states are noted in each. */
#define SFDFA_RECORDS_EVERY_TICK 1

/* sfdfa_walk_ticks.c: before the neurons of a layer are stepped. */
void sfdfa_eligibility_inputs(sfdfa_t *net, uint8_t layer_index, sfdfa_inputs_t inputs);

/* The draws of all neurons, made together. */
static inline void sfdfa_draw_neurons(sfdfa_t *net)
{
    const uint32_t sample_key = net->learning.sample_key;
    for (uint8_t l = 0; l < SFDFA_LAYERS; l++) {
        uint32_t *restrict draw = &net->learning.neuron_draw[sfdfa_layers[l].first_neuron];
        for (uint32_t i = 0; i < sfdfa_layers[l].neurons; i++) {
            draw[i] = sfdfa_mix(sample_key ^ (UINT32_C(0x80000000) | (uint32_t)l << 24 | i));
        }
    }
}

static inline uint32_t sfdfa_drawn(const sfdfa_t *net, uint8_t layer_index, uint16_t i)
{
    return net->learning.neuron_draw[sfdfa_layers[layer_index].first_neuron + i];
}

/*
 * Where the spikes of a layer begin in sfdfa_learning_t. What is stored by whole vectors may reach a little past them.
 */
static inline uint32_t sfdfa_first_spike(uint8_t layer_index)
{
    return (uint32_t)sfdfa_layers[layer_index].first_neuron * SFDFA_NEURON_SPIKES +
           (uint32_t)layer_index * SFDFA_VECTOR_LANES;
}

/*
 * Where the spikes of a layer in this tick are listed if they are to be learned from: at once where the walk wants
 * them.
 */
static inline sfdfa_index_t *sfdfa_spike_list(sfdfa_t *net, uint8_t layer_index)
{
    return &net->learning.spiking[sfdfa_first_spike(layer_index) + net->learning.spike_count[layer_index]];
}

/* And A of these neurons. */
static inline int32_t *sfdfa_spike_currents(sfdfa_t *net, uint8_t layer_index)
{
    const uint32_t first = sfdfa_first_spike(layer_index) + net->learning.spike_count[layer_index];
    return net->sample.learns ? &net->learning.spike_current[first] : net->scratch.membranes.current;
}

/* For the walk, which looks for it only if an output stayed silent that should not have. */
static inline void sfdfa_eligibility_record(sfdfa_t *net, const sfdfa_index_t *spiking, uint16_t spikes)
{
    (void)spiking, (void)spikes;
    const uint16_t first_neuron = sfdfa_layers[SFDFA_LAYERS - 1].first_neuron;
    int32_t *restrict a = net->learning.output_a[net->sample.tick];
    int32_t *restrict b = net->learning.output_b[net->sample.tick];
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        a[o] = SFDFA_A(net, first_neuron + o);
        b[o] = SFDFA_B(net, first_neuron + o);
    }
}

static inline void sfdfa_eligibility_tick(sfdfa_t *net)
{
    net->learning.tick_end[net->sample.tick] = net->sample.events;
}

/* A tick that is not run. */
static inline void sfdfa_eligibility_skip(sfdfa_t *net)
{
    net->learning.tick_end[net->sample.tick] = net->sample.events;
    for (uint8_t l = 0; l < SFDFA_LAYERS; l++) {
        net->learning.spike_start[l][net->sample.tick] = net->learning.spike_count[l];
    }
}

#endif
