/*
 * sfdfa_output_rows.h: loops over the outputs, where they integrate, by the DSP extension: rows of their weights and of
 * feedback, sections 5a and 7a of docs/ARITHMETIC.md.
 */
#ifndef SFDFA_OUTPUT_ROWS_H
#define SFDFA_OUTPUT_ROWS_H

#include "core/sfdfa_kernels.h"
#include "core/sfdfa_random.h"
#include "sfdfa_cortex_m4.h"
#include "sfdfa_signed_rows.h"

#if SFDFA_DECIDE_MARGIN == 0
#include "core/sfdfa_scaled_rows.h"
#endif

static inline void add_bytes(uint32_t *even, uint32_t *odd, uint32_t word)
{
    __asm__("sxtab16 %0, %0, %1" : "+r"(*even) : "r"(word));
    __asm__("sxtab16 %0, %0, %1, ror #8" : "+r"(*odd) : "r"(word));
}

#if SFDFA_DECIDE_MARGIN > 0

#define SUMMED_ROWS 255 /* of weights down to -128: their sum fits 16 bits */
#define ASSEMBLED_OUTPUTS 16 /* that sfdfa_m4_add_tick takes at most */

/* Add what up to SUMMED_ROWS inputs of one tick come to. */
static inline void add_some_rows(sfdfa_activity_t *restrict sums, const sfdfa_weight_t *weights,
                                 const sfdfa_index_t *index, const sfdfa_index_t *end, int32_t factor)
{
    uint32_t even[SFDFA_OUTPUT_WORDS] = {0};
    uint32_t odd[SFDFA_OUTPUT_WORDS] = {0};
    for (; index != end; index++) {
        const sfdfa_weight_t *row = &weights[(uint32_t)*index * SFDFA_OUTPUTS];
        SFDFA_ALL_OUTPUTS
        for (uint16_t k = 0; k < SFDFA_OUTPUT_WORDS; k++) {
            add_bytes(&even[k], &odd[k], sfdfa_row_word(row, k));
        }
    }
    SFDFA_ALL_OUTPUTS
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        const uint32_t pair = o % 2 == 0 ? even[o / 4] : odd[o / 4];
        sums[o] += (int16_t)(o % 4 < 2 ? pair : pair >> 16) * factor;
    }
}

/* Add what the inputs of one tick come to, `factor` times the sum of their rows. */
static inline void add_rows_of_tick(sfdfa_activity_t *sums, const sfdfa_weight_t *weights, sfdfa_layer_table_t *layer,
                                    sfdfa_inputs_t inputs, int32_t factor)
{
    (void)layer;
    if (SFDFA_OUTPUTS <= ASSEMBLED_OUTPUTS && inputs.count <= SUMMED_ROWS) {
        sfdfa_m4_add_tick(sums, weights, &inputs, (uint32_t)factor);
        return;
    }
    const sfdfa_index_t *end = &inputs.index[inputs.count];
    for (const sfdfa_index_t *index = inputs.index; index != end;) {
        const sfdfa_index_t *next = end - index > SUMMED_ROWS ? index + SUMMED_ROWS : end;
        add_some_rows(sums, weights, index, next, factor);
        index = next;
    }
}

#endif

#if SFDFA_LEARNS

#define STEP_SHIFT 6 /* r' e is below 2^24, */
#define KAPPA_SHIFT 16 /* kappa below 2^15; 10 more are what D is shifted by, and leave it in the upper word */

/* r' e of section 5a as change_row wants it. */
static inline int32_t row_step(int32_t step)
{
    return step * (1 << STEP_SHIFT);
}

/* D plus a dither. */
static inline int32_t dithered_update(int32_t step, int32_t kappa, int32_t dither)
{
    int32_t sum;
    __asm__("smmlar %0, %1, %2, %3" : "=r"(sum) : "r"(step), "r"(kappa), "r"(dither));
    return sum;
}

/* The weights from one input, with its draw. No D is out of its bounds. */
static inline void change_row(sfdfa_weight_t *input_row, const sfdfa_output_update_t *update, int32_t kappa,
                              uint16_t draw, uint8_t bits)
{
    (void)bits; /* SFDFA_DITHER_BITS */
    sfdfa_weight_t *restrict row = input_row;
    const int32_t *restrict step = update->step;
    const uint16_t *restrict output_draw = update->draw;
    const int32_t factor = kappa * (1 << KAPPA_SHIFT);
    SFDFA_ALL_OUTPUTS
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        const int32_t update_and_dither = dithered_update(step[o], factor, draw ^ output_draw[o]);
        row[o] = (int8_t)sfdfa_clamp_weight(row[o] + (update_and_dither >> SFDFA_DITHER_BITS));
    }
}

#endif

#if SFDFA_RESIDUAL_FEEDBACK

/*
 * What the outputs get from some neurons, less what the feedback of these accounts for: two to a word. Instead of what
 * is to be subtracted its complement is added, which is 1 less than what is negated.
 */
typedef struct {
    uint32_t even[SFDFA_OUTPUT_WORDS]; /* of outputs 0 and 2 of each four */
    uint32_t odd[SFDFA_OUTPUT_WORDS]; /* of outputs 1 and 3 of each four */
    int32_t neurons; /* so many are summed */
    int32_t *residual; /* of each output, where they go in the end */
} differences_t;

static inline void begin_differences(differences_t *differences, int32_t *residual)
{
    differences->residual = residual;
    differences->neurons = 0;
    SFDFA_ALL_OUTPUTS
    for (uint16_t k = 0; k < SFDFA_OUTPUT_WORDS; k++) {
        differences->even[k] = 0;
        differences->odd[k] = 0;
    }
}

/* Of one neuron, with its draw. */
static inline void add_difference(differences_t *differences, const sfdfa_weight_t *row, const int8_t *feedback,
                                  uint32_t neuron_draw, uint8_t shift)
{
    (void)shift; /* 6: 64 times a weight, shifted, is the weight */
    const uint32_t sign = (uint32_t)((int32_t)neuron_draw >> 31);
    SFDFA_ALL_OUTPUTS
    for (uint16_t k = 0; k < SFDFA_OUTPUT_WORDS; k++) {
        add_bytes(&differences->even[k], &differences->odd[k], sfdfa_row_word(row, k) ^ sign);
        add_bytes(&differences->even[k], &differences->odd[k], ~(sfdfa_row_word(feedback, k) ^ sign));
    }
    differences->neurons++;
}

static inline void end_differences(differences_t *differences)
{
    SFDFA_ALL_OUTPUTS
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        const uint32_t pair = o % 2 == 0 ? differences->even[o / 4] : differences->odd[o / 4];
        differences->residual[o] = (int16_t)(o % 4 < 2 ? pair : pair >> 16) + differences->neurons;
    }
}

/* B of section 7a for one neuron, with its draw. */
static inline void change_feedback(sfdfa_t *net, int8_t *neuron_feedback, int32_t direction, uint16_t draw)
{
    int8_t *restrict feedback = neuron_feedback;
    const int32_t *restrict residual = net->learning.residual;
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
