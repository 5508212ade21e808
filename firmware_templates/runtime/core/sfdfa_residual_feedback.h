/*
 * sfdfa_residual_feedback.h: feedback that learns by the residual, section 7a of docs/ARITHMETIC.md.
 */
#ifndef SFDFA_FEEDBACK_H
#define SFDFA_FEEDBACK_H

#include "sfdfa_output_draws.h"
#include "sfdfa_residual.h"

/* Of a neuron that has spiked, if it is the turn of its layer. */
static inline void learn_feedback(sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t i, uint32_t neuron_draw)
{
    if (layer == &sfdfa_layers[net->learning.turn]) {
        sfdfa_residual_learn(net, layer, i, neuron_draw);
    }
}

#endif
