/*
 * sfdfa_readout_rows.h: the weights of outputs that integrate, a row of them for each input.
 */
#ifndef SFDFA_READOUT_ROWS_H
#define SFDFA_READOUT_ROWS_H

#include "sfdfa_internal.h"

static inline sfdfa_layer_table_t *output_layer(void)
{
    return &sfdfa_layers[SFDFA_LAYERS - 1];
}

static inline sfdfa_weight_t *output_row(sfdfa_t *net, uint16_t input)
{
    return &net->learned.weights[output_layer()->first_weight + (uint32_t)input * output_layer()->row];
}

#endif
