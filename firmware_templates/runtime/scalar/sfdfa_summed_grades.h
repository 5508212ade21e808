/*
 * sfdfa_summed_grades.h: S of section 5 of docs/ARITHMETIC.md, summed in each tick.
 */
#ifndef SFDFA_GRADES_H
#define SFDFA_GRADES_H

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_internal.h"
#include "core/sfdfa_kernels.h"
#include "core/sfdfa_random.h"
#include SFDFA_LEARNING(sfdfa_eligibility.h)
#include SFDFA_SUM_GRADES

static inline void sfdfa_begin_grades(sfdfa_learning_t *learning)
{
    for (uint16_t i = 0; i < SFDFA_GRADED_NEURONS; i++) {
        learning->grades.sum[i] = 0;
    }
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        learning->output_grade[o] = 0;
    }
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
        if (counts[i] == 1) {
            grade += 64 * sfdfa_direction(sfdfa_drawn(net, layer_index, i));
            grade = sfdfa_saturate(grade, INT16_MAX, &net->saturations.grades);
        }
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
