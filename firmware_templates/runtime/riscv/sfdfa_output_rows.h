/*
 * sfdfa_output_rows.h: loops over the outputs, where they integrate, by the kernels of RISC-V: rows of their weights
 * and of feedback, sections 5a and 7a of docs/ARITHMETIC.md.
 */
#ifndef SFDFA_OUTPUT_ROWS_H
#define SFDFA_OUTPUT_ROWS_H

#include <stddef.h>

#include "core/sfdfa_internal.h"
#include "core/sfdfa_random.h"
#include "sfdfa_riscv.h"

#if SFDFA_DECIDE_MARGIN == 0

/* The sum of each output over all of its inputs, of which the first has the weights `row`. */
static inline void add_scaled_rows(sfdfa_activity_t *sums, const uint16_t *kappa, const sfdfa_weight_t *row,
                                   sfdfa_layer_table_t *layer)
{
    const uint16_t cells = layer->row;
    int32_t raised = 0;
    for (const uint16_t *end = &kappa[layer->inputs]; kappa != end; kappa++) {
        if (*kappa > 0) {
            sfdfa_riscv_add_row(sums, row, *kappa);
            raised += SFDFA_RISCV_RAISED * *kappa;
        }
        row += cells;
    }
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        sums[o] -= raised;
    }
}

#else

/* Add what the inputs of one tick come to, `factor` times the sum of their rows. */
static inline void add_rows_of_tick(sfdfa_activity_t *sums, const sfdfa_weight_t *weights, sfdfa_layer_table_t *layer,
                                    sfdfa_inputs_t inputs, int32_t factor)
{
    sfdfa_riscv_add_tick(sums, weights, layer->row, inputs.index, &inputs.index[inputs.count], factor,
                         -SFDFA_RISCV_RAISED * (int32_t)inputs.count);
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
    sfdfa_riscv_change_row(row, update, kappa, draw);
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
    sfdfa_riscv_add_difference(differences->residual, row, feedback, direction);
    differences->directions += direction;
}

static inline void end_differences(differences_t *differences)
{
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        differences->residual[o] -= SFDFA_RISCV_RAISED * differences->directions;
    }
}

/* B of section 7a for one neuron, with its draw. */
static inline void change_feedback(sfdfa_t *net, int8_t *feedback, int32_t direction, uint16_t draw)
{
    sfdfa_riscv_change_feedback(feedback, net->learning.residual, net->learning.output_draw, direction, draw);
}

#endif
#endif
