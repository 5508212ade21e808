/*
 * sfdfa_mesh_ranks.h: ranks of spikes in a whole layer, where there is no room for all: section 5 of docs/MESH.md. Part of
 * sfdfa_mesh_core.c.
 */
#ifndef SFDFA_MESH_RANKS_H
#define SFDFA_MESH_RANKS_H

#include "sfdfa_mesh.h"
#include "sfdfa_mesh_notes.h"

#if SFDFA_MESH_REPLAYS

/* How many own spikes each tick had of each layer. */
static SFDFA_SELDOM void send_ranks(sfdfa_mesh_t *core)
{
    for (uint8_t l = 0; l + SFDFA_INTEGRATES < SFDFA_LAYERS; l++) {
        for (uint8_t pair = 0; pair < (core->run.last + 1) / 2; pair++) {
            const uint16_t first = sfdfa_mesh_spikes_in(core, l, (uint8_t)(2 * pair));
            const uint16_t second = sfdfa_mesh_spikes_in(core, l, (uint8_t)(2 * pair + 1));
            sfdfa_mesh_tell(core, SFDFA_TO_ALL, SFDFA_MESH_RANKS, l, (uint16_t)(pair << 8 | core->number),
                            sfdfa_mesh_pair(first, second));
        }
    }
}

static inline void on_ranks(sfdfa_mesh_t *core, uint8_t layer, uint16_t source, uint32_t payload)
{
    sfdfa_mesh_ranks_t *ranks = &core->ranks;
    const uint8_t tick = (uint8_t)(source >> 8 << 1);
    if (layer + SFDFA_INTEGRATES >= SFDFA_LAYERS || source >> 8 > (SFDFA_TICKS - 1) / 2) {
        return;
    }
    if (ranks->received == 0) {
        for (uint16_t k = 0; k < SFDFA_MESH_STAGES * (SFDFA_TICKS + 1); k++) {
            (&ranks->total[0][0])[k] = 0;
            (&ranks->before[0][0])[k] = 0;
        }
    }
    uint16_t *total = &ranks->total[layer][tick], *before = &ranks->before[layer][tick];
    const bool is_before = (source & UINT8_MAX) < core->number;
    total[0] = (uint16_t)(total[0] + sfdfa_mesh_low(payload));
    total[1] = (uint16_t)(total[1] + sfdfa_mesh_high(payload));
    before[0] = (uint16_t)(before[0] + (is_before ? sfdfa_mesh_low(payload) : 0));
    before[1] = (uint16_t)(before[1] + (is_before ? sfdfa_mesh_high(payload) : 0));
    ranks->received++;
}

static SFDFA_SELDOM void want_ranks(sfdfa_mesh_t *core)
{
    if (!core->ranks.wanted) {
        core->ranks.wanted = true;
        send_ranks(core);
    }
}

static inline bool has_ranks(const sfdfa_mesh_t *core)
{
    const uint32_t packets = (uint32_t)SFDFA_MESH_CORES * SFDFA_MESH_SPIKING * (((uint32_t)core->run.last + 1) / 2);
    return !core->ranks.wanted || core->ranks.received == packets;
}

#else

static inline void on_ranks(sfdfa_mesh_t *core, uint8_t layer, uint16_t source, uint32_t payload)
{
    (void)core, (void)layer, (void)source, (void)payload;
}

static inline void want_ranks(sfdfa_mesh_t *core)
{
    (void)core;
}

static inline bool has_ranks(const sfdfa_mesh_t *core)
{
    (void)core;
    return true;
}

#endif

#endif
