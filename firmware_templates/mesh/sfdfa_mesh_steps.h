/*
 * sfdfa_mesh_steps.h: which ticks are run, and run whatever can be: section 4 of docs/MESH.md. Part of sfdfa_mesh_core.c.
 */
#ifndef SFDFA_MESH_STEPS_H
#define SFDFA_MESH_STEPS_H

#include "sfdfa_mesh.h"

#include "sfdfa_mesh_arrived.h"

static inline bool has_layer(const sfdfa_mesh_t *core, uint8_t layer)
{
    return core->part[layer].neurons > 0;
}

/* Section 4. */
static inline bool can_run(const sfdfa_mesh_t *core, uint8_t layer)
{
    const uint8_t tick = core->run.next_tick[layer];
    return tick < core->run.last && tick <= core->run.look && is_free(core, layer, tick);
}

/*
 * Up to which tick a layer can be run that can run one: to the next look; where other cores have a say, to the end of a
 * block, after which there may be a look.
 */
static inline uint8_t runs_until(const sfdfa_mesh_t *core, uint8_t layer)
{
    const uint8_t until = core->run.look < core->run.last ? (uint8_t)(core->run.look + 1) : core->run.last;
    const uint16_t end = (uint16_t)((core->run.next_tick[layer] / SFDFA_MESH_BLOCK + 1) * SFDFA_MESH_BLOCK);
    return SFDFA_MESH_PASSES && end <= until ? (uint8_t)end : until;
}

static bool run_ticks(sfdfa_mesh_t *core, uint8_t layer)
{
    bool any = false;
    if (!has_layer(core, layer) || (layer == 0 && !has_events(core))) {
        return false;
    }
    while (can_run(core, layer)) {
        const uint8_t tick = core->run.next_tick[layer], end = runs_until(core, layer);
        if (SFDFA_MESH_SPIKING > 0) {
            sfdfa_mesh_on_ticks(core, layer, tick, end);
        } else {
            sfdfa_mesh_on_events(core, tick, end);
        }
        core->run.next_tick[layer] = end;
        any = true;
    }
    return any;
}

/* Run whatever can be run. */
static void run_all(sfdfa_mesh_t *core)
{
    bool any = true;
    while (any) {
        any = false;
        for (uint8_t l = 0; l < SFDFA_MESH_STAGES; l++) {
            any = run_ticks(core, l) || any;
        }
        any = any && SFDFA_MESH_STAGES > 1;
    }
}

/* Whether the ticks before this one are run of a layer, as far as the core has any of it. */
static inline bool has_reached(const sfdfa_mesh_t *core, uint8_t layer, uint8_t tick)
{
    return !has_layer(core, layer) || core->run.next_tick[layer] == tick;
}

static bool is_finished(const sfdfa_mesh_t *core)
{
    for (uint8_t l = 0; l < SFDFA_MESH_STAGES; l++) {
        if (!has_reached(core, l, core->run.last)) {
            return false;
        }
    }
    return core->run.look + 1 >= core->run.last;
}

#endif
