/*
 * sfdfa_grade_vectors.h: S of section 5 of docs/ARITHMETIC.md for processors with vectors, which foretell branches, and often wrongly
 * where they depend on which of the spikes carry grades.
 */
#ifndef SFDFA_GRADE_VECTORS_H
#define SFDFA_GRADE_VECTORS_H

#include "core/sfdfa_draws.h"
#include "core/sfdfa_fixed.h"
#include "core/sfdfa_internal.h"
#include "core/sfdfa_kernels.h"

#if SFDFA_LEARNS_FEEDBACK
#if SFDFA_LATE_GRADES

static inline void sfdfa_begin_grades(sfdfa_learning_t *learning)
{
    learning->probes = 0;
    learning->taken = 0;
    for (uint_fast16_t o = 0; o < SFDFA_WHOLE_VECTORS(SFDFA_OUTPUTS); o++) {
        learning->late_sum[o] = 0;
    }
}

/* List neurons that spike for the first time in the sample, which is when they send a grade. */
static inline void note_first_spikes(sfdfa_t *net, sfdfa_inputs_t spikes)
{
    uint_fast16_t probes = net->learning.probes;
    for (uint16_t k = 0; k < spikes.count; k++) {
        const uint16_t i = spikes.index[k];
        net->learning.probe[probes] = (int16_t)(i ^ sfdfa_sign_mask((int32_t)sfdfa_drawn(net, 0, i)));
        probes += net->sample.counts[i] == 1;
    }
    net->learning.probes = (uint16_t)probes;
}

/* S of an output that spikes, which begins anew. That of all outputs takes what has come since any spiked before, whole rows together. */
static inline int32_t take_grade(sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t o)
{
    sfdfa_learning_t *learning = &net->learning;
    const uint_fast16_t lanes = SFDFA_WEIGHT_BITS == 8 ? SFDFA_WHOLE_VECTORS(SFDFA_OUTPUTS) : SFDFA_OUTPUTS;
    for (; learning->taken < learning->probes; learning->taken++) {
        const int16_t probe = learning->probe[learning->taken];
        const int32_t sign = sfdfa_sign_mask(probe);
        const sfdfa_weight_t *row = &net->learned.weights[layer->first_weight + (uint32_t)(probe ^ sign) * layer->row];
        sfdfa_add_graded_row(learning->late_sum, row, (int16_t)(64 + 128 * sign), layer->weight_fraction_bits, lanes);
    }
    const int32_t grade = learning->late_sum[o];
    learning->late_sum[o] = 0;
    return grade;
}

#else

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
#endif
#endif
