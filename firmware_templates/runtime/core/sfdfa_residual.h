/*
 * sfdfa_residual.h: feedback weights that learn by the residual, section 7a of docs/ARITHMETIC.md.
 */
#ifndef SFDFA_FEEDBACK_H
#define SFDFA_FEEDBACK_H

#include "sfdfa_internal.h"
#include "sfdfa_output_draws.h"

/*
 * After the sample, before anything is learned from it: whose turn it is, and what the feedback of that layer lacks of
 * what it sends.
 */
void sfdfa_residual_find(sfdfa_t *net);

/* Change the feedback of a neuron that has spiked, in the layer whose turn it is. */
void sfdfa_residual_learn(sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t i, uint32_t neuron_draw);

/* Once for each sample. */
static inline void begin_feedback(sfdfa_t *net)
{
    sfdfa_residual_find(net);
    sfdfa_draw_outputs(net);
}

/* Of a neuron that has spiked, if it is the turn of its layer. */
static inline void learn_feedback(sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t i, uint32_t neuron_draw)
{
    if (layer == &sfdfa_layers[net->learning.turn]) {
        sfdfa_residual_learn(net, layer, i, neuron_draw);
    }
}

#endif
