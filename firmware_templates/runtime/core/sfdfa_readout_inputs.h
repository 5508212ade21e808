/*
 * sfdfa_readout_inputs.h: inputs of outputs that integrate: kappa and, as far as they are wanted at once, sums of rows.
 */
#ifndef SFDFA_READOUT_INPUTS_H
#define SFDFA_READOUT_INPUTS_H

#include "sfdfa_readout.h"

#include "sfdfa_readout_rows.h"
#include "sfdfa_scaled_row.h"
#include SFDFA_KAPPA
#include SFDFA_OUTPUT_ROWS

#if SFDFA_COMPACT

void sfdfa_readout_add(sfdfa_t *net, uint16_t input, uint16_t kappa)
{
    add_scaled_row(net->sample.readout.output, output_row(net, input), kappa);
}

#else

/* kappa of the inputs of a tick. */
static inline void add_to_kappa(sfdfa_t *net, sfdfa_inputs_t inputs, uint16_t ticks_left)
{
    uint16_t *kappa = net->sample.readout.kappa;
    const sfdfa_index_t *const end = &inputs.index[inputs.count];
    for (const sfdfa_index_t *j = inputs.index; j != end; j++) {
        kappa[*j] = (uint16_t)(kappa[*j] + ticks_left);
    }
}

void sfdfa_readout_tick(sfdfa_t *net, sfdfa_inputs_t inputs)
{
    const uint16_t ticks_left = (uint16_t)(SFDFA_TICKS - net->sample.tick);
    if (SFDFA_KEEPS_KAPPA(net)) {
        add_to_kappa(net, inputs, ticks_left);
    }
#if SFDFA_DECIDE_MARGIN > 0
    if (inputs.count > 0) {
        add_rows_of_tick(net->sample.readout.output, output_row(net, 0), output_layer(), inputs, ticks_left);
    }
#endif
}

#endif

#endif
