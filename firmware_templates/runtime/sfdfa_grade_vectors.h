/*
 * sfdfa_grade_vectors.h: S of section 5 of docs/ARITHMETIC.md for processors with vectors, which foretell branches, and often wrongly
 * where they depend on which of the spikes carry grades.
 */
#ifndef SFDFA_GRADE_VECTORS_H
#define SFDFA_GRADE_VECTORS_H

#include "sfdfa_fixed.h"
#include "sfdfa_internal.h"
#include "sfdfa_kernels.h"

/* List the inputs with a grade that is not 0, without a branch for each. Returns how many there are. */
static inline uint16_t sfdfa_list_graded(sfdfa_inputs_t inputs, uint16_t *graded)
{
    uint16_t count = 0;
    for (uint16_t k = 0; k < inputs.count; k++) {
        graded[count] = k;
        count = (uint16_t)(count + (inputs.grades[k] != 0));
    }
    return count;
}

/* total[i] = sat(total[i] + the graded weights of the inputs), adding to *saturations */
static inline void sfdfa_sum_graded_rows(int16_t *restrict total, const sfdfa_weight_t *restrict weights, sfdfa_layer_table_t *layer,
                                         sfdfa_inputs_t inputs, uint32_t *saturations)
{
    /* Rows of bytes may be read past their end, as far as vectors go. */
    const uint_fast16_t lanes = SFDFA_WEIGHT_BITS == 8 ? SFDFA_WHOLE_VECTORS((uint_fast16_t)layer->neurons) : layer->neurons;
    uint16_t graded[SFDFA_WIDEST_HIDDEN + 1];
    int32_t sums[SFDFA_WHOLE_VECTORS(SFDFA_WIDEST)];
    const uint16_t count = sfdfa_list_graded(inputs, graded);
    if (count == 0) {
        return;
    }
    for (uint_fast16_t i = 0; i < lanes; i++) {
        sums[i] = 0;
    }
    for (uint16_t k = 0; k < count; k++) {
        const sfdfa_weight_t *row = &weights[(uint32_t)inputs.index[graded[k]] * layer->row];
        sfdfa_add_graded_row(sums, row, inputs.grades[graded[k]], layer->weight_fraction_bits, lanes);
    }
    for (uint_fast16_t i = 0; i < layer->neurons; i++) {
        total[i] = (int16_t)sfdfa_saturate(total[i] + sums[i], INT16_MAX, saturations);
    }
}

#endif
