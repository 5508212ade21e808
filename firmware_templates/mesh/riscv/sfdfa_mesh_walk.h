/*
 * sfdfa_mesh_walk.h: the events of a tick are listed, and a neuron is walked back over what is listed, by the kernels of
 * RISC-V.
 */
#ifndef SFDFA_MESH_WALK_H
#define SFDFA_MESH_WALK_H

#include "sfdfa_mesh_column.h"
#include "sfdfa_mesh_riscv.h"

/*
 * List events of the ticks that are left, from the last to the first, until they were so many or more; there is room for
 * all. Returns the last tick that is listed.
 */
static inline uint8_t list_events(sfdfa_mesh_t *core, uint8_t tick, uint32_t enough)
{
    const sfdfa_mesh_list_t list = {
        .listed_end = core->scratch.listed_end,
        .until = core->store.events_until,
        .events = core->store.event,
        .key = core->sample_key,
        .row = core->part[0].row,
    };
    return (uint8_t)sfdfa_mesh_riscv_list(&list, tick, enough < INT32_MAX ? (int32_t)enough : INT32_MAX);
}

#if SFDFA_MESH_COUNTS_LATE

/* List the spikes that have come; there is room for all. */
static inline void list_heard(sfdfa_mesh_t *core, uint8_t layer_index)
{
    const sfdfa_mesh_heard_list_t list = {
        .listed_end = core->scratch.listed_end,
        .end = core->store.input[core->run.last],
        .bytes = sizeof core->store.input[0],
        .ticks = core->run.last,
        .key = sfdfa_tick_key(core->sample_key, layer_index, 0),
        .row = core->part[layer_index].row,
    };
    sfdfa_mesh_riscv_list_heard(&list);
}

#endif

#define SFDFA_MESH_LISTS_EVENTS (SFDFA_MESH_LISTED >= SFDFA_MAX_EVENTS)

static inline sfdfa_mesh_walker_t walker_of(sfdfa_mesh_t *core, uint8_t layer_index)
{
    const sfdfa_mesh_part_t *part = &core->part[layer_index];
    return (sfdfa_mesh_walker_t){
        .lost_s = -(int32_t)sfdfa_layers[layer_index].decay_s,
        .lost = -(int32_t)sfdfa_layers[layer_index].decay,
        .listed_end = core->scratch.listed_end,
        .first = &core->scratch.listed_end[core->run.notes.first_tick],
        .weights = &core->learned.weights[part->first_weight],
        .spikes = core->run.notes.spike,
        .last_spike = &core->run.notes.last_spike[part->first_neuron],
        .eligibility = &core->saturations.eligibility,
        .updates = &core->saturations.update,
    };
}

static inline void walk_listed(sfdfa_mesh_t *core, const sfdfa_mesh_neuron_t *neuron, start_t start)
{
    const sfdfa_mesh_walker_t walker = walker_of(core, SFDFA_MESH_STAGE(neuron->layer_index));
    sfdfa_mesh_riscv_walk(&walker, neuron->number, neuron->step, neuron->draw, start.tick, start.rho, start.earlier);
}

#endif
