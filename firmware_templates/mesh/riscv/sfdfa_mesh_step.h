/*
 * sfdfa_mesh_step.h: sums of weights, and steps of narrow neurons, by the kernels of RISC-V as far as rows are words.
 */
#ifndef SFDFA_MESH_STEP_H
#define SFDFA_MESH_STEP_H

#include "sfdfa_mesh_stage.h"

#include "core/sfdfa_kernels.h"
#include "core/sfdfa_reset.h"
#include "riscv/sfdfa_riscv.h"
#include "sfdfa_mesh_riscv.h"

/* The sums of words of four neurons, and X of each of them. */
static SFDFA_SELDOM void sum_words(int32_t *current, const sfdfa_mesh_stage_t *stage, sfdfa_mesh_inputs_t inputs,
                                   uint16_t words)
{
    const int32_t raised = SFDFA_RISCV_RAISED * (int32_t)inputs.count;
    sfdfa_riscv_sum(current, stage->weights, stage->row, inputs.index, &inputs.index[inputs.count], words);
    for (const int32_t *end = &current[4 * words]; current != end; current += 4) {
        const uint32_t even = (uint32_t)current[0];
        const uint32_t odd = (uint32_t)current[1] - (even >> 16 << 8);
        current[0] = (int32_t)(even & UINT16_MAX) - raised;
        current[1] = (int32_t)(odd & UINT16_MAX) - raised;
        current[2] = (int32_t)(even >> 16) - raised;
        current[3] = (int32_t)(odd >> 16) - raised;
    }
}

/* X of the own neurons. */
static SFDFA_SELDOM void sfdfa_mesh_sum_inputs(sfdfa_mesh_t *core, const sfdfa_mesh_stage_t *stage,
                                               sfdfa_mesh_inputs_t inputs)
{
    int32_t *current = core->scratch.current;
    uint16_t summed = 0;
    if (stage->is_packed && inputs.count <= SFDFA_RISCV_MOST_ROWS && stage->neurons >= 4) {
        sum_words(current, stage, inputs, stage->neurons / 4);
        summed = (uint16_t)(stage->neurons / 4 * 4);
    }
    for (uint16_t i = summed; i < stage->neurons; i++) {
        current[i] = 0;
    }
    if (summed < stage->neurons) {
        sfdfa_add_rows(&current[summed], &stage->weights[summed], stage->row, inputs.index, inputs.count,
                       (uint16_t)(stage->neurons - summed));
    }
}

/*
 * A tick of the own neurons, narrow, with inputs, where no kernel runs ticks. Lists those that reach their threshold, and
 * returns how many do.
 */
static SFDFA_SELDOM uint16_t sfdfa_mesh_step_narrow(sfdfa_mesh_t *core, const sfdfa_mesh_stage_t *stage,
                                                    sfdfa_mesh_inputs_t inputs)
{
    sfdfa_mesh_sum_inputs(core, stage, inputs);
    sfdfa_mesh_scale_sums(core, stage);
    return sfdfa_mesh_integrate(core, stage, stage->neurons, (sfdfa_mesh_step_t){true, true, false});
}

/* The same of the first ones, one or more, without inputs. */
static inline uint16_t sfdfa_mesh_step_idle(sfdfa_mesh_t *core, const sfdfa_mesh_stage_t *stage, uint16_t neurons)
{
    const sfdfa_index_t *end =
        sfdfa_riscv_integrate(stage->layer, stage->membrane, &stage->membrane[neurons], core->scratch.reached);
    return (uint16_t)(end - core->scratch.reached);
}

#if SFDFA_MESH_REPLAYS

#if SFDFA_INTEGRATES
#define KAPPA_OF(core) ((core)->run.kappa)
#else
#define KAPPA_OF(core) NULL
#endif

static inline sfdfa_mesh_fires_t fires_of(sfdfa_mesh_t *core, const sfdfa_mesh_stage_t *stage)
{
    const sfdfa_reset_t reset = sfdfa_reset_of(&sfdfa_layers[0]);
    const uint32_t key = sfdfa_mesh_key(SFDFA_MESH_SPIKE, core->turn, 1, 0);
    return (sfdfa_mesh_fires_t){
        .core = core,
        .membrane = stage->membrane,
        .kept_s = (uint32_t)(4096 - stage->decay_s),
        .kept = (uint32_t)(4096 - stage->decay),
        .threshold = stage->threshold,
        .reached = core->scratch.reached,
        .spikes = &core->run.spikes[0],
        .counts = core->run.counts,
        .kappa = KAPPA_OF(core),
        .spike = core->run.notes.spike,
        .last_spike = core->run.notes.last_spike,
        .capacity = core->learns ? core->part[0].capacity : 0,
        .reset = reset.amount,
        .reset_to_zero = reset.to_zero,
        .port = core->port,
        .key = key + core->part[0].first,
        .draws = key ^ core->sample_key ^ UINT32_C(0x80000000),
    };
}

/*
 * Run ticks of the first layer from `tick` on, as far as the kernel takes them, whose states are narrow. Returns which is
 * next.
 */
static inline uint8_t sfdfa_mesh_run_ticks(sfdfa_mesh_t *core, const sfdfa_mesh_stage_t *stage, uint8_t tick,
                                           uint8_t end)
{
    const sfdfa_mesh_store_t *store = &core->store;
    const uint16_t *until = store->events_until;
    if (!stage->is_packed || stage->neurons % 4 != 0 || stage->input_shift != -SFDFA_RISCV_STEP_SHIFT ||
        until[end - 1] > SFDFA_RISCV_MOST_ROWS) {
        return tick;
    }
    const bool coasts = SFDFA_LAYERS > 1 && core->run.look == SFDFA_TICKS - 1;
    const sfdfa_mesh_ticks_t ticks = {
        .fires = fires_of(core, stage),
        .weights = stage->weights,
        .row = stage->row,
        .words = stage->neurons / 4U,
        .events = store->event,
        .event = &store->event[tick > 0 ? until[tick - 1] : 0],
        .last_event = coasts ? &store->event[until[SFDFA_TICKS - 1]] : NULL,
        .until = &until[tick],
        .until_end = &until[end],
        .first_spike = (int32_t)((uintptr_t)core->run.notes.first_spike[0] - (uintptr_t)until),
        .until_all = until,
    };
    return (uint8_t)(sfdfa_mesh_riscv_ticks(&ticks) - until);
}

/* Ticks of the first layer without inputs, while it coasts. */
static inline void sfdfa_mesh_coast_on(sfdfa_mesh_t *core, const sfdfa_mesh_stage_t *stage, uint8_t tick, uint8_t end)
{
    const sfdfa_mesh_coast_t coast = {
        .fires = fires_of(core, stage),
        .layer = stage->layer,
        .coasting = &core->run.coasting,
        .left = &core->run.left,
        .may_spike = core->run.may_spike,
        .first_spike = &core->run.notes.first_spike[0][tick],
        .tick = tick,
        .end = end,
    };
    sfdfa_mesh_riscv_coast(&coast);
}

#define SFDFA_MESH_COASTS_ON 1

#else

#define SFDFA_MESH_COASTS_ON 0

static inline void sfdfa_mesh_coast_on(sfdfa_mesh_t *core, const sfdfa_mesh_stage_t *stage, uint8_t tick, uint8_t end)
{
    (void)core, (void)stage, (void)tick, (void)end;
}

static inline uint8_t sfdfa_mesh_run_ticks(sfdfa_mesh_t *core, const sfdfa_mesh_stage_t *stage, uint8_t tick,
                                           uint8_t end)
{
    (void)core, (void)stage, (void)end;
    return tick;
}

#endif

#if SFDFA_MESH_REPLAYS && SFDFA_MESH_PASSES && !SFDFA_INTEGRATES

/* Run ticks of a block of a layer that gets spikes, from `tick` on. Returns which is next. */
static inline uint8_t sfdfa_mesh_hear_ticks(sfdfa_mesh_t *core, const sfdfa_mesh_stage_t *stage, uint8_t tick,
                                            uint8_t end)
{
    const uint8_t layer_index = stage->layer_index;
    const sfdfa_mesh_part_t *part = &core->part[layer_index];
    const uint8_t slot = tick % SFDFA_MESH_IN_FLIGHT;
    const sfdfa_reset_t reset = sfdfa_reset_of(&sfdfa_layers[layer_index]);
    if (stage->input_shift > 0) {
        return tick;
    }
    const sfdfa_mesh_hears_t hears = {
        .core = core,
        .layer = layer_index,
        .membrane = stage->membrane,
        .end = &stage->membrane[stage->neurons],
        .lost_s = -stage->decay_s,
        .lost = -stage->decay,
        .threshold = stage->threshold,
        .shift = (uint32_t)-stage->input_shift,
        .reached = core->scratch.reached,
        .counts = &core->run.counts[part->first_neuron],
        .record = core->learns && layer_index + 1 == SFDFA_LAYERS ? core->run.record : NULL,
        .grade_sum = &core->run.grade_sum[part->first_neuron],
        .saturations = &core->run.saturations.state,
        .grade_saturations = &core->run.saturations.grades,
        .spikes = &core->run.spikes[layer_index],
        .first_spike = core->run.notes.first_spike[layer_index],
        .current = &core->store.current[slot][part->first_hearing],
        .graded = SFDFA_SENDS_GRADES && core->learns ? &core->store.graded[slot][part->first_hearing] : NULL,
        .bytes = sizeof core->store.current[0],
        .tick = tick,
        .end_tick = end,
        .limit = stage->limit,
        .reset = reset.amount,
        .reset_to_zero = reset.to_zero,
        .spike = core->run.notes.spike,
        .last_spike = &core->run.notes.last_spike[part->first_neuron],
        .first_remembered = part->first_remembered,
        .capacity = core->learns ? part->capacity : 0,
        .output_grade = &core->run.output_grade[part->first_neuron],
    };
    sfdfa_mesh_riscv_hear(&hears);
    return end;
}

#else

static inline uint8_t sfdfa_mesh_hear_ticks(sfdfa_mesh_t *core, const sfdfa_mesh_stage_t *stage, uint8_t tick,
                                            uint8_t end)
{
    (void)core, (void)stage, (void)end;
    return tick;
}

#endif

#endif
