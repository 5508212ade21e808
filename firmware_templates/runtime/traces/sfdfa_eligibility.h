/*
 * sfdfa_eligibility.h: what traces take from each tick.
 */
#ifndef SFDFA_ELIGIBILITY_H
#define SFDFA_ELIGIBILITY_H

#include "core/sfdfa_draws.h"
#include "core/sfdfa_internal.h"
#include "ticks/sfdfa_records.h"

/* Where the draws of outputs lie. */
#define SFDFA_OUTPUT_DRAW(net) ((net)->learning.output_draw)

/* Whether outputs are stepped in ticks without inputs too: a record changes what synapses hold. */
#define SFDFA_RECORDS_EVERY_TICK 1

/* sfdfa_trace.c: before the neurons of a layer are stepped. */
void sfdfa_eligibility_inputs(sfdfa_t *net, uint8_t layer_index, sfdfa_inputs_t inputs);

/* Where the spikes of a layer in this tick are listed. */
static inline sfdfa_index_t *sfdfa_spike_list(sfdfa_t *net, uint8_t layer_index)
{
    return net->sample.spiking[layer_index % SFDFA_SPIKE_LISTS];
}

/* And where A of these neurons lies, one after the other. */
static inline int32_t *sfdfa_spike_currents(sfdfa_t *net, uint8_t layer_index)
{
    (void)layer_index;
    return net->scratch.membranes.current;
}

static inline void sfdfa_eligibility_tick(sfdfa_t *net)
{
    (void)net;
}

/* A tick that is not run. */
static inline void sfdfa_eligibility_skip(sfdfa_t *net)
{
    (void)net;
}

#endif
