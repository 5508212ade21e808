/*
 * sfdfa_late_grades.h: S of section 5 of docs/ARITHMETIC.md, summed when an output spikes, for processors with vectors,
 * which foretell branches, and often wrongly where they depend on which of the spikes carry grades.
 */
#ifndef SFDFA_GRADES_H
#define SFDFA_GRADES_H

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_internal.h"
#include "core/sfdfa_kernels.h"
#include "core/sfdfa_random.h"
#include SFDFA_LEARNING(sfdfa_eligibility.h)

/* Nothing is summed while the sample runs. */
static inline void sfdfa_sum_grades(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs)
{
    (void)net, (void)layer, (void)inputs;
}

static inline void sfdfa_begin_grades(sfdfa_learning_t *learning)
{
    learning->grades.probes = 0;
    learning->grades.taken = 0;
    for (uint_fast16_t o = 0; o < SFDFA_WHOLE_VECTORS(SFDFA_OUTPUTS); o++) {
        learning->grades.late_sum[o] = 0;
    }
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        learning->output_grade[o] = 0;
    }
}

/* List neurons that spike for the first time in the sample, which is when they send a grade. */
static inline void note_first_spikes(sfdfa_t *net, sfdfa_inputs_t spikes)
{
    uint_fast16_t probes = net->learning.grades.probes;
    for (uint16_t k = 0; k < spikes.count; k++) {
        const uint16_t i = spikes.index[k];
        net->learning.grades.probe[probes] = (int16_t)(i ^ sfdfa_sign_mask((int32_t)sfdfa_drawn(net, 0, i)));
        probes += net->sample.counts[i] == 1;
    }
    net->learning.grades.probes = (uint16_t)probes;
}

/*
 * S of an output that spikes, which begins anew. That of all outputs takes what has come since any spiked before, whole
 * rows together.
 */
static inline int32_t take_grade(sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t o)
{
    sfdfa_learning_t *learning = &net->learning;
    const uint_fast16_t lanes = SFDFA_WEIGHT_BITS == 8 ? SFDFA_WHOLE_VECTORS(SFDFA_OUTPUTS) : SFDFA_OUTPUTS;
    for (; learning->grades.taken < learning->grades.probes; learning->grades.taken++) {
        const int16_t probe = learning->grades.probe[learning->grades.taken];
        const int32_t sign = sfdfa_sign_mask(probe);
        const sfdfa_weight_t *row = &net->learned.weights[layer->first_weight + (uint32_t)(probe ^ sign) * layer->row];
        sfdfa_add_graded_row(learning->grades.late_sum, row, (int16_t)(64 + 128 * sign), layer->weight_fraction_bits,
                             lanes);
    }
    const int32_t grade = learning->grades.late_sum[o];
    learning->grades.late_sum[o] = 0;
    return grade;
}

/* What the spikes of a hidden layer send in this tick is only listed. */
static inline const int16_t *sfdfa_send_grades(sfdfa_t *net, uint8_t layer_index, sfdfa_inputs_t spikes)
{
    (void)layer_index;
    note_first_spikes(net, spikes);
    return NULL;
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
