/*
 * sfdfa_projection.h: what the errors of outputs that integrate are to a hidden neuron, section 6 of
 * docs/ARITHMETIC.md.
 */
#ifndef SFDFA_PROJECTION_H
#define SFDFA_PROJECTION_H

#include "sfdfa_fixed.h"
#include "sfdfa_internal.h"
#include "sfdfa_kernels.h"
#include SFDFA_PROJECT_ON_FEEDBACK

/* By the weights themselves. */
static inline int32_t project_on_weights(const sfdfa_t *net, sfdfa_layer_table_t *outputs, uint16_t i)
{
    const sfdfa_weight_t *row = &net->learned.weights[outputs->first_weight + (uint32_t)i * outputs->row];
    int32_t sum = 0;
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        sum += sfdfa_weight(row, o) * (int32_t)net->learning.error[o];
    }
    return sfdfa_rescale(sum, (int8_t)(outputs->weight_fraction_bits - 6));
}

/* Of neuron i in a hidden layer. */
static SFDFA_OWN_FRAME int32_t project_on(const sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t i)
{
    const int32_t sum = SFDFA_TRANSPOSES ? project_on_weights(net, layer + 1, i) : project_on_feedback(net, layer, i);
    return sfdfa_round_shift(SFDFA_ERROR_GAIN * sum, 8);
}

#endif
