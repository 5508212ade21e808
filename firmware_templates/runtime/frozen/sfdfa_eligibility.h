/*
 * sfdfa_eligibility.h: a network that does not learn notes nothing.
 */
#ifndef SFDFA_ELIGIBILITY_H
#define SFDFA_ELIGIBILITY_H

#include "core/sfdfa_internal.h"

/* Outputs without inputs need not be stepped. */
#define SFDFA_RECORDS_EVERY_TICK 0

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

#endif
