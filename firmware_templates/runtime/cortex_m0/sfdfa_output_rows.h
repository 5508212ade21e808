/*
 * sfdfa_output_rows.h: loops over the outputs, where they integrate, by the kernels of Cortex-M0: rows of their weights
 * and of feedback, sections 5a and 7a of docs/ARITHMETIC.md.
 */
#ifndef SFDFA_OUTPUT_ROWS_H
#define SFDFA_OUTPUT_ROWS_H

#include <stddef.h>

#include "core/sfdfa_internal.h"
#include "sfdfa_cortex_m0.h"

#if SFDFA_DECIDE_MARGIN == 0

/* The sum of each output over all of its inputs, of which the first has the weights `row`. */
static inline void add_scaled_rows(sfdfa_activity_t *sums, const uint16_t *kappa, const sfdfa_weight_t *row,
                                   sfdfa_layer_table_t *layer)
{
    sfdfa_m0_add_rows(sums, kappa, row, &kappa[layer->inputs]);
}

#endif

#if SFDFA_LEARNS

/* The weights from one input, with its draw. */
static inline void change_row(sfdfa_weight_t *row, const sfdfa_output_update_t *update, int32_t kappa, uint16_t draw,
                              uint8_t bits)
{
    (void)bits; /* SFDFA_DITHER_BITS */
    _Static_assert(offsetof(sfdfa_output_update_t, draw) == 4 * SFDFA_OUTPUTS, "");
    sfdfa_m0_change_row(row, update, (uint32_t)kappa, draw);
}

#endif

#if SFDFA_RESIDUAL_FEEDBACK

/*
 * Of one neuron: what the outputs get from it, less what its feedback accounts for; and 128 times its direction, since
 * weights lie raised.
 */
static inline void add_difference(int32_t *residual, const sfdfa_weight_t *row, const int8_t *feedback,
                                  int32_t direction, uint8_t shift)
{
    (void)shift; /* 6: 64 times a weight, shifted, is the weight */
    sfdfa_m0_add_difference(residual, row, feedback, direction);
}

/* The differences of all neurons are added, of which the directions add up to `directions`. */
static inline void end_differences(int32_t *residual, int32_t directions)
{
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        residual[o] -= 128 * directions;
    }
}

/* B of section 7a for one neuron, with its draw. */
static inline void change_feedback(sfdfa_t *net, int8_t *feedback, int32_t direction, uint16_t draw)
{
    _Static_assert(offsetof(sfdfa_learning_t, output_draw) == offsetof(sfdfa_learning_t, residual) + 4 * SFDFA_OUTPUTS,
                   "");
    sfdfa_m0_change_feedback(feedback, net->learning.residual, direction, draw);
}

#endif
#endif
