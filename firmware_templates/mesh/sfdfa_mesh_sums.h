/*
 * sfdfa_mesh_sums.h: what is added up on the way to the root: sections 6 and 7 of docs/MESH.md. Part of sfdfa_mesh_core.c.
 */
#ifndef SFDFA_MESH_SUMS_H
#define SFDFA_MESH_SUMS_H

#include "sfdfa_mesh.h"

static inline void hand_on(sfdfa_mesh_t *core, uint32_t place, uint32_t sum)
{
    sfdfa_mesh_send(core->port, SFDFA_TO_PARENT, core->own_sum_key + place, sum);
}

static inline void add_share(sfdfa_mesh_t *core, uint32_t place, uint32_t value)
{
    sfdfa_mesh_sums_t *sums = &core->sums;
    const uint8_t missing = (uint8_t)(sums->missing[place] - 1);
    const uint32_t sum = sums->sum[place] + value;
    if (missing > 0) {
        sums->sum[place] = sum;
        sums->missing[place] = missing;
        return;
    }
    sums->sum[place] = 0;
    sums->missing[place] = core->shares;
    if (core->number == 0) {
        core->root.total[place] = sum;
        sfdfa_mesh_root_sum(core);
    } else {
        hand_on(core, place, sum);
    }
}

/* From another core. */
static SFDFA_SELDOM void on_sum(sfdfa_mesh_t *core, uint32_t place, uint32_t value)
{
    add_share(core, place, value);
}

void sfdfa_mesh_add(sfdfa_mesh_t *core, uint16_t item, const int32_t *shares, uint16_t count)
{
    const uint32_t first = (uint32_t)item - SFDFA_MESH_FIRST_SUM;
    for (uint32_t k = 0; k < count; k++) {
        add_share(core, first + k, (uint32_t)shares[k]);
    }
}

/* This core is ready, or those behind one of those that hand on to it. */
static SFDFA_SELDOM void add_ready(sfdfa_mesh_t *core)
{
    if (++core->sums.ready != core->shares) {
        return;
    }
    if (core->number == 0) {
        sfdfa_mesh_root_all_ready(core);
    } else {
        sfdfa_mesh_tell(core, SFDFA_TO_PARENT, SFDFA_MESH_READY, (uint8_t)core->number, 0, 0);
    }
}

#endif
