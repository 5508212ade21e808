/*
 * sfdfa_summed_grades.h: S of section 5 of docs/ARITHMETIC.md, summed in each tick, for processors with vectors, which
 * foretell branches, and often wrongly where they depend on which of the spikes carry grades.
 */
#ifndef SFDFA_GRADES_H
#define SFDFA_GRADES_H

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_internal.h"
#include "core/sfdfa_kernels.h"
#include "core/sfdfa_random.h"
#include SFDFA_LEARNING(sfdfa_eligibility.h)

static int16_t *sfdfa_grade_sums(sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    return &net->learning.grades.sum[layer->first_neuron - SFDFA_FIRST_LAYER_NEURONS];
}

static inline void sfdfa_begin_grades(sfdfa_learning_t *learning)
{
    for (uint16_t i = 0; i < SFDFA_GRADED_NEURONS; i++) {
        learning->grades.sum[i] = 0;
    }
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        learning->output_grade[o] = 0;
    }
}

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
static inline void sfdfa_sum_graded_rows(int16_t *restrict total, const sfdfa_weight_t *restrict weights,
                                         sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs, uint32_t *saturations)
{
    /* Rows of bytes may be read past their end, as far as vectors go. */
    const uint_fast16_t lanes =
        SFDFA_WEIGHT_BITS == 8 ? SFDFA_WHOLE_VECTORS((uint_fast16_t)layer->neurons) : layer->neurons;
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

static void sfdfa_sum_grades(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs)
{
    sfdfa_sum_graded_rows(sfdfa_grade_sums(net, layer), &net->learned.weights[layer->first_weight], layer, inputs,
                          &net->saturations.grades);
}

/* The sum of grades that a neuron sends, which begins anew. */
static inline int32_t take_grade(sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t i)
{
    int16_t *sum = &sfdfa_grade_sums(net, layer)[i];
    const int32_t grade = *sum;
    *sum = 0;
    return grade;
}

/*
 * Send grades with the spikes of a hidden layer in this tick, after they have been counted. Returns them, or a null
 * pointer if all are 0.
 */
static const int16_t *sfdfa_send_grades(sfdfa_t *net, uint8_t layer_index, sfdfa_inputs_t spikes)
{
    int16_t *grades = net->learning.grades.grade[layer_index % SFDFA_SPIKE_LISTS];
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const uint8_t *counts = &net->sample.counts[layer->first_neuron];
    int32_t any = 0;
    for (uint16_t k = 0; k < spikes.count; k++) {
        const uint16_t i = spikes.index[k];
        int32_t grade = layer_index > 0 ? take_grade(net, layer, i) : 0;
        const int32_t first = -(counts[i] == 1); /* no branch, which would often be foretold wrongly */
        grade += first & (64 * sfdfa_direction(sfdfa_drawn(net, layer_index, i)));
        grade = sfdfa_saturate(grade, INT16_MAX, &net->saturations.grades);
        any |= grade;
        grades[k] = (int16_t)grade;
    }
    return any != 0 ? grades : NULL;
}

/* d of the outputs that spiked in this tick. */
static void sfdfa_add_output_grades(sfdfa_t *net, sfdfa_inputs_t spikes)
{
    int16_t *sums = net->learning.output_grade;
    for (uint16_t k = 0; k < spikes.count; k++) {
        const uint16_t o = spikes.index[k];
        const int32_t grade = take_grade(net, &sfdfa_layers[SFDFA_LAYERS - 1], o);
        sums[o] = (int16_t)sfdfa_saturate(sums[o] + grade, INT16_MAX, &net->saturations.grades);
    }
}

#endif
