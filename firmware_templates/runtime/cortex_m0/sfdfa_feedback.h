/*
 * sfdfa_feedback.h: feedback that is learned, section 7 of docs/ARITHMETIC.md, by the kernel of Cortex-M0.
 */
#ifndef SFDFA_FEEDBACK_H
#define SFDFA_FEEDBACK_H

#include "core/sfdfa_output_draws.h"
#include "sfdfa_cortex_m0.h"

/* Once for each sample. */
static inline void begin_feedback(sfdfa_t *net)
{
    sfdfa_draw_outputs(net);
}

/* B of section 7 for one hidden neuron. */
static SFDFA_OWN_FRAME void learn_feedback(sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t i, uint32_t neuron_draw)
{
    int8_t *restrict feedback = &net->learned.feedback[layer->first_feedback + (uint32_t)i * SFDFA_OUTPUTS];
    const sfdfa_m0_feedback_t kernel = {
        .grade = net->learning.output_grade,
        .output_draw = SFDFA_OUTPUT_DRAW(net),
        .direction = sfdfa_direction(neuron_draw),
        .last = 2 * (SFDFA_OUTPUTS - 1),
        .feedback = feedback,
        .draw = sfdfa_feedback_draw(neuron_draw, SFDFA_FEEDBACK_SHIFT),
    };
    sfdfa_m0_learn_feedback(&kernel);
}

#endif
