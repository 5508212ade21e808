/*
 * sfdfa_mesh_column.h: the weights of one neuron while it learns by replay, section 8 of docs/ARITHMETIC.md.
 */
#ifndef SFDFA_MESH_COLUMN_H
#define SFDFA_MESH_COLUMN_H

#include "sfdfa_mesh_notes.h"

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_kernels.h"

/* A neuron that learns. E is never negative, for u decays no slower than v: all its updates have the sign of its step. */
typedef struct {
    sfdfa_weight_t *weights; /* of its core in the layer */
    uint16_t number; /* within the core's part of the layer */
    uint8_t layer_index; /* of the neuron */
    uint8_t dither_bits; /* of the layer */
    uint8_t draw_shift; /* the draw of a listed input begins at the bit after this one */
    uint16_t draw; /* of the neuron, for the dither */
    int32_t sign; /* of the step, -1 or 0 */
    uint32_t step_size; /* of the neuron; its sign is above */
    uint32_t rounding; /* so that an update is rounded half up */
    uint32_t mask; /* makes of the draw of an input its dither or, for a positive step, the dither's complement */
    uint32_t row_mask; /* makes of a listed input its row */
} column_t;

#define UPDATE_SHIFT (SFDFA_ELIGIBILITY_FRACTION_BITS + 2)

static inline column_t column_of(sfdfa_mesh_t *core, const sfdfa_mesh_neuron_t *neuron)
{
    const uint8_t layer_index = SFDFA_MESH_STAGE(neuron->layer_index);
    const uint8_t bits = sfdfa_layers[layer_index].dither_bits;
    const uint8_t draw_shift = (uint8_t)(31 - bits);
    const int32_t sign = sfdfa_sign_mask(neuron->step);
    return (column_t){
        .weights = &core->learned.weights[core->part[layer_index].first_weight],
        .number = neuron->number,
        .layer_index = layer_index,
        .dither_bits = bits,
        .draw_shift = draw_shift,
        .draw = neuron->draw,
        .sign = sign,
        .step_size = (uint32_t)((neuron->step ^ sign) - sign),
        .rounding = (UINT32_C(1) << (UPDATE_SHIFT - 1)) + (uint32_t)sign,
        .mask = (neuron->draw ^ ~(uint32_t)sign) << draw_shift << 1,
        .row_mask = (UINT32_C(1) << draw_shift << 1) - 1,
    };
}

/* A size of at most `most`, which it seldom is not. */
static inline uint32_t limit_size(uint32_t size, uint32_t most, uint32_t *saturations)
{
    if (SFDFA_RARELY(size > most)) {
        ++*saturations;
        return most;
    }
    return size;
}

/* gamma of a spike that a neuron meets, and what becomes of its s, which is never negative. */
static inline int32_t meet_spike(sfdfa_mesh_t *core, int32_t *s, sfdfa_rho_t rho)
{
    const int32_t gamma =
        sfdfa_rescale(rho, 8 - SFDFA_ELIGIBILITY_FRACTION_BITS) + sfdfa_round_shift((int32_t)rho * *s, 8);
    *s = (int32_t)limit_size((uint32_t)(*s + gamma), INT16_MAX, &core->saturations.eligibility);
    return gamma;
}

/* The size of D from E. */
static inline uint32_t update_size(sfdfa_mesh_t *core, const column_t *column, uint32_t eligibility)
{
    const uint32_t limited = limit_size(eligibility, INT16_MAX, &core->saturations.eligibility);
    const uint32_t exact = (column->step_size * limited + column->rounding) >> UPDATE_SHIFT;
    return limit_size(exact, (uint32_t)(SFDFA_UPDATE_MAX - column->sign), &core->saturations.update);
}

/* Where a walk begins: at a neuron's last spike, or its virtual one. */
typedef struct {
    uint16_t earlier; /* the spike before it */
    uint8_t tick; /* of the spike */
    sfdfa_rho_t rho; /* of the spike, section 8 */
} start_t;

#endif
