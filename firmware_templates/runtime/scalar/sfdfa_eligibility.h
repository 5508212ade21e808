/*
 * sfdfa_eligibility.h: what replay notes of each tick, where neurons learn one after the other.
 */
#ifndef SFDFA_ELIGIBILITY_H
#define SFDFA_ELIGIBILITY_H

#include "core/sfdfa_draws.h"
#include "core/sfdfa_internal.h"
#include SFDFA_CORE(sfdfa_spikes.h)
#include "ticks/sfdfa_records.h"

/* Where the draws of outputs lie. */
#define SFDFA_OUTPUT_DRAW(net) ((net)->learning.output_draw)

/* Outputs without inputs need not be stepped: their records begin as those of such outputs. */
#define SFDFA_RECORDS_EVERY_TICK 0

/* Where the spikes of a layer in this tick are listed. */
static inline sfdfa_index_t *sfdfa_spike_list(sfdfa_t *net, uint8_t layer_index)
{
    return net->sample.spiking[layer_index % SFDFA_SPIKE_LISTS];
}

/* Before the neurons are stepped. */
static inline void sfdfa_eligibility_tick(sfdfa_t *net)
{
    net->learning.tick_end[net->sample.tick] = net->sample.events;
    sfdfa_begin_spikes(net);
}

/* The inputs of a layer need not be noted: events and spikes are. */
static inline void sfdfa_eligibility_inputs(sfdfa_t *net, uint8_t layer_index, sfdfa_inputs_t inputs)
{
    (void)net, (void)layer_index, (void)inputs;
}

/* A tick that is not run. */
static inline void sfdfa_eligibility_skip(sfdfa_t *net)
{
    sfdfa_eligibility_tick(net);
}

#endif
