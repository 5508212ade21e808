/*
 * sfdfa_scaled_rows.h: the activity of outputs that integrate, section 5a of docs/ARITHMETIC.md, for any processor.
 */
#ifndef SFDFA_SCALED_ROWS_H
#define SFDFA_SCALED_ROWS_H

#include "sfdfa_scaled_row.h"

#if SFDFA_DECIDE_MARGIN > 0

/* sums[o] += the weights of all inputs to output o. Where there are few outputs, their sums stay in registers. */
static inline void sum_rows(int32_t *sums, const sfdfa_weight_t *weights, uint16_t row, sfdfa_inputs_t inputs)
{
    for (const sfdfa_index_t *input = inputs.index; input != &inputs.index[inputs.count]; input++) {
        const sfdfa_weight_t *weight = &weights[(uint32_t)*input * row];
        SFDFA_ALL_OUTPUTS
        for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
            sums[o] += sfdfa_weight(weight, o);
        }
    }
}

/*
 * Add what the inputs of one tick, one or more, come to: `factor` times the sum of their rows, of which the first input
 * of all has the weights `weights`.
 */
static inline void add_rows_of_tick(sfdfa_activity_t *restrict sums, const sfdfa_weight_t *weights,
                                    sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs, int32_t factor)
{
    int32_t of_tick[SFDFA_OUTPUTS];
    SFDFA_ALL_OUTPUTS
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        of_tick[o] = 0;
    }
    if (SFDFA_VECTOR_LANES > 1) {
        sfdfa_add_rows(of_tick, weights, layer->row, inputs.index, inputs.count, SFDFA_OUTPUTS);
    } else {
        sum_rows(of_tick, weights, layer->row, inputs);
    }
    SFDFA_ALL_OUTPUTS
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        sums[o] += of_tick[o] * factor;
    }
}

#elif !SFDFA_COMPACT

/* The sum of each output over all of its inputs, of which the first has the weights `row`. */
static inline void add_scaled_rows(sfdfa_activity_t *restrict sums, const uint16_t *restrict kappa,
                                   const sfdfa_weight_t *row, sfdfa_layer_table_t *layer)
{
    const uint16_t inputs = layer->inputs;
    const uint16_t cells = layer->row;
    for (uint16_t j = 0; j < inputs; j++) {
        if (kappa[j] > 0) {
            add_scaled_row(sums, row, kappa[j]);
        }
        row += cells;
    }
}

#endif
#endif
