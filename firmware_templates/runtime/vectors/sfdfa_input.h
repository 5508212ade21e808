/*
 * sfdfa_input.h: the synaptic currents of a layer in one tick, X of section 5 of docs/ARITHMETIC.md, for processors
 * with vectors: over rows of 8-bit weights in 16 bits as long as they fit.
 */
#ifndef SFDFA_INPUT_H
#define SFDFA_INPUT_H

#include "core/sfdfa_internal.h"
#include "scalar/sfdfa_sum_rows.h"

#define SFDFA_SUMMED_ROWS 256 /* of weights down to -128: their sum fits 16 bits */

/*
 * sums[i] = the sum of four rows, added to what is there if these are more of them, so that it is touched once for all
 * four.
 */
static inline void sfdfa_add_four_rows(int16_t *restrict sums, const int8_t *restrict row0, const int8_t *restrict row1,
                                       const int8_t *restrict row2, const int8_t *restrict row3, uint_fast16_t lanes,
                                       bool more)
{
    SFDFA_VECTORS
    for (uint_fast16_t i = 0; i < lanes; i++) {
        const int16_t lower = (int16_t)(row0[i] + row1[i]);
        const int16_t upper = (int16_t)(row2[i] + row3[i]);
        const int16_t sum = (int16_t)(lower + upper);
        sums[i] = more ? (int16_t)(sums[i] + sum) : sum;
    }
}

/* The row of the k-th input if it is among the first `some`, or one of zeros. */
static inline const int8_t *sfdfa_row_or_none(const int8_t *weights, uint16_t row, sfdfa_inputs_t inputs, uint16_t k,
                                              uint16_t some)
{
    static const int8_t none[SFDFA_WHOLE_VECTORS(SFDFA_WIDEST)];
    return k < some ? &weights[(uint32_t)inputs.index[k] * row] : none;
}

/* current[i] = the sum of 1 to SFDFA_SUMMED_ROWS rows, added to what is there if these are more of them */
static inline void sfdfa_sum_some_rows(int32_t *restrict current, const int8_t *restrict weights,
                                       sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs, bool more)
{
    const uint_fast16_t lanes = SFDFA_WHOLE_VECTORS((uint_fast16_t)layer->neurons);
    const uint16_t row = layer->row;
    int16_t sums[SFDFA_WHOLE_VECTORS(SFDFA_WIDEST)];
    const uint16_t some = (uint16_t)((inputs.count - 1) % 4 + 1); /* and what is left is a multiple of four */
    sfdfa_add_four_rows(sums, sfdfa_row_or_none(weights, row, inputs, 0, some),
                        sfdfa_row_or_none(weights, row, inputs, 1, some),
                        sfdfa_row_or_none(weights, row, inputs, 2, some),
                        sfdfa_row_or_none(weights, row, inputs, 3, some), lanes, false);
    for (uint16_t k = some; k != inputs.count; k = (uint16_t)(k + 4)) {
        sfdfa_add_four_rows(
            sums, &weights[(uint32_t)inputs.index[k] * row], &weights[(uint32_t)inputs.index[k + 1] * row],
            &weights[(uint32_t)inputs.index[k + 2] * row], &weights[(uint32_t)inputs.index[k + 3] * row], lanes, true);
    }
    for (uint_fast16_t i = 0; i < lanes; i++) {
        current[i] = more ? current[i] + sums[i] : sums[i];
    }
}

/* current[i] = the sum of the rows of all inputs; what lies past the layer's neurons is of no use to anyone. */
static inline void sfdfa_sum_rows(int32_t *restrict current, const int8_t *restrict weights, sfdfa_layer_table_t *layer,
                                  sfdfa_inputs_t inputs)
{
    sfdfa_inputs_t some = inputs;
    some.count = inputs.count < SFDFA_SUMMED_ROWS ? inputs.count : SFDFA_SUMMED_ROWS;
    sfdfa_sum_some_rows(current, weights, layer, some, false);
    for (uint16_t first = SFDFA_SUMMED_ROWS; first < inputs.count; first = (uint16_t)(first + SFDFA_SUMMED_ROWS)) {
        const uint16_t left = (uint16_t)(inputs.count - first);
        some.index = &inputs.index[first];
        some.count = left < SFDFA_SUMMED_ROWS ? left : SFDFA_SUMMED_ROWS;
        sfdfa_sum_some_rows(current, weights, layer, some, true);
    }
}

/* X of section 5, to be scaled up if its unit is larger than that of the states. */
static inline void sfdfa_sum_inputs(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs)
{
    uint16_t summed = 0;
    if (SFDFA_WEIGHT_BITS == 8) {
        const int8_t *weights = (const int8_t *)&net->learned.weights[layer->first_weight];
        sfdfa_sum_rows(net->scratch.membranes.current, weights, layer, inputs);
        summed = layer->neurons;
    }
    sfdfa_sum_rows_from(net, layer, inputs, summed);
}

#endif
