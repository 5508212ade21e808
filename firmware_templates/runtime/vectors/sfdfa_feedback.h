/*
 * sfdfa_feedback.h: feedback that is learned, section 7 of docs/ARITHMETIC.md, by vectors.
 */
#ifndef SFDFA_FEEDBACK_H
#define SFDFA_FEEDBACK_H

#include "core/sfdfa_output_draws.h"

/* What holds a feedback weight plus its change, and the fraction of a change plus its dither. */
#if SFDFA_FEEDBACK_SHIFT >= 2 && SFDFA_FEEDBACK_SHIFT <= 13
typedef int16_t feedback_sum_t;
#else
typedef int32_t feedback_sum_t;
#endif

/* Once for each sample. */
static inline void begin_feedback(sfdfa_t *net)
{
    sfdfa_draw_outputs(net);
}

/*
 * B of section 7 for one hidden neuron. The aim v d is taken in whole parts and a fraction, so that all of it fits 16
 * bits.
 */
static void learn_feedback(sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t i, uint32_t neuron_draw)
{
    int8_t *restrict feedback = &net->learned.feedback[layer->first_feedback + (uint32_t)i * SFDFA_OUTPUTS];
    const int16_t *restrict output_grade = net->learning.output_grade;
    const uint16_t *restrict output_draw = net->learning.output_draw;
    const int8_t direction = sfdfa_direction(neuron_draw);
    const uint16_t draw = sfdfa_feedback_draw(neuron_draw, SFDFA_FEEDBACK_SHIFT);
    int8_t next[SFDFA_WHOLE_VECTORS(SFDFA_OUTPUTS)]; /* those past the last output are not wanted */
    for (uint16_t o = 0; o < SFDFA_WHOLE_VECTORS(SFDFA_OUTPUTS); o++) {
        const feedback_sum_t aim = (feedback_sum_t)(direction * output_grade[o]);
        const feedback_sum_t whole = (feedback_sum_t)sfdfa_floor_shift(aim, SFDFA_FEEDBACK_SHIFT);
        const feedback_sum_t part = (feedback_sum_t)(aim & (feedback_sum_t)sfdfa_mask(SFDFA_FEEDBACK_SHIFT));
        const feedback_sum_t dither = (feedback_sum_t)(draw ^ output_draw[o]);
        const feedback_sum_t dithered = (feedback_sum_t)(part + dither - feedback[o]);
        const feedback_sum_t carried = (feedback_sum_t)sfdfa_floor_shift(dithered, SFDFA_FEEDBACK_SHIFT);
        const feedback_sum_t changed = (feedback_sum_t)(feedback[o] + whole + carried);
        const feedback_sum_t floored = changed < INT8_MIN ? INT8_MIN : changed;
        next[o] = (int8_t)(floored > INT8_MAX ? INT8_MAX : floored);
    }
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        feedback[o] = next[o];
    }
}

#endif
