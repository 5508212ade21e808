/*
 * sfdfa_learn.c: from the spike counts of a sample to the step of every neuron, sections 6 and 7 of docs/ARITHMETIC.md.
 */
#include "core/sfdfa_internal.h"

#include SFDFA_LEARN_LAYER
#include SFDFA_RESULT

bool sfdfa_has_virtual_spike(const sfdfa_t *net, uint16_t output)
{
    const uint16_t neuron = (uint16_t)(sfdfa_layers[SFDFA_LAYERS - 1].first_neuron + output);
    return !SFDFA_INTEGRATES && net->sample.counts[neuron] == 0 && net->learning.error[output] > 0;
}

bool sfdfa_is_eligible(const sfdfa_t *net, uint8_t layer_index, uint16_t neuron)
{
    return net->sample.counts[sfdfa_layers[layer_index].first_neuron + neuron] > 0 ||
           (layer_index == SFDFA_LAYERS - 1 && sfdfa_has_virtual_spike(net, neuron));
}

static SFDFA_OWN_FRAME void compute_errors(sfdfa_t *net, uint16_t label)
{
    sfdfa_learning_t *learning = &net->learning;
    const uint8_t *counts = &net->sample.counts[sfdfa_layers[SFDFA_LAYERS - 1].first_neuron];
    begin_erring(learning);
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        learning->error[o] = (sfdfa_error_t)sfdfa_output_error(net, counts, o, label);
        note_erring(learning, o);
    }
}

SFDFA_HOT void sfdfa_learn_sample(sfdfa_t *net, uint16_t label)
{
    compute_errors(net, label);
    begin_feedback(net);
    for (uint8_t layer_index = 0; layer_index + SFDFA_INTEGRATES < SFDFA_LAYERS; layer_index++) {
        learn_layer(net, layer_index);
    }
    sfdfa_learn_readout(net);
    net->learned.samples++;
}
