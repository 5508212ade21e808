/*
 * sfdfa_input.h: the synaptic currents of a layer in one tick, X of section 5 of docs/ARITHMETIC.md: four weights a
 * word by the kernel of RISC-V where rows are words, else weight by weight.
 */
#ifndef SFDFA_INPUT_H
#define SFDFA_INPUT_H

#include "core/sfdfa_internal.h"
#include "scalar/sfdfa_sum_rows.h"
#include "sfdfa_riscv.h"

/* Whether the kernels take the rows of a layer. */
static inline bool rows_are_words(sfdfa_layer_table_t *layer)
{
    return (layer->row | layer->first_weight | layer->neurons) % 4 == 0;
}

/* The sums of words of four neurons, and X of each of them. */
static SFDFA_SELDOM void sum_words(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs)
{
    int32_t *current = net->scratch.membranes.current;
    const int32_t raised = SFDFA_RISCV_RAISED * (int32_t)inputs.count;
    sfdfa_riscv_sum(current, &net->learned.weights[layer->first_weight], layer->row, inputs.index,
                    &inputs.index[inputs.count], layer->neurons / 4U);
    for (const int32_t *end = &current[layer->neurons]; current != end; current += 4) {
        const uint32_t even = (uint32_t)current[0];
        const uint32_t odd = (uint32_t)current[1] - (even >> 16 << 8);
        current[0] = (int32_t)(even & UINT16_MAX) - raised;
        current[1] = (int32_t)(odd & UINT16_MAX) - raised;
        current[2] = (int32_t)(even >> 16) - raised;
        current[3] = (int32_t)(odd >> 16) - raised;
    }
}

/* X of section 5, to be scaled up if its unit is larger than that of the states. */
static SFDFA_SELDOM void sum_apart(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs)
{
    uint16_t summed = 0;
    if (rows_are_words(layer) && inputs.count <= SFDFA_RISCV_MOST_ROWS) {
        sum_words(net, layer, inputs);
        summed = layer->neurons;
    }
    sfdfa_sum_rows_from(net, layer, inputs, summed);
}

/* The same, or nothing where narrow neurons are stepped with their inputs. */
static inline void sfdfa_sum_inputs(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs)
{
    const bool together = net->sample.narrow && layer->input_shift == -SFDFA_RISCV_STEP_SHIFT &&
                          rows_are_words(layer) && inputs.count <= SFDFA_RISCV_MOST_ROWS;
    net->sample.unsummed = together ? (uint8_t)inputs.count : 0;
    net->sample.unsummed_inputs = inputs.index;
    if (!together) {
        sum_apart(net, layer, inputs);
    }
}

#endif
