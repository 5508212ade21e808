/*
 * sfdfa_learn_layer.h: deltas, steps and feedback of a layer, sections 6 and 7 of docs/ARITHMETIC.md, for processors
 * with vectors: operation by operation and not neuron by neuron, so that only the divisions remain that no vector does.
 */
#ifndef SFDFA_LEARN_LAYER_H
#define SFDFA_LEARN_LAYER_H

#include "core/sfdfa_erring.h"
#include "core/sfdfa_fixed.h"
#include "core/sfdfa_internal.h"
#include "core/sfdfa_random.h"
#include "core/sfdfa_projection.h"
#include "core/sfdfa_error.h"
#include SFDFA_FEEDBACK
#include "vectors/sfdfa_eligibility.h"

/* The same where outputs integrate. */
static void project_all(sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    for (uint16_t i = 0; i < layer->neurons; i++) {
        net->scratch.update.delta[i] = project_on(net, layer, i);
    }
}

static void project_errors(sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    if (SFDFA_INTEGRATES) {
        project_all(net, layer);
        return;
    }
    const sfdfa_learning_t *learning = &net->learning;
    const int8_t *restrict feedback = &net->learned.feedback[layer->first_feedback];
    int32_t *restrict delta = net->scratch.update.delta;
    for (uint_fast16_t i = 0; i < layer->neurons; i++) {
        delta[i] = 0;
    }
    for (uint16_t k = 0; k < learning->errors; k++) {
        const sfdfa_erring_t erring = learning->erring[k];
        for (uint_fast16_t i = 0; i < layer->neurons; i++) {
            delta[i] += feedback[i * SFDFA_OUTPUTS + erring.output] * (int32_t)erring.error;
        }
    }
}

static void regulate_deltas(sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    const uint8_t *restrict counts = &net->sample.counts[layer->first_neuron];
    uint16_t *restrict mean_rate = &net->learned.mean_rate[layer->first_neuron];
    int32_t *restrict delta = net->scratch.update.delta;
    uint32_t saturations = 0;
    SFDFA_VECTORS
    for (uint_fast16_t i = 0; i < layer->neurons; i++) {
        delta[i] = sfdfa_saturate(delta[i] + regulate(&mean_rate[i], counts[i]), DELTA_LIMIT, &saturations);
    }
    net->saturations.update += saturations;
}

/* List the neurons of a layer that learn: with a branch at each, many would be foretold wrongly. */
static inline void list_eligible(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const uint8_t *counts = &net->sample.counts[layer->first_neuron];
    const bool outputs = !SFDFA_INTEGRATES && layer_index == SFDFA_LAYERS - 1;
    sfdfa_index_t *list = net->scratch.update.neuron;
    uint16_t count = 0;
    for (uint16_t i = 0; i < layer->neurons; i++) {
        list[count] = (sfdfa_index_t)i;
        count = (uint16_t)(count + ((counts[i] > 0) | (outputs && sfdfa_has_virtual_spike(net, i))));
    }
    net->scratch.update.eligible = count;
}

/* The running means of a layer, and from them what the deltas are divided by. */
static void move_means(sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    const int32_t *restrict delta = net->scratch.update.delta;
    uint32_t *restrict divisor = net->scratch.update.divisor;
    int32_t *restrict mean_delta = &net->learned.mean_delta[layer->first_neuron];
    SFDFA_VECTORS
    for (uint_fast16_t i = 0; SFDFA_NORMALISED && i < layer->neurons; i++) {
        const int32_t absolute = delta[i] < 0 ? -delta[i] : delta[i];
        mean_delta[i] += sfdfa_round_shift(1024 * absolute - mean_delta[i], 10);
        divisor[i] = (uint32_t)sfdfa_round_shift(mean_delta[i], 10) + SFDFA_NORMALISER_FLOOR;
    }
}

static inline uint32_t divide_size(uint32_t size, uint32_t divisor)
{
    return SFDFA_NORMALISED ? (size * (SFDFA_STEP_GAIN * 4) + divisor / 2) / divisor : size;
}

/*
 * The deltas of the listed neurons, over their running means where they are normalised, as far as sizes go; they are
 * clamped later. Others get 0.
 */
static void divide_deltas(sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    sfdfa_update_t *update = &net->scratch.update;
    for (uint_fast16_t i = 0; i < layer->neurons; i++) {
        update->size[i] = 0;
    }
    for (uint16_t k = 0; k < update->eligible; k++) {
        const uint16_t i = update->neuron[k];
        const int32_t delta = update->delta[i];
        update->size[i] = divide_size((uint32_t)(delta < 0 ? -delta : delta), update->divisor[i]);
    }
}

static void compute_steps(sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    const int32_t rate = scaled_rate(net, layer);
    const int32_t *restrict delta = net->scratch.update.delta;
    const uint32_t *restrict size = net->scratch.update.size;
    int16_t *restrict step = net->scratch.update.step;
    uint32_t saturations = 0;
    SFDFA_VECTORS
    for (uint_fast16_t i = 0; i < layer->neurons; i++) {
        const bool clamped = size[i] > STEP_DELTA_LIMIT;
        const int32_t kept = clamped ? STEP_DELTA_LIMIT : (int32_t)size[i];
        const int32_t exact = sfdfa_round_shift(rate * (delta[i] < 0 ? -kept : kept), 10);
        step[i] = (int16_t)sfdfa_saturate(exact, INT16_MAX, &saturations);
        saturations += clamped;
    }
    net->saturations.update += saturations;
}

static void learn_feedback_of_layer(sfdfa_t *net, uint8_t layer_index)
{
    for (uint16_t k = 0; k < net->scratch.update.eligible; k++) {
        const uint16_t i = net->scratch.update.neuron[k];
        learn_feedback(net, &sfdfa_layers[layer_index], i, sfdfa_drawn(net, layer_index, i));
    }
}

/* From the deltas of a layer to its steps; its neurons that learn are listed. */
static void find_steps(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    list_eligible(net, layer_index);
    move_means(net, layer);
    divide_deltas(net, layer);
    compute_steps(net, layer);
}

static void learn_hidden_layer(sfdfa_t *net, uint8_t layer_index)
{
    project_errors(net, &sfdfa_layers[layer_index]);
    regulate_deltas(net, &sfdfa_layers[layer_index]);
    find_steps(net, layer_index);
    learn_feedback_of_layer(net, layer_index);
    sfdfa_eligibility_end_layer(net, layer_index);
}

static void learn_outputs(sfdfa_t *net)
{
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        net->scratch.update.delta[o] = 64 * (int32_t)net->learning.error[o];
    }
    find_steps(net, SFDFA_LAYERS - 1);
    sfdfa_eligibility_end_layer(net, SFDFA_LAYERS - 1);
}

static void learn_layer(sfdfa_t *net, uint8_t layer_index)
{
    if (layer_index != SFDFA_LAYERS - 1) {
        learn_hidden_layer(net, layer_index);
    } else {
        learn_outputs(net);
    }
}

#endif
