/*
 * sfdfa_mesh_hidden.h: the own neurons of a hidden layer learn, where the kernel of RISC-V takes them.
 */
#ifndef SFDFA_MESH_HIDDEN_H
#define SFDFA_MESH_HIDDEN_H

#include "sfdfa_mesh_notes.h"

#include "core/sfdfa_error.h"
#include "core/sfdfa_random.h"
#include "riscv/sfdfa_riscv_macros.h"

#if SFDFA_MESH_REPLAYS && SFDFA_RISCV_MOVES_FEEDBACK

#include "sfdfa_mesh_walk.h"

/* What moves the feedback of a layer, if anything does. */
static inline const int32_t *mover_of(const sfdfa_mesh_t *core, uint8_t layer_index)
{
#if SFDFA_RESIDUAL_FEEDBACK
    if (layer_index != core->residual.turn) {
        return NULL;
    }
#endif
    (void)layer_index;
    return core->output_grade;
}

/* The same, where all their spikes are remembered and all inputs listed. */
static SFDFA_SELDOM void learn_by_kernel(sfdfa_mesh_t *core, uint8_t layer_index)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const sfdfa_mesh_part_t *part = &core->part[layer_index];
    const sfdfa_mesh_walker_t walker = walker_of(core, layer_index);
    int32_t error[SFDFA_OUTPUTS];
    uint16_t output_draw[SFDFA_OUTPUTS];
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        error[o] = core->error[o];
        output_draw[o] = sfdfa_feedback_draw(core->output_draw[o], SFDFA_FEEDBACK_SHIFT);
    }
    sfdfa_mesh_hidden_t hidden = {
        .mean_rate = &core->learned.mean_rate[part->first_neuron],
        .count = &core->run.counts[part->first_neuron],
        .end = &core->run.counts[part->first_neuron + part->neurons],
        .mean_delta = &core->learned.mean_delta[part->first_neuron],
        .feedback = &core->learned.feedback[(uint32_t)part->first_neuron * SFDFA_OUTPUTS],
        .error = error,
        .rate = sfdfa_round_shift((int32_t)layer->rate * core->rate_scale, 12),
        .key = core->sample_key ^ (UINT32_C(0x80000000) | (uint32_t)layer_index << 24),
        .residual = mover_of(core, layer_index),
        .output_draw = output_draw,
        .walker = &walker,
        .first = part->first,
        .saturations = 0,
    };
    sfdfa_mesh_riscv_learn_hidden(&hidden);
    core->saturations.update += hidden.saturations;
}

/* Let them learn. Returns whether they have. */
static inline bool sfdfa_mesh_learn_layer(sfdfa_mesh_t *core, uint8_t layer_index)
{
    const bool takes = SFDFA_NORMALISED && DELTA_MAX <= DELTA_LIMIT && core->run.notes.is_listed &&
                       !core->ranks.wanted && core->part[layer_index].neurons > 0;
    if (takes) {
        learn_by_kernel(core, layer_index);
    }
    return takes;
}

#else

static inline bool sfdfa_mesh_learn_layer(sfdfa_mesh_t *core, uint8_t layer_index)
{
    (void)core, (void)layer_index;
    return false;
}

#endif

#endif
