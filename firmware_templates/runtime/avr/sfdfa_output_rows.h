/*
 * sfdfa_output_rows.h: loops over the outputs, where they integrate, on an AVR: rows of their weights by its kernels,
 * of feedback in 16 bits, sections 5a and 7a of docs/ARITHMETIC.md.
 */
#ifndef SFDFA_OUTPUT_ROWS_H
#define SFDFA_OUTPUT_ROWS_H

#include <stddef.h>

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_internal.h"
#include "sfdfa_avr.h"

#if SFDFA_DECIDE_MARGIN == 0

/* The sum of each output over all of its inputs, of which the first has the weights `row`. */
static inline void add_scaled_rows(sfdfa_activity_t *sums, const uint16_t *kappa, const sfdfa_weight_t *row,
                                   sfdfa_layer_table_t *layer)
{
    const uint16_t cells = layer->row;
    for (const uint16_t *end = &kappa[layer->inputs]; kappa != end; kappa++) {
        if (*kappa > 0) {
            sfdfa_avr_add_row(sums, row, *kappa);
        }
        row += cells;
    }
}

#else

/* Add what the inputs of one tick, one or more, come to: `factor` times the sum of their rows. */
static inline void add_rows_of_tick(sfdfa_activity_t *sums, const sfdfa_weight_t *weights, sfdfa_layer_table_t *layer,
                                    sfdfa_inputs_t inputs, int32_t factor)
{
    int32_t of_rows[SFDFA_AVR_GROUPS(SFDFA_OUTPUTS) * SFDFA_AVR_CELLS];
    while (inputs.count > 0) {
        const uint8_t count = (uint8_t)(inputs.count < SFDFA_AVR_MOST_ROWS ? inputs.count : SFDFA_AVR_MOST_ROWS);
        sfdfa_avr_sum_t rows = {
            .input = inputs.index,
            .weights = weights,
            .sums = of_rows,
            .row = layer->row,
            .count = count,
            .groups = SFDFA_AVR_GROUPS(SFDFA_OUTPUTS),
        };
        sfdfa_avr_sum(&rows);
        sfdfa_avr_add_scaled(sums, of_rows, (uint8_t)factor);
        inputs.index += count;
        inputs.count = (uint16_t)(inputs.count - count);
    }
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
    (void)bits; /* 8 */
    _Static_assert(offsetof(sfdfa_output_update_t, draw) == 4 * SFDFA_OUTPUTS, "");
    sfdfa_avr_change_row(row, update, (uint16_t)kappa, (uint8_t)draw);
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
static inline void add_difference(differences_t *differences, const sfdfa_weight_t *row, const int8_t *feedback,
                                  uint32_t neuron_draw, uint8_t shift)
{
    (void)shift; /* 6: 64 times a weight, shifted, is the weight */
    const int16_t sign = (int16_t)-(int8_t)(neuron_draw >> 31);
    for (sfdfa_lacking_t *residual = differences->residual; residual != &differences->residual[SFDFA_OUTPUTS];) {
        const int16_t difference = (int16_t)(*row++ - *feedback++);
        *residual++ += (int16_t)((difference ^ sign) - sign);
    }
}

/* All neurons are added: nothing is left to be done. */
static inline void end_differences(differences_t *differences)
{
    (void)differences;
}

/* x of 16 bits between -128 and 127. */
static inline int8_t clamp_to_byte(int16_t x)
{
    x = (int16_t)(x - INT8_MAX);
    x &= x >> 15;
    x = (int16_t)(x + INT8_MAX - INT8_MIN);
    x &= ~(x >> 15);
    return (int8_t)(x + INT8_MIN);
}

/* Whether changes of feedback fit 16 bits, and are a shift by a byte and some more bits. */
#define SFDFA_AVR_SMALL_CHANGES (sizeof(sfdfa_lacking_t) == 2 && SFDFA_FEEDBACK_SHIFT >= 7)

/* Feedback and floor(x / 2^SFDFA_FEEDBACK_SHIFT), clamped. */
static inline int8_t changed_feedback(int8_t feedback, int32_t x)
{
    if (!SFDFA_AVR_SMALL_CHANGES) {
        return sfdfa_clamp_byte(feedback + sfdfa_floor_shift(x, SFDFA_FEEDBACK_SHIFT));
    }
    const int16_t by_seven = (int16_t)(x * 2 >> 8);
    return clamp_to_byte((int16_t)(feedback + (by_seven >> (SFDFA_AVR_SMALL_CHANGES ? SFDFA_FEEDBACK_SHIFT - 7 : 0))));
}

/* B of section 7a for one neuron, with its draw. */
static inline void change_feedback(sfdfa_t *net, int8_t *feedback, int32_t direction, uint16_t draw)
{
    const uint16_t *output_draw = net->learning.output_draw;
    const sfdfa_lacking_t sign = (sfdfa_lacking_t)(direction >> 15);
    for (const sfdfa_lacking_t *residual = net->learning.residual;
         residual != &net->learning.residual[SFDFA_OUTPUTS];) {
        const uint16_t dither = draw ^ *output_draw++;
        const sfdfa_lacking_t lacking = *residual++;
        *feedback = changed_feedback(*feedback, (int32_t)((lacking ^ sign) - sign) + dither);
        feedback++;
    }
}

#endif
#endif
