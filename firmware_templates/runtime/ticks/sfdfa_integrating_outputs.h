/*
 * sfdfa_integrating_outputs.h: outputs that integrate, section 5a of docs/ARITHMETIC.md.
 */
#ifndef SFDFA_OUTPUTS_H
#define SFDFA_OUTPUTS_H

#include "core/sfdfa_compiler.h"
#include "core/sfdfa_readout.h"

static inline void sfdfa_begin_outputs(sfdfa_t *net)
{
    sfdfa_readout_begin(net);
}

/* One tick of the outputs. */
static inline void step_outputs(sfdfa_t *net, sfdfa_inputs_t inputs)
{
    sfdfa_readout_tick(net, inputs);
}

SFDFA_HOT uint16_t sfdfa_forward_end(sfdfa_t *net)
{
    return sfdfa_readout_end(net);
}

#endif
