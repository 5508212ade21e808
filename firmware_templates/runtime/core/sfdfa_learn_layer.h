/*
 * sfdfa_learn_layer.h: a layer learns, its neurons one after the other, sections 6 and 7 of docs/ARITHMETIC.md.
 */
#ifndef SFDFA_LEARN_LAYER_H
#define SFDFA_LEARN_LAYER_H

#include "core/sfdfa_erring.h"
#include "core/sfdfa_steps.h"

/* The error as a hidden neuron's feedback sees it. */
static inline int32_t project_error(const sfdfa_erring_t *erring, const sfdfa_erring_t *end, const int8_t *feedback)
{
    int32_t sum = 0;
    for (; erring != end; erring++) {
        sum += feedback[erring->output] * (int32_t)erring->error;
    }
    return sum;
}

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
static inline void learn_hidden(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const uint16_t neurons = layer->neurons;
    const uint8_t *count = &net->sample.counts[layer->first_neuron];
    const int8_t *feedback = &net->learned.feedback[layer->first_feedback];
    uint16_t *mean_rate = &net->learned.mean_rate[layer->first_neuron];
    int32_t *mean_delta = &net->learned.mean_delta[layer->first_neuron];
    const sfdfa_erring_t *erring = net->learning.erring;
    const sfdfa_erring_t *end = &erring[net->learning.errors];
    for (uint16_t i = 0; i < neurons; i++) {
        const int32_t regular = regulate(mean_rate++, *count);
        const int32_t delta = limit_delta(regular + project_error(erring, end, feedback), &net->saturations.update);
        feedback += SFDFA_OUTPUTS;
        move_mean(mean_delta++, delta);
        learn_with(net, layer_index, i, delta, *count++ > 0);
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
