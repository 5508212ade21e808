/*
 * sfdfa_output_draws.h: draws of the outputs, for the dither of feedback, section 7 of docs/ARITHMETIC.md.
 */
#ifndef SFDFA_OUTPUT_DRAWS_H
#define SFDFA_OUTPUT_DRAWS_H

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_internal.h"
#include "core/sfdfa_random.h"
#include SFDFA_LEARNING(sfdfa_eligibility.h)

static SFDFA_OWN_FRAME void sfdfa_draw_outputs(sfdfa_t *net)
{
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        const uint32_t draw = sfdfa_drawn(net, SFDFA_LAYERS - 1, o);
        SFDFA_OUTPUT_DRAW(net)[o] = sfdfa_feedback_draw(draw, SFDFA_FEEDBACK_SHIFT);
    }
}

#endif
