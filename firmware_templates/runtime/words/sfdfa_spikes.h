/*
 * sfdfa_spikes.h: how the spikes of a tick are remembered.
 */
#ifndef SFDFA_SPIKES_H
#define SFDFA_SPIKES_H

#include "scalar/sfdfa_count_spikes.h"
#include "scalar/sfdfa_remember.h"

/*
 * The spikes of a layer in one tick, the first of them the `order`-th of the sample. Their A lies where the currents
 * were.
 */
static inline void sfdfa_remember_spikes(sfdfa_t *net, sfdfa_layer_table_t *layer, const sfdfa_index_t *spikes,
                                         uint16_t count, uint16_t order)
{
    sfdfa_remember_rho(net, layer, spikes, count, order);
}

#endif
