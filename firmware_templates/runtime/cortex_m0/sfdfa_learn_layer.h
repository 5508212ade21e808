/*
 * sfdfa_learn_layer.h: a layer learns, sections 6 and 7 of docs/ARITHMETIC.md: a kernel of Cortex-M0 finds the hidden
 * neurons that do.
 */
#ifndef SFDFA_LEARN_LAYER_H
#define SFDFA_LEARN_LAYER_H

#include "core/sfdfa_erring.h"
#include "core/sfdfa_steps.h"
#include "sfdfa_cortex_m0.h"
#include SFDFA_FIND_ERRORS

/* Learn with a delta; without a spike, only where every neuron is to be told of. */
static inline void learn_with(sfdfa_t *net, uint8_t layer_index, uint16_t i, int32_t delta, bool eligible)
{
    if (eligible) {
        learn_neuron(net, layer_index, i, delta);
    } else if (SFDFA_TRACES) {
        sfdfa_eligibility_learn(net, layer_index, i, 0, 0);
    }
}

static inline void learn_hidden(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const uint16_t first = layer->first_neuron;
    const uint8_t *counts = &net->sample.counts[first];
    sfdfa_errors_t errors;
    sfdfa_m0_hidden_t hidden;
    hidden.mean_rate = &net->learned.mean_rate[first];
    hidden.count = counts;
    hidden.mean_delta = &net->learned.mean_delta[first];
    hidden.feedback = &net->learned.feedback[layer->first_feedback];
    hidden.end = &counts[layer->neurons];
    find_errors(net, &errors, &hidden);
    while (sfdfa_m0_find_spiked(&hidden)) {
        learn_neuron(net, layer_index, (uint16_t)(hidden.count - counts - 1), hidden.delta);
    }
}

static inline void learn_outputs(sfdfa_t *net)
{
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        const int32_t delta = find_output_delta(net, &sfdfa_layers[SFDFA_LAYERS - 1], o);
        learn_with(net, SFDFA_LAYERS - 1, o, delta, sfdfa_is_eligible(net, SFDFA_LAYERS - 1, o));
    }
}

static inline void learn_neurons(sfdfa_t *net, uint8_t layer_index)
{
    if (layer_index != SFDFA_LAYERS - 1) {
        learn_hidden(net, layer_index);
    } else {
        learn_outputs(net);
    }
}

static void learn_layer(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_eligibility_begin_layer(net, layer_index);
    learn_neurons(net, layer_index);
    sfdfa_eligibility_end_layer(net, layer_index);
}

#endif
