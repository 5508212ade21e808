/*
 * sfdfa_spikes.h: how the spikes of a tick are remembered, by the kernel of RISC-V.
 */
#ifndef SFDFA_SPIKES_H
#define SFDFA_SPIKES_H

#include "scalar/sfdfa_count_spikes.h"
#include "scalar/sfdfa_remember.h"
#include "sfdfa_riscv.h"

/*
 * The spikes of a layer in one tick, the first of them the `order`-th of the sample. Their A lies where the currents
 * were.
 */
static inline void sfdfa_remember_spikes(sfdfa_t *net, sfdfa_layer_table_t *layer, const sfdfa_index_t *spikes,
                                         uint16_t count, uint16_t order)
{
    if (SFDFA_EXACT_GRADIENT) {
        sfdfa_remember_rho(net, layer, spikes, count, order);
        return;
    }
    sfdfa_rho_t *rho = &net->learning.rho[layer->first_rho];
    sfdfa_riscv_remember(spikes, &spikes[count], net->scratch.membranes.current,
                         &net->learning.spikes[net->sample.tick][layer->first_spike_word], &rho[order],
                         &rho[layer->spike_capacity], layer->threshold, &net->saturations.spikes);
}

#endif
