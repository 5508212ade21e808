/*
 * sfdfa_learn_projected.h: a hidden layer learns under outputs that integrate, its neurons one after the other.
 */
#ifndef SFDFA_LEARN_LAYER_H
#define SFDFA_LEARN_LAYER_H

#include "sfdfa_erring.h"
#include "sfdfa_projection.h"
#include "sfdfa_steps.h"

/* Learn with a delta; without a spike, only where every neuron is to be told of. */
static inline void learn_with(sfdfa_t *net, uint8_t layer_index, uint16_t i, int32_t delta, bool eligible)
{
    if (eligible) {
        learn_neuron(net, layer_index, i, delta);
    } else if (SFDFA_TRACES) {
        sfdfa_eligibility_learn(net, layer_index, i, 0, 0);
    }
}

/* The neurons of a hidden layer, whose running means move on. */
static inline void learn_neurons(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const uint8_t *counts = &net->sample.counts[layer->first_neuron];
    uint16_t *mean_rate = &net->learned.mean_rate[layer->first_neuron];
    int32_t *mean_delta = &net->learned.mean_delta[layer->first_neuron];
    for (uint16_t i = 0; i < layer->neurons; i++) {
        const int32_t regular = regulate(&mean_rate[i], counts[i]);
        const int32_t delta = limit_delta(regular + project_on(net, layer, i), &net->saturations.update);
        move_mean(&mean_delta[i], delta);
        learn_with(net, layer_index, i, delta, counts[i] > 0);
    }
}

static void learn_layer(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_eligibility_begin_layer(net, layer_index);
    learn_neurons(net, layer_index);
    sfdfa_eligibility_end_layer(net, layer_index);
}

#endif
