/*
 * sfdfa_forward.c: one tick of the network, section 5 of docs/ARITHMETIC.md.
 */
#include "core/sfdfa_internal.h"

#include "core/sfdfa_fixed.h"
#include SFDFA_OUTPUT_LAYER
#include "ticks/sfdfa_step.h"

SFDFA_HOT void sfdfa_forward_begin(sfdfa_t *net)
{
    SFDFA_UNROLL
    for (uint16_t i = 0; i < SFDFA_NEURONS; i++) {
        SFDFA_A(net, i) = 0;
        SFDFA_B(net, i) = 0;
        net->sample.counts[i] = 0;
    }
    for (uint8_t l = 0; l < SFDFA_LAYERS; l++) {
        net->sample.inputs[l] = 0;
    }
    sfdfa_begin_layers(net);
    sfdfa_begin_outputs(net);
    if (SFDFA_LEARNS && net->sample.learns) {
        sfdfa_begin_learning(net);
    }
}

/* One tick of a hidden layer. Returns its spikes, the inputs of the next one. */
static sfdfa_inputs_t step_hidden(sfdfa_t *net, uint8_t layer_index, sfdfa_inputs_t inputs)
{
    sfdfa_index_t *list = spike_list(net, layer_index);
    sfdfa_inputs_t spikes = {.index = list, .grades = NULL, .count = 0};
    const bool active = has_had_inputs(net, layer_index, inputs);
    if (sfdfa_is_coasting(net, layer_index, inputs)) {
        spikes.count = sfdfa_step_coasting(net, layer_index, list);
    } else if (active) {
        spikes.count = step_neurons(net, layer_index, inputs, list);
    }
    if (SFDFA_LEARNS && net->sample.learns && spikes.count > 0) {
        sfdfa_learn_hidden_spikes(net, layer_index, &spikes);
    }
    return spikes;
}

SFDFA_HOT void sfdfa_forward_tick(sfdfa_t *net)
{
    sfdfa_inputs_t inputs = {
        .index = &net->sample.event[net->sample.tick_start],
        .grades = NULL,
        .count = (uint16_t)(net->sample.events - net->sample.tick_start),
    };
    sfdfa_learn_tick(net);
    for (uint8_t layer_index = net->sample.done; layer_index + 1 < SFDFA_LAYERS; layer_index++) {
        inputs = step_hidden(net, layer_index, inputs);
    }
    step_outputs(net, inputs);
}

void sfdfa_forward_skip(sfdfa_t *net)
{
    sfdfa_learn_no_tick(net);
}
