/*
 * sfdfa_input.h: the synaptic currents of a layer in one tick, X of section 5 of docs/ARITHMETIC.md, by the kernel of
 * an AVR.
 */
#ifndef SFDFA_INPUT_H
#define SFDFA_INPUT_H

#include "core/sfdfa_internal.h"
#include "scalar/sfdfa_sum_rows.h"
#include "sfdfa_avr.h"

/* X of section 5, to be scaled up if its unit is larger than that of the states. */
static inline void sfdfa_sum_inputs(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs)
{
    uint16_t summed = 0;
    if (inputs.count <= SFDFA_AVR_MOST_ROWS) {
        sfdfa_avr_sum_t rows = {
            .input = inputs.index,
            .weights = &net->learned.weights[layer->first_weight],
            .sums = net->scratch.membranes.current,
            .row = layer->row,
            .count = (uint8_t)inputs.count,
            .groups = (uint8_t)SFDFA_AVR_GROUPS(layer->neurons),
        };
        sfdfa_avr_sum(&rows);
        summed = layer->neurons;
    }
    sfdfa_sum_rows_from(net, layer, inputs, summed);
}

#endif
