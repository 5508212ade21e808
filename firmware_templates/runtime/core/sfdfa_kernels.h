/*
 * sfdfa_kernels.h: the loops over synapses. A row holds the weights of one input, neuron by neuron; every kernel runs
 * over a row from end to end and does the same work whatever the values are.
 */
#ifndef SFDFA_KERNELS_H
#define SFDFA_KERNELS_H

#include "sfdfa_fixed.h"
#include "sfdfa_internal.h"
#include "sfdfa_random.h"

#define SFDFA_WEIGHT_MIN (-(INT32_C(1) << (SFDFA_WEIGHT_BITS - 1)))
#define SFDFA_WEIGHT_MAX ((INT32_C(1) << (SFDFA_WEIGHT_BITS - 1)) - 1)

#if SFDFA_WEIGHT_BITS == 4

/* The weights of the lower and the upper neuron of a pair. */
static inline int16_t sfdfa_lower_weight(uint8_t pair)
{
    return (int16_t)(((pair & 0xF) ^ 8) - 8);
}

static inline int16_t sfdfa_upper_weight(uint8_t pair)
{
    return (int16_t)((pair >> 4 ^ 8) - 8);
}

static inline uint8_t sfdfa_pair(int16_t lower, int16_t upper)
{
    return (uint8_t)((lower & 0xF) | (upper & 0xF) << 4);
}

#endif

/* The cell of a row that holds the weight of a neuron, and its place there. */
#if SFDFA_WEIGHT_BITS == 4
#define SFDFA_CELL(neuron) ((neuron) / 2)
#define SFDFA_PLACE_IN_CELL(neuron) ((neuron) % 2)
#else
#define SFDFA_CELL(neuron) (neuron)
#define SFDFA_PLACE_IN_CELL(neuron) 0
#endif

/* A weight of 8 or 16 bits as it lies in its cell, and what lies there as a weight: its own inverse. */
#if SFDFA_WEIGHT_BITS != 4
static inline sfdfa_weight_t sfdfa_celled(int32_t weight)
{
    return (sfdfa_weight_t)(weight ^ SFDFA_CELL_FLIP);
}
#endif

/* One weight of a row. */
static inline int16_t sfdfa_weight(const sfdfa_weight_t *row, uint_fast16_t neuron)
{
#if SFDFA_WEIGHT_BITS == 4
    return (neuron % 2) != 0 ? sfdfa_upper_weight(row[neuron / 2]) : sfdfa_lower_weight(row[neuron / 2]);
#else
    return sfdfa_celled(row[neuron]);
#endif
}

/* sums[i] += row[i] */
static inline void sfdfa_add_row(int32_t *restrict sums, const sfdfa_weight_t *restrict row, uint_fast16_t neurons)
{
#if SFDFA_WEIGHT_BITS == 4
    const uint_fast16_t pairs = neurons / 2;
    for (uint_fast16_t p = 0; p < pairs; p++) {
        sums[2 * p] += sfdfa_lower_weight(row[p]);
        sums[2 * p + 1] += sfdfa_upper_weight(row[p]);
    }
    if ((neurons % 2) != 0) {
        sums[neurons - 1] += sfdfa_lower_weight(row[pairs]);
    }
#else
    for (uint_fast16_t i = 0; i < neurons; i++) {
        sums[i] += sfdfa_celled(row[i]);
    }
#endif
}

/* sums[i] += the sum over `count` inputs of their weights to neuron i */
static inline void sfdfa_add_rows(int32_t *restrict sums, const sfdfa_weight_t *restrict weights, uint16_t row,
                                  const sfdfa_index_t *restrict inputs, uint16_t count, uint_fast16_t neurons)
{
    for (uint16_t k = 0; k < count; k++) {
        sfdfa_add_row(sums, &weights[(uint32_t)inputs[k] * row], neurons);
    }
}

#if SFDFA_LEARNS

/* sums[i] += rshift(row[i] * grade, shift) */
static inline void sfdfa_add_graded_row(int32_t *restrict sums, const sfdfa_weight_t *restrict row, int16_t grade,
                                        uint8_t shift, uint_fast16_t neurons)
{
    SFDFA_UNROLL
    for (uint_fast16_t i = 0; i < neurons; i++) {
        sums[i] += sfdfa_round_shift(sfdfa_weight(row, i) * (int32_t)grade, shift);
    }
}

/*
 * D of section 8 or 9 as the kernel wants it: raised by 2^15. Plus a dither it lies within 0 .. 2^16 - 1, so that a
 * shift of an unsigned 16-bit value is its floor, and a vector holds as many weights as it can.
 */
static inline uint16_t sfdfa_raised_update(int32_t update)
{
    return (uint16_t)(update + INT32_C(0x8000));
}

/* D, counted where it is clamped. */
static inline int32_t sfdfa_saturate_update(int32_t update, uint32_t *saturations)
{
    return sfdfa_clamp_counted(update, SFDFA_UPDATE_MIN, SFDFA_UPDATE_MAX, saturations);
}

/* What holds any weight plus any update. */
#if SFDFA_WEIGHT_BITS == 16
typedef int32_t sfdfa_updated_t;
#else
typedef int16_t sfdfa_updated_t;
#endif

/* A sum of a weight and an update between the ends of the weight's range. */
static inline sfdfa_updated_t sfdfa_clamp_updated(sfdfa_updated_t sum)
{
    const sfdfa_updated_t low = SFDFA_WEIGHT_MIN;
    const sfdfa_updated_t high = SFDFA_WEIGHT_MAX;
#if SFDFA_BY_MASKS
    return (sfdfa_updated_t)sfdfa_clamp(sum, low, high);
#else
    const sfdfa_updated_t floored = sum < low ? low : sum; /* in a form that becomes vectors */
    return floored > high ? high : floored;
#endif
}

/* The weight after a raised update, rounded by `dither`. */
static inline sfdfa_updated_t sfdfa_updated_weight(int16_t weight, uint16_t raised_update, uint16_t dither,
                                                   uint8_t dither_bits)
{
    const int32_t change = ((uint16_t)(raised_update + dither) >> dither_bits) - (INT32_C(0x8000) >> dither_bits);
    return sfdfa_clamp_updated((sfdfa_updated_t)(weight + change));
}

/* A weight that is to be stored, between the ends of its range. */
static inline int32_t sfdfa_clamp_weight(int32_t weight)
{
#if defined(__ARM_FEATURE_SAT) && defined(__GNUC__)
    __asm__("ssat %0, %1, %0" : "+r"(weight) : "I"(SFDFA_WEIGHT_BITS));
    return weight;
#else
    return sfdfa_clamp(weight, SFDFA_WEIGHT_MIN, SFDFA_WEIGHT_MAX);
#endif
}

/* The weight of `neuron` in `row` changes by `change`, of 16 bits and a sign. */
static inline void sfdfa_change_weight(sfdfa_weight_t *row, uint16_t neuron, int32_t change)
{
    const int32_t weight = sfdfa_clamp_weight(sfdfa_weight(row, neuron) + change);
#if SFDFA_WEIGHT_BITS == 4
    const uint8_t pair = row[neuron / 2];
    row[neuron / 2] = (neuron % 2) != 0 ? sfdfa_pair(pair, (int16_t)weight) : sfdfa_pair((int16_t)weight, pair >> 4);
#else
    row[neuron] = sfdfa_celled(weight);
#endif
}

/* row[i] += update[i], rounded with the draws of the event and of the neurons, all of them masked to `dither_bits`. */
static inline void sfdfa_update_row(sfdfa_weight_t *restrict row, const uint16_t *restrict update,
                                    const uint16_t *restrict draw, uint16_t event_draw, uint_fast16_t neurons,
                                    uint8_t dither_bits)
{
#if SFDFA_WEIGHT_BITS == 4
    const uint_fast16_t pairs = neurons / 2;
    for (uint_fast16_t p = 0; p < pairs; p++) {
        const int16_t lower = sfdfa_lower_weight(row[p]);
        const int16_t upper = sfdfa_upper_weight(row[p]);
        row[p] = sfdfa_pair(sfdfa_updated_weight(lower, update[2 * p], draw[2 * p] ^ event_draw, dither_bits),
                            sfdfa_updated_weight(upper, update[2 * p + 1], draw[2 * p + 1] ^ event_draw, dither_bits));
    }
    if ((neurons % 2) != 0) {
        const uint_fast16_t last = neurons - 1;
        const int16_t lower = sfdfa_lower_weight(row[pairs]);
        row[pairs] = sfdfa_pair(sfdfa_updated_weight(lower, update[last], draw[last] ^ event_draw, dither_bits), 0);
    }
#else
    SFDFA_VECTORS
    for (uint_fast16_t i = 0; i < neurons; i++) {
        row[i] = sfdfa_celled(sfdfa_updated_weight(sfdfa_celled(row[i]), update[i], draw[i] ^ event_draw, dither_bits));
    }
#endif
}

#endif
#endif
