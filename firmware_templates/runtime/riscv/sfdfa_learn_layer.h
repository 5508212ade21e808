/*
 * sfdfa_learn_layer.h: a hidden layer learns under outputs that integrate, by the kernel of RISC-V.
 */
#ifndef SFDFA_LEARN_LAYER_H
#define SFDFA_LEARN_LAYER_H

#include "core/sfdfa_erring.h"
#include "core/sfdfa_projection.h"
#include "core/sfdfa_steps.h"
#include "sfdfa_riscv.h"

static inline void learn_by_kernel(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const uint16_t first = layer->first_neuron;
    int32_t error[SFDFA_OUTPUTS];
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        error[o] = net->learning.error[o];
    }
    sfdfa_riscv_hidden_t hidden = {
        .mean_rate = &net->learned.mean_rate[first],
        .count = &net->sample.counts[first],
        .end = &net->sample.counts[first + layer->neurons],
        .mean_delta = &net->learned.mean_delta[first],
        .feedback = &net->learned.feedback[layer->first_feedback],
        .error = error,
        .rate = scaled_rate(net, layer),
        .key = net->learning.sample_key ^ (UINT32_C(0x80000000) | (uint32_t)layer_index << 24),
        .residual = layer_index == net->learning.turn ? net->learning.residual : NULL,
        .output_draw = net->learning.output_draw,
        .walker = &net->learning.walker,
        .capacity = layer->spike_capacity,
        .saturations = 0,
    };
    sfdfa_riscv_learn_hidden(&hidden);
    net->saturations.update += hidden.saturations;
}

/* The same where inputs are not listed. */
static SFDFA_SELDOM void learn_one_by_one(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const uint8_t *counts = &net->sample.counts[layer->first_neuron];
    uint16_t *mean_rate = &net->learned.mean_rate[layer->first_neuron];
    int32_t *mean_delta = &net->learned.mean_delta[layer->first_neuron];
    for (uint16_t i = 0; i < layer->neurons; i++) {
        const int32_t delta = regulate(&mean_rate[i], counts[i]) + project_on(net, layer, i);
        move_mean(&mean_delta[i], delta);
        if (counts[i] > 0) {
            learn_neuron(net, layer_index, i, delta);
        }
    }
}

static void learn_layer(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_eligibility_begin_layer(net, layer_index);
    if (net->scratch.walk.listed) {
        learn_by_kernel(net, layer_index);
    } else {
        learn_one_by_one(net, layer_index);
    }
    sfdfa_eligibility_end_layer(net, layer_index);
}

#endif
