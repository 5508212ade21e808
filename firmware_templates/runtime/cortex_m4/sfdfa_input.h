/*
 * sfdfa_input.h: the synaptic currents of a layer in one tick, X of section 5 of docs/ARITHMETIC.md, by the kernel of
 * Cortex-M with the DSP extension.
 */
#ifndef SFDFA_INPUT_H
#define SFDFA_INPUT_H

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_internal.h"
#include "scalar/sfdfa_sum_rows.h"
#include "sfdfa_cortex_m4.h"

/* With more inputs than the kernel takes, or in a unit that it does not scale. */
static SFDFA_SELDOM void sum_unpacked(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs)
{
    sfdfa_sum_rows_from(net, layer, inputs, 0);
}

/* With the kernel. */
static inline void sum_packed(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs)
{
    const sfdfa_weight_t *weights = &net->learned.weights[layer->first_weight];
    uint32_t *lanes = (uint32_t *)net->scratch.membranes.current;
#if SFDFA_WEIGHT_BITS == 4
    uint32_t rows = inputs.count < SFDFA_M4_ROWS ? inputs.count : SFDFA_M4_ROWS;
    const sfdfa_index_t *input = inputs.index;
    sfdfa_m4_sum(input, rows, layer, weights, lanes);
    for (uint32_t left = inputs.count - rows; left > 0; left -= rows) {
        input += rows;
        rows = left < SFDFA_M4_ROWS ? left : SFDFA_M4_ROWS;
        sfdfa_m4_sum_more(input, rows, layer, weights, lanes);
    }
#else
    sfdfa_m4_sum(inputs.index, inputs.count, layer, weights, lanes);
#endif
}

/* X of section 5, two to a word or, where the kernel does not take the layer, one. */
static inline void sfdfa_sum_inputs(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs)
{
    const bool packed = inputs.count <= SFDFA_M4_MOST_ROWS && layer->input_shift <= 0 && layer->input_shift >= -15;
    net->sample.packed = packed;
    if (packed) {
        sum_packed(net, layer, inputs);
    } else {
        sum_unpacked(net, layer, inputs);
    }
}

#endif
