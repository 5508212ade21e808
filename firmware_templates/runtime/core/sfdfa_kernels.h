/*
 * sfdfa_kernels.h: the loops over synapses. A row holds the weights of one input, neuron by neuron; every kernel runs
 * over a row from end to end and does the same work whatever the values are.
 */
#ifndef SFDFA_KERNELS_H
#define SFDFA_KERNELS_H

#include "sfdfa_fixed.h"
#include "sfdfa_internal.h"
#include "sfdfa_random.h"
#include "sfdfa_updates.h"
#include SFDFA_CELLS

/* sums[i] += the sum over `count` inputs of their weights to neuron i */
static inline void sfdfa_add_rows(int32_t *restrict sums, const sfdfa_weight_t *restrict weights, uint16_t row,
                                  const sfdfa_index_t *restrict inputs, uint16_t count, uint_fast16_t neurons)
{
    for (uint16_t k = 0; k < count; k++) {
        sfdfa_add_row(sums, &weights[(uint32_t)inputs[k] * row], neurons);
    }
}

/* sums[i] += rshift(row[i] * grade, shift) */
static inline void sfdfa_add_graded_row(int32_t *restrict sums, const sfdfa_weight_t *restrict row, int16_t grade,
                                        uint8_t shift, uint_fast16_t neurons)
{
    SFDFA_UNROLL
    for (uint_fast16_t i = 0; i < neurons; i++) {
        sums[i] += sfdfa_round_shift(sfdfa_weight(row, i) * (int32_t)grade, shift);
    }
}

/* The weight of `neuron` in `row` changes by `change`, of 16 bits and a sign. */
static inline void sfdfa_change_weight(sfdfa_weight_t *row, uint16_t neuron, int32_t change)
{
    const int32_t weight = sfdfa_clamp_weight(sfdfa_weight(row, neuron) + change);
    sfdfa_put_weight(row, neuron, weight);
}

#endif
