/*
 * sfdfa_input.h: the synaptic currents of a layer in one tick, X of section 5 of docs/ARITHMETIC.md, by the kernel of
 * Cortex-M0.
 */
#ifndef SFDFA_INPUT_H
#define SFDFA_INPUT_H

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_internal.h"
#include "core/sfdfa_kernels.h"
#include "sfdfa_cortex_m0.h"

#if SFDFA_WEIGHT_BITS == 4

/* Add the inputs of a layer up to the last one, after those that are in the sums. */
static inline void sum_more(sfdfa_m0_sum_t *kernel, const sfdfa_index_t *end)
{
    kernel->offset = 0;
    while (kernel->end != end) {
        kernel->input = kernel->end;
        kernel->end = end - kernel->input > SFDFA_M0_MOST_ROWS ? kernel->input + SFDFA_M0_MOST_ROWS : end;
        sfdfa_m0_sum_more(kernel);
    }
}

#endif

/* Sum a layer with the kernel. Returns whether it takes the layer. */
static inline bool sum_packed(int32_t *current, const sfdfa_weight_t *weights, sfdfa_layer_table_t *layer,
                              sfdfa_inputs_t inputs, uint8_t shift, uint32_t offset)
{
    const bool in_one = inputs.count <= SFDFA_M0_MOST_ROWS;
    if (SFDFA_WEIGHT_BITS == 8 && !in_one) {
        return false;
    }
    sfdfa_m0_sum_t kernel = {
        .input = inputs.index,
        .end = &inputs.index[in_one ? inputs.count : SFDFA_M0_MOST_ROWS],
        .row = layer->row,
        .weights = weights,
        .current = current,
        .current_end = &current[layer->neurons],
        .shift = shift,
        .offset = offset,
        .alignment = layer->row | layer->first_weight,
    };
    sfdfa_m0_sum(&kernel);
#if SFDFA_WEIGHT_BITS == 4
    sum_more(&kernel, &inputs.index[inputs.count]);
#endif
    return true;
}

/* Currents that the kernel has left as they are: in the unit of the states, shifted, with the offset. */
static inline void finish_currents(int32_t *current, sfdfa_layer_table_t *layer, uint8_t shift, uint32_t offset)
{
    const uint16_t neurons = layer->neurons;
    for (uint16_t i = 0; i < neurons; i++) {
        const int32_t x =
            layer->input_shift > 0 ? sfdfa_round_shift(current[i], (uint8_t)layer->input_shift) : current[i];
        current[i] = (int32_t)(((uint32_t)x << shift) + offset);
    }
}

/* X of section 5; for narrow states in 2^-12, with what rounds the decays. */
static inline void sfdfa_sum_inputs(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs)
{
    int32_t *current = net->scratch.membranes.current;
    const sfdfa_weight_t *weights = &net->learned.weights[layer->first_weight];
    const uint16_t neurons = layer->neurons;
    const bool narrow = net->sample.narrow;
    const uint8_t shift = narrow ? (uint8_t)(12 - (layer->input_shift < 0 ? layer->input_shift : 0)) : 0;
    const uint32_t offset = narrow ? SFDFA_DECAY_ROUNDING : 0;
    if (layer->input_shift > 0 || !sum_packed(current, weights, layer, inputs, shift, offset)) {
        for (uint16_t i = 0; i < neurons; i++) {
            current[i] = 0;
        }
        sfdfa_add_rows(current, weights, layer->row, inputs.index, inputs.count, neurons);
        finish_currents(current, layer, shift, offset);
    }
}

#endif
