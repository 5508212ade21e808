/*
 * sfdfa_late_grades.h: S of section 5 of docs/ARITHMETIC.md, summed when an output spikes, from a list of first spikes.
 */
#ifndef SFDFA_GRADES_H
#define SFDFA_GRADES_H

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_internal.h"
#include "core/sfdfa_kernels.h"
#include "core/sfdfa_random.h"
#include SFDFA_LEARNING(sfdfa_eligibility.h)

static inline void sfdfa_begin_grades(sfdfa_learning_t *learning)
{
    learning->grades.probes = 0;
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        learning->grades.taken[o] = 0;
    }
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        learning->output_grade[o] = 0;
    }
}

/* Nothing is summed while the sample runs. */
static inline void sfdfa_sum_grades(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs)
{
    (void)net, (void)layer, (void)inputs;
}

/* List neurons that spike for the first time in the sample, which is when they send a grade. */
static void note_first_spikes(sfdfa_t *net, sfdfa_inputs_t spikes)
{
    int16_t *put = &net->learning.grades.probe[net->learning.grades.probes];
    for (uint16_t k = 0; k < spikes.count; k++) {
        const uint16_t i = spikes.index[k];
        if (net->sample.counts[i] == 1) {
            *put++ = (int16_t)(i ^ sfdfa_sign_mask((int32_t)sfdfa_drawn(net, 0, i)));
        }
    }
    net->learning.grades.probes = (uint16_t)(put - net->learning.grades.probe);
}

/* S of an output that spikes: the grades that have come since it spiked before. */
static int32_t take_grade(sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t o)
{
    const sfdfa_weight_t *weights = &net->learned.weights[layer->first_weight + SFDFA_CELL(o)];
    const uint8_t shift = layer->weight_fraction_bits;
    const int16_t *probe = &net->learning.grades.probe[net->learning.grades.taken[o]];
    const int16_t *end = &net->learning.grades.probe[net->learning.grades.probes];
    int32_t sum = 0;
    SFDFA_UNROLL
    for (; probe != end; probe++) {
        const int32_t sign = sfdfa_sign_mask(*probe);
        const int32_t weight = sfdfa_weight(&weights[(uint32_t)(*probe ^ sign) * layer->row], SFDFA_PLACE_IN_CELL(o));
        sum += sfdfa_round_shift(((weight ^ sign) - sign) * 64, shift);
    }
    net->learning.grades.taken[o] = net->learning.grades.probes;
    return sum;
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
