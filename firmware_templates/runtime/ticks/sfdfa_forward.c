/*
 * sfdfa_forward.c: one tick of the network, section 5 of docs/ARITHMETIC.md.
 */
#include "core/sfdfa_internal.h"

#if !SFDFA_COMPACT

#include "core/sfdfa_fixed.h"
#include SFDFA_ORDER(sfdfa_layer.h)
#include SFDFA_TICK_LEARNING

SFDFA_HOT
void sfdfa_forward_begin(sfdfa_t *net)
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
    if (SFDFA_LEARNS && net->sample.learns) {
        sfdfa_begin_learning(net);
    }
}

/* B - A of a neuron, numbered over all layers. */
static int32_t potential(const sfdfa_t *net, uint16_t neuron)
{
    return SFDFA_STORED((int32_t)SFDFA_B(net, neuron) - SFDFA_A(net, neuron));
}

/* One tick of the neurons of a layer that has had inputs. Returns how many fired, and lists them. */
static uint16_t step_neurons(sfdfa_t *net, uint8_t layer_index, sfdfa_inputs_t inputs, sfdfa_index_t *list)
{
    sfdfa_learn_grades(net, layer_index, inputs);
    return sfdfa_step_layer(net, layer_index, inputs, list);
}

/* Note the inputs of a layer in this tick. Returns whether it has had any so far: else its states are 0, and stay so. */
static bool has_had_inputs(sfdfa_t *net, uint8_t layer_index, sfdfa_inputs_t inputs)
{
    if (SFDFA_LEARNS && net->sample.learns) {
        sfdfa_learn_inputs(net, layer_index, inputs);
    }
    net->sample.inputs[layer_index] += inputs.count;
    return net->sample.inputs[layer_index] > 0;
}

/* Where the spikes of a layer in this tick are listed. */
static sfdfa_index_t *spike_list(sfdfa_t *net, uint8_t layer_index)
{
    return net->sample.learns ? sfdfa_spike_list(net, layer_index) : net->sample.spiking[layer_index % SFDFA_SPIKE_LISTS];
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

/* One tick of the outputs. */
static void step_outputs(sfdfa_t *net, sfdfa_inputs_t inputs)
{
    sfdfa_index_t *list = spike_list(net, SFDFA_LAYERS - 1);
    const bool learns = SFDFA_LEARNS && net->sample.learns;
    const bool active = has_had_inputs(net, SFDFA_LAYERS - 1, inputs);
    if (!active && !(SFDFA_RECORDS_EVERY_TICK && learns)) {
        return;
    }
    const uint16_t count = step_neurons(net, SFDFA_LAYERS - 1, inputs, list);
    if (learns) {
        sfdfa_learn_output_spikes(net, (sfdfa_inputs_t){.index = list, .grades = NULL, .count = count});
    }
}

SFDFA_HOT
void sfdfa_forward_tick(sfdfa_t *net)
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

/* The output with the largest score wins, the lowest number among equals. Count, then potential: potentials differ by less than 2^25, counts are below 32. */
static int32_t score(const sfdfa_t *net, uint16_t neuron)
{
    return net->sample.counts[neuron] * (INT32_C(1) << 25) + potential(net, neuron);
}

uint16_t sfdfa_forward_end(sfdfa_t *net)
{
    const uint16_t first = sfdfa_layers[SFDFA_LAYERS - 1].first_neuron;
    int32_t best = 0;
    int32_t best_score = score(net, first);
    for (uint16_t o = 1; o < SFDFA_OUTPUTS; o++) {
        const int32_t other = score(net, (uint16_t)(first + o));
        const int32_t better = sfdfa_sign_mask(best_score - other);
        best += (o - best) & better;
        best_score += (other - best_score) & better;
    }
    return (uint16_t)best;
}

#endif
