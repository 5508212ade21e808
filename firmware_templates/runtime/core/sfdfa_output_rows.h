/*
 * sfdfa_output_rows.h: loops over the outputs, where they integrate, for any processor: rows of their weights and of
 * feedback, sections 5a and 7a of docs/ARITHMETIC.md.
 */
#ifndef SFDFA_OUTPUT_ROWS_H
#define SFDFA_OUTPUT_ROWS_H

#include "sfdfa_fixed.h"
#include "sfdfa_internal.h"
#include "sfdfa_kernels.h"
#include "sfdfa_scaled_rows.h"

#if SFDFA_LEARNS

/* D, clamped where it could be too large. */
static inline int32_t limit_update(int32_t update)
{
#if SFDFA_OUTPUT_UPDATE_MAX > SFDFA_UPDATE_MAX
    return sfdfa_clamp(update, SFDFA_UPDATE_MIN, SFDFA_UPDATE_MAX);
#else
    return update;
#endif
}

/* r' e of section 5a as change_row wants it: as it is. */
static inline int32_t row_step(int32_t step)
{
    return step;
}

/* The weights from one input, with its draw. */
static inline void change_row(sfdfa_weight_t *row, const sfdfa_output_update_t *update, int32_t kappa, uint16_t draw,
                              uint8_t bits)
{
    const int32_t *step = (const int32_t *)sfdfa_at_hand(update->step);
    const uint16_t *output_draw = (const uint16_t *)sfdfa_at_hand(update->draw);
    SFDFA_ALL_OUTPUTS
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        const int32_t limited = limit_update(sfdfa_round_shift(step[o] * kappa, 10));
        sfdfa_change_weight(row, o, sfdfa_floor_shift(limited + (draw ^ output_draw[o]), bits));
    }
}

#endif

#if SFDFA_RESIDUAL_FEEDBACK

/* What the outputs get from some neurons, less what the feedback of these accounts for. */
typedef struct {
    sfdfa_lacking_t *residual; /* of each output, where it is summed */
} differences_t;

static inline void begin_differences(differences_t *differences, sfdfa_lacking_t *residual)
{
    differences->residual = residual;
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        residual[o] = 0;
    }
}

/* Of one neuron, with its draw. */
static SFDFA_OWN_WORK void add_difference(differences_t *differences, const sfdfa_weight_t *restrict row,
                                          const int8_t *restrict feedback, uint32_t neuron_draw, uint8_t shift)
{
    sfdfa_lacking_t *restrict residual = differences->residual;
    const int32_t direction = sfdfa_direction(neuron_draw);
    SFDFA_ALL_OUTPUTS
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        const int32_t got = sfdfa_round_shift(sfdfa_weight(row, o) * (64 * direction), shift);
        residual[o] = (sfdfa_lacking_t)(residual[o] + got - direction * feedback[o]);
    }
}

/* All neurons are added: nothing is left to be done. */
static inline void end_differences(differences_t *differences)
{
    (void)differences;
}

/* B of section 7a for one neuron, with its draw. */
static inline void change_feedback(sfdfa_t *net, int8_t *neuron_feedback, int32_t direction, uint16_t draw)
{
    int8_t *restrict feedback = neuron_feedback;
    const sfdfa_lacking_t *restrict residual = net->learning.residual;
    const uint16_t *restrict output_draw = net->learning.output_draw;
    SFDFA_ALL_OUTPUTS
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        const int32_t dither = draw ^ output_draw[o];
        feedback[o] =
            sfdfa_clamp_byte(feedback[o] + sfdfa_floor_shift(direction * residual[o] + dither, SFDFA_FEEDBACK_SHIFT));
    }
}

#endif
#endif
