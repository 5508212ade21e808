/*
 * sfdfa_feedback.h: feedback that is learned, section 7 of docs/ARITHMETIC.md.
 */
#ifndef SFDFA_FEEDBACK_H
#define SFDFA_FEEDBACK_H

#include "core/sfdfa_output_draws.h"

/* Once for each sample. */
static inline void begin_feedback(sfdfa_t *net)
{
    sfdfa_draw_outputs(net);
}

/* B of section 7 for one hidden neuron. */
static SFDFA_OWN_FRAME void learn_feedback(sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t i, uint32_t neuron_draw)
{
    int8_t *restrict feedback = &net->learned.feedback[layer->first_feedback + (uint32_t)i * SFDFA_OUTPUTS];
    const int16_t *restrict output_grade = net->learning.output_grade;
    const uint16_t *restrict output_draw = SFDFA_OUTPUT_DRAW(net);
    const int32_t direction = sfdfa_direction(neuron_draw);
    const uint16_t draw = sfdfa_feedback_draw(neuron_draw, SFDFA_FEEDBACK_SHIFT);
    SFDFA_UNROLL_OUTPUTS
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        const int32_t dither = draw ^ output_draw[o];
        const int32_t change =
            sfdfa_floor_shift(direction * output_grade[o] - feedback[o] + dither, SFDFA_FEEDBACK_SHIFT);
        feedback[o] = sfdfa_clamp_byte(feedback[o] + change);
    }
}

#endif
