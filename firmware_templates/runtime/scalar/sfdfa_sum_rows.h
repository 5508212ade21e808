/*
 * sfdfa_sum_rows.h: the synaptic currents of a layer in one tick, X of section 5 of docs/ARITHMETIC.md, weight by
 * weight.
 */
#ifndef SFDFA_SUM_ROWS_H
#define SFDFA_SUM_ROWS_H

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_internal.h"
#include "core/sfdfa_kernels.h"

/*
 * X of all neurons, to be scaled up if its unit is larger than that of the states. Those before `summed` have the sums
 * of their weights.
 */
static inline void sfdfa_sum_rows_from(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs, uint16_t summed)
{
    int32_t *current = net->scratch.membranes.current;
    const sfdfa_weight_t *weights = &net->learned.weights[layer->first_weight];
    if (summed < layer->neurons) {
        for (uint16_t i = summed; i < layer->neurons; i++) {
            current[i] = 0;
        }
        sfdfa_add_rows(&current[summed], &weights[summed], layer->row, inputs.index, inputs.count,
                       (uint_fast16_t)(layer->neurons - summed));
    }
    if (layer->input_shift > 0) {
        for (uint16_t i = 0; i < layer->neurons; i++) {
            current[i] = sfdfa_round_shift(current[i], (uint8_t)layer->input_shift);
        }
    }
}

/* What the currents are to be multiplied by, where their unit is smaller than that of the states. */
static inline int32_t sfdfa_input_scale(sfdfa_layer_table_t *layer)
{
    return layer->input_shift < 0 ? INT32_C(1) << -layer->input_shift : 1;
}

#endif
