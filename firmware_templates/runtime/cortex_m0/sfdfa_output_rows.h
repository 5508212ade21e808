/*
 * sfdfa_output_rows.h: loops over the outputs, where they integrate, by the kernels of Cortex-M0: rows of their weights
 * and of feedback, sections 5a and 7a of docs/ARITHMETIC.md.
 */
#ifndef SFDFA_OUTPUT_ROWS_H
#define SFDFA_OUTPUT_ROWS_H

#include <stddef.h>

#include "core/sfdfa_internal.h"
#include "core/sfdfa_random.h"
#include "sfdfa_cortex_m0.h"

#if SFDFA_DECIDE_MARGIN == 0

/* The sum of each output over all of its inputs, of which the first has the weights `row`. */
static inline void add_scaled_rows(sfdfa_activity_t *sums, const uint16_t *kappa, const sfdfa_weight_t *row,
                                   sfdfa_layer_table_t *layer)
{
    sfdfa_m0_add_rows(sums, kappa, row, &kappa[layer->inputs]);
}

#else

/* Add what the inputs of one tick come to, `factor` times the sum of their rows. */
static inline void add_rows_of_tick(sfdfa_activity_t *sums, const sfdfa_weight_t *weights, sfdfa_layer_table_t *layer,
                                    sfdfa_inputs_t inputs, int32_t factor)
{
    (void)layer;
    sfdfa_m0_add_tick(sums, weights, &inputs, (uint32_t)factor);
}

#endif

#if SFDFA_LEARNS

/* r' e of section 5a as change_row wants it: as it is. */
static inline int32_t row_step(int32_t step)
{
    return step;
}

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

/* What the outputs get from some neurons, less what the feedback of these accounts for. */
typedef struct {
    int32_t *residual;  /* and 128 times `directions`, since weights lie raised */
    int32_t directions; /* their sum */
} differences_t;

static inline void begin_differences(differences_t *differences, int32_t *residual)
{
    differences->residual = residual;
    differences->directions = 0;
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        residual[o] = 0;
    }
}

/* Of one neuron, with its draw. */
static inline void add_difference(differences_t *differences, const sfdfa_weight_t *row, const int8_t *feedback,
                                  uint32_t neuron_draw, uint8_t shift)
{
    (void)shift; /* 6: 64 times a weight, shifted, is the weight */
    const int32_t direction = sfdfa_direction(neuron_draw);
    sfdfa_m0_add_difference(differences->residual, row, feedback, direction);
    differences->directions += direction;
}

static inline void end_differences(differences_t *differences)
{
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        differences->residual[o] -= 128 * differences->directions;
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
