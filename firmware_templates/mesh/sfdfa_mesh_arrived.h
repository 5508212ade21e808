/*
 * sfdfa_mesh_arrived.h: what has come of events and spikes, and whether it is all that a tick wants: section 4 of docs/MESH.md.
 * Part of sfdfa_mesh_core.c.
 */
#ifndef SFDFA_MESH_ARRIVED_H
#define SFDFA_MESH_ARRIVED_H

#include "sfdfa_mesh.h"

#include "core/sfdfa_kernels.h"

/* How many events there are up to the next look, once all ticks up to it are here. */
static inline void count_wanted(sfdfa_mesh_t *core)
{
    sfdfa_mesh_store_t *store = &core->store;
    store->wanted_pairs = SFDFA_MESH_UNKNOWN;
    if (store->tick_pairs == store->wanted_tick_pairs) {
        store->wanted_pairs = ((uint32_t)store->events_until[core->run.look] + 1) / 2;
    }
}

/* All ticks up to the next look are waited for. */
static inline void want_ticks(sfdfa_mesh_t *core)
{
    core->store.wanted_tick_pairs = core->run.look / 2 + 1UL;
    count_wanted(core);
}

/* Whether all events are here of the ticks that may be run. */
static inline bool has_events(const sfdfa_mesh_t *core)
{
    return core->store.pairs == core->store.wanted_pairs;
}

/* Two ticks. */
static SFDFA_SELDOM void on_tick_pair(sfdfa_mesh_t *core, uint8_t field, uint32_t pair, uint32_t payload)
{
    sfdfa_mesh_store_t *store = &core->store;
    const uint16_t low = sfdfa_mesh_low(payload), high = sfdfa_mesh_high(payload);
    if (field != SFDFA_MESH_TICKS || low > SFDFA_MAX_EVENTS || high > SFDFA_MAX_EVENTS) {
        return;
    }
    uint16_t *until = &store->events_until[2 * pair];
    until[0] = low;
    until[1] = high;
    store->tick_pairs++;
    if (store->tick_pairs == store->wanted_tick_pairs) {
        count_wanted(core);
        if (has_events(core)) {
            sfdfa_mesh_advance(core);
        }
    }
}

#if SFDFA_MESH_PASSES

/* Whether all spikes of the block of a tick are here. */
static inline bool is_complete(const sfdfa_mesh_t *core, uint8_t layer, uint8_t tick)
{
    return core->store.of[layer][tick / SFDFA_MESH_BLOCK].missing == 0;
}

/* What a spike adds to the own neurons of its layer. */
static inline void add_spike(sfdfa_mesh_t *core, uint32_t layer, uint8_t tick, uint16_t source, int16_t grade)
{
    const sfdfa_mesh_part_t *part = &core->part[layer];
    const uint32_t first = SFDFA_MESH_SPIKING == 2 ? 0 : part->first_hearing;
    const sfdfa_weight_t *row = &core->learned.weights[part->first_weight + (uint32_t)source * part->row];
    sfdfa_add_row(&core->store.current[tick % SFDFA_MESH_IN_FLIGHT][first], row, part->neurons);
    if (SFDFA_SENDS_GRADES && grade != 0) {
        sfdfa_add_graded_row(&core->store.graded[tick % SFDFA_MESH_IN_FLIGHT][first], row, grade,
                             sfdfa_layers[layer].weight_fraction_bits, part->neurons);
    }
}

static SFDFA_SELDOM void on_spike(sfdfa_mesh_t *core, uint32_t layer_index, uint16_t source, uint32_t payload)
{
    const uint8_t tick = sfdfa_mesh_tick(payload);
    const uint32_t layer = SFDFA_MESH_SPIKING == 2 ? 1 : layer_index; /* the only one that gets spikes */
    if (layer_index < 1 || layer_index >= SFDFA_MESH_SPIKING || tick >= SFDFA_TICKS ||
        source >= sfdfa_layers[layer].inputs) {
        return;
    }
    /* Bits of the only layer that gets spikes begin at 0. */
    const uint32_t first_word = SFDFA_MESH_SPIKING == 2 ? 0 : core->part[layer].first_word;
    core->store.input[sfdfa_mesh_slot(tick)][first_word + source / 32] |= UINT32_C(1) << (source % 32);
    core->store.inputs[layer][tick]++;
    add_spike(core, layer, tick, source, sfdfa_mesh_grade(payload));
    sfdfa_mesh_heard_t *heard = &core->store.of[layer][tick / SFDFA_MESH_BLOCK];
    heard->missing--;
    if (heard->missing == 0) {
        sfdfa_mesh_advance(core);
    }
}

static SFDFA_SELDOM void on_end(sfdfa_mesh_t *core, uint32_t layer, uint32_t payload)
{
    const uint8_t tick = sfdfa_mesh_tick(payload);
    if (layer < 1 || layer > SFDFA_LAYERS || tick >= SFDFA_TICKS) {
        return;
    }
    sfdfa_mesh_heard_t *heard = &core->store.of[layer][tick / SFDFA_MESH_BLOCK];
    heard->missing += sfdfa_mesh_low(payload) - (int32_t)SFDFA_MESH_END_MISSING;
    heard->spikes = (uint16_t)(heard->spikes + sfdfa_mesh_low(payload));
    heard->ends++;
    if (heard->ends == core->senders[layer]) {
        sfdfa_mesh_advance(core);
    }
}

/* Spikes and ends of tick of this turn. Returns whether it is one. */
static inline bool receive_spikes(sfdfa_mesh_t *core, uint32_t key, uint32_t payload)
{
    const uint32_t spike = key - core->spike_key, end = spike - (UINT32_C(1) << 28);
    if (spike < UINT32_C(1) << 24) {
        on_spike(core, spike >> 16, sfdfa_mesh_source(key), payload);
    } else if (end < UINT32_C(1) << 24) {
        on_end(core, end >> 16, payload);
    } else {
        return false;
    }
    return true;
}

/* Section 4, rules 2 and 3: whether a tick has what it wants of other cores, and they have room for what follows. */
static bool is_free(const sfdfa_mesh_t *core, uint8_t layer, uint8_t tick)
{
    if (layer > 0 && !is_complete(core, layer, tick)) {
        return false;
    }
    return layer + 1 >= SFDFA_MESH_SPIKING || tick < SFDFA_MESH_IN_FLIGHT ||
           core->store.of[layer + 2][(tick - SFDFA_MESH_IN_FLIGHT) / SFDFA_MESH_BLOCK].ends == core->senders[layer + 2];
}

#else

static inline bool receive_spikes(sfdfa_mesh_t *core, uint32_t key, uint32_t payload)
{
    (void)core, (void)key, (void)payload;
    return false;
}

static inline bool is_free(const sfdfa_mesh_t *core, uint8_t layer, uint8_t tick)
{
    (void)core, (void)layer, (void)tick;
    return true;
}

#endif

#endif
