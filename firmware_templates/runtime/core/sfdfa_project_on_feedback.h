/*
 * sfdfa_project_on_feedback.h: the errors of outputs that integrate, projected on the feedback of a hidden neuron,
 * section 6 of docs/ARITHMETIC.md, for any processor.
 */
#ifndef SFDFA_PROJECT_ON_FEEDBACK_H
#define SFDFA_PROJECT_ON_FEEDBACK_H

#include "sfdfa_fixed.h"
#include "sfdfa_internal.h"

/* Before it is scaled. */
static inline int32_t project_on_feedback(const sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t i)
{
    const int8_t *feedback = &net->learned.feedback[layer->first_feedback + (uint32_t)i * SFDFA_OUTPUTS];
    const sfdfa_error_t *error = (const sfdfa_error_t *)sfdfa_at_hand(net->learning.error);
    int32_t sum = 0;
    SFDFA_ALL_OUTPUTS
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        sum += feedback[o] * (int32_t)error[o];
    }
    return sum;
}

#endif
