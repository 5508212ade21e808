/*
 * sfdfa_mesh_stage.h: the own neurons of a layer in a tick, in C and whatever their states: section 5 of
 * docs/ARITHMETIC.md.
 */
#ifndef SFDFA_MESH_STAGE_H
#define SFDFA_MESH_STAGE_H

#include "sfdfa_mesh.h"

#include "core/sfdfa_fixed.h"

/* What does not change from tick to tick. */
typedef struct {
    const sfdfa_layer_t *layer; /* with the own neurons only */
    uint8_t layer_index; /* of the neurons */
    bool is_packed; /* rows begin where words do */
    uint16_t row; /* cells of the weights of one input */
    uint16_t neurons; /* own ones of the layer */
    uint16_t narrow_inputs; /* with so many inputs so far all states are below 2^19 */
    int8_t input_shift; /* from the unit of sums to that of the states */
    const sfdfa_weight_t *weights; /* to the own neurons */
    sfdfa_membrane_t *membrane; /* of the own neurons */
    int32_t decay_s, decay; /* of A and B */
    int32_t threshold; /* of B - A */
    int32_t limit; /* of A and B */
} sfdfa_mesh_stage_t;

static inline sfdfa_mesh_stage_t sfdfa_mesh_stage_of(sfdfa_mesh_t *core, uint8_t layer_index)
{
    const sfdfa_layer_t *layer = &core->layer[layer_index];
    const sfdfa_mesh_part_t *part = &core->part[layer_index];
    return (sfdfa_mesh_stage_t){
        .layer = layer,
        .layer_index = layer_index,
        .is_packed = part->row % 4 == 0 && part->first_weight % 4 == 0,
        .row = part->row,
        .neurons = part->neurons,
        .narrow_inputs = layer->narrow_inputs,
        .input_shift = layer->input_shift,
        .weights = &core->learned.weights[part->first_weight],
        .membrane = &core->run.membrane[part->first_neuron],
        .decay_s = layer->decay_s,
        .decay = layer->decay,
        .threshold = layer->threshold,
        .limit = layer->state_limit,
    };
}

/* X is scaled up where its unit is larger than that of the states. */
static inline void sfdfa_mesh_scale_sums(sfdfa_mesh_t *core, const sfdfa_mesh_stage_t *stage)
{
    for (uint16_t i = 0; stage->input_shift > 0 && i < stage->neurons; i++) {
        core->scratch.current[i] = sfdfa_round_shift(core->scratch.current[i], (uint8_t)stage->input_shift);
    }
}

/* The steps of a layer: of narrow states, below 2^19, one shift makes the next ones, and what the inputs add to them. */
typedef struct {
    bool has_inputs; /* in the tick at hand */
    bool is_narrow; /* all states are below 2^19 */
    bool can_saturate; /* a state may reach its limit */
} sfdfa_mesh_step_t;

/* Step the first neurons of a layer, and list those that have reached their threshold. Returns how many have. */
static inline uint16_t sfdfa_mesh_integrate(sfdfa_mesh_t *core, const sfdfa_mesh_stage_t *stage, uint16_t neurons,
                                            sfdfa_mesh_step_t step)
{
    const sfdfa_membrane_t *const end = &stage->membrane[neurons];
    const int32_t decay_s = stage->decay_s, decay = stage->decay, limit = stage->limit;
    const uint16_t kept_s = (uint16_t)(4096 - decay_s), kept = (uint16_t)(4096 - decay);
    const int32_t threshold = stage->threshold;
    const uint8_t shift = (uint8_t)((step.is_narrow ? 12 : 0) - (stage->input_shift < 0 ? stage->input_shift : 0));
    const int32_t *current = core->scratch.current;
    sfdfa_index_t *put = core->scratch.reached;
    for (sfdfa_membrane_t *membrane = stage->membrane; membrane != end; membrane++) {
        const uint32_t scaled = step.has_inputs ? (uint32_t)*current++ << shift : 0;
        const int32_t x = (int32_t)(scaled + (step.is_narrow ? SFDFA_DECAY_ROUNDING : 0));
        int32_t a, b;
        if (step.is_narrow) {
            a = sfdfa_narrow_decay(membrane->a, kept_s, x);
            b = sfdfa_narrow_decay(membrane->b, kept, x);
        } else {
            a = sfdfa_decay(membrane->a, decay_s) + x;
            b = sfdfa_decay(membrane->b, decay) + x;
        }
        if (step.can_saturate) {
            a = sfdfa_saturate(a, limit, &core->run.saturations.state);
            b = sfdfa_saturate(b, limit, &core->run.saturations.state);
        }
        *membrane = (sfdfa_membrane_t){(sfdfa_state_t)a, (sfdfa_state_t)b};
        if (b - a >= threshold) {
            *put++ = (sfdfa_index_t)(membrane - stage->membrane);
        }
    }
    return (uint16_t)(put - core->scratch.reached);
}

#endif
