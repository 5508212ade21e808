/*
 * sfdfa_learn.c: from the spike counts of a sample to the step of every neuron, sections 6 and 7 of docs/ARITHMETIC.md.
 */
#include "core/sfdfa_internal.h"

#include "sfdfa_readout.h"
#include "sfdfa_residual.h"
#include SFDFA_LEARN_LAYER

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

/* e of section 6. Without a branch, since the loop over few outputs is unrolled and would ask each copy. */
static inline int16_t error_of(uint8_t count, uint16_t o, uint16_t label)
{
    const int32_t is_true = sfdfa_sign_mask((int32_t)(o ^ label) - 1);
    const int32_t error = SFDFA_TARGET_FALSE + ((SFDFA_TARGET_TRUE - SFDFA_TARGET_FALSE) & is_true) - count;
    if (!SFDFA_ONE_SIDED_ERROR) {
        return (int16_t)error;
    }
    const int32_t is_false = ~is_true;
    return (int16_t)((sfdfa_larger((error ^ is_false) - is_false, 0) ^ is_false) - is_false);
}

static SFDFA_OWN_FRAME void compute_errors(sfdfa_t *net, uint16_t label)
{
    sfdfa_learning_t *learning = &net->learning;
    const uint8_t *counts = &net->sample.counts[sfdfa_layers[SFDFA_LAYERS - 1].first_neuron];
    begin_erring(learning);
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        learning->error[o] =
            (sfdfa_error_t)(SFDFA_INTEGRATES ? sfdfa_readout_error(net, o, label) : error_of(counts[o], o, label));
        note_erring(learning, o);
    }
}

SFDFA_HOT void sfdfa_learn_sample(sfdfa_t *net, uint16_t label)
{
    compute_errors(net, label);
    if (SFDFA_RESIDUAL_FEEDBACK) {
        sfdfa_residual_find(net);
    }
    draw_outputs(net);
    for (uint8_t layer_index = 0; layer_index + SFDFA_INTEGRATES < SFDFA_LAYERS; layer_index++) {
        learn_layer(net, layer_index);
    }
    if (SFDFA_INTEGRATES) {
        sfdfa_readout_learn(net);
    }
    net->learned.samples++;
}
