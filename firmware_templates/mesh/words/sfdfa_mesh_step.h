/*
 * sfdfa_mesh_step.h: sums of weights, and steps of narrow neurons, for any processor.
 */
#ifndef SFDFA_MESH_STEP_H
#define SFDFA_MESH_STEP_H

#include "sfdfa_mesh_stage.h"

#include "core/sfdfa_kernels.h"
#include "words/sfdfa_input.h"

/* X of some neurons, weight by weight. */
static SFDFA_SELDOM void sum_weights(int32_t *sums, const sfdfa_weight_t *weights, uint16_t row,
                                     sfdfa_mesh_inputs_t inputs, uint16_t neurons)
{
    for (uint16_t i = 0; i < neurons; i++) {
        sums[i] = 0;
    }
    sfdfa_add_rows(sums, weights, row, inputs.index, inputs.count, neurons);
}

/* X of the own neurons: four weights at a time as far as rows begin where words do. */
static inline void sfdfa_mesh_sum_inputs(sfdfa_mesh_t *core, const sfdfa_mesh_stage_t *stage,
                                         sfdfa_mesh_inputs_t inputs)
{
    int32_t *sums = core->scratch.current;
    const sfdfa_weight_t *weights = stage->weights;
    uint16_t summed = 0;
#if SFDFA_PACKED
    if ((SFDFA_WORDS_ANYWHERE || stage->is_packed) && inputs.count <= SFDFA_PACKED_MOST_ROWS) {
        for (; summed + SFDFA_PACKED_NEURONS <= stage->neurons; summed = (uint16_t)(summed + SFDFA_PACKED_NEURONS)) {
            sfdfa_sum_words(&sums[summed], &weights[summed], stage->row, inputs.index, inputs.count,
                            SFDFA_PACKED_WORDS);
        }
        if (summed + 4 <= stage->neurons) {
            sfdfa_sum_words(&sums[summed], &weights[summed], stage->row, inputs.index, inputs.count, 1);
            summed = (uint16_t)(summed + 4);
        }
    }
#endif
    if (summed < stage->neurons) {
        sum_weights(&sums[summed], &weights[SFDFA_CELL(summed)], stage->row, inputs,
                    (uint16_t)(stage->neurons - summed));
    }
}

/* A tick of the own neurons, narrow, with inputs. Lists those that reach their threshold, and returns how many do. */
static inline uint16_t sfdfa_mesh_step_narrow(sfdfa_mesh_t *core, const sfdfa_mesh_stage_t *stage,
                                              sfdfa_mesh_inputs_t inputs)
{
    sfdfa_mesh_sum_inputs(core, stage, inputs);
    sfdfa_mesh_scale_sums(core, stage);
    return sfdfa_mesh_integrate(core, stage, stage->neurons, (sfdfa_mesh_step_t){true, true, false});
}

/* The same of the first ones, one or more, without inputs. */
static inline uint16_t sfdfa_mesh_step_idle(sfdfa_mesh_t *core, const sfdfa_mesh_stage_t *stage, uint16_t neurons)
{
    return sfdfa_mesh_integrate(core, stage, neurons, (sfdfa_mesh_step_t){false, true, false});
}

/* No kernel runs ticks of the first layer. */
static inline uint8_t sfdfa_mesh_run_ticks(sfdfa_mesh_t *core, const sfdfa_mesh_stage_t *stage, uint8_t tick,
                                           uint8_t end)
{
    (void)core, (void)stage, (void)end;
    return tick;
}

/* Nor of a layer that gets spikes. */
static inline uint8_t sfdfa_mesh_hear_ticks(sfdfa_mesh_t *core, const sfdfa_mesh_stage_t *stage, uint8_t tick,
                                            uint8_t end)
{
    (void)core, (void)stage, (void)end;
    return tick;
}

#define SFDFA_MESH_COASTS_ON 0

static inline void sfdfa_mesh_coast_on(sfdfa_mesh_t *core, const sfdfa_mesh_stage_t *stage, uint8_t tick, uint8_t end)
{
    (void)core, (void)stage, (void)tick, (void)end;
}

#endif
