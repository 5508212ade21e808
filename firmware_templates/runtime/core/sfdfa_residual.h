/*
 * sfdfa_residual.h: feedback weights that learn by the residual, section 7a of docs/ARITHMETIC.md.
 */
#ifndef SFDFA_RESIDUAL_H
#define SFDFA_RESIDUAL_H

#include "sfdfa_internal.h"

/*
 * After the sample, before anything is learned from it: whose turn it is, and what the feedback of that layer lacks of
 * what it sends.
 */
void sfdfa_residual_find(sfdfa_t *net);

/* Change the feedback of a neuron that has spiked, in the layer whose turn it is. */
void sfdfa_residual_learn(sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t i, uint32_t neuron_draw);

#endif
