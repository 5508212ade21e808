/*
 * sfdfa_kernels.h: the loops over synapses. A row holds the weights of one input, neuron by neuron; every kernel runs over a row
 * from end to end and does the same work whatever the values are.
 */
#ifndef SFDFA_KERNELS_H
#define SFDFA_KERNELS_H

#include "sfdfa_fixed.h"
#include "sfdfa_internal.h"

#define SFDFA_WEIGHT_MIN (-(INT32_C(1) << (SFDFA_WEIGHT_BITS - 1)))
#define SFDFA_WEIGHT_MAX ((INT32_C(1) << (SFDFA_WEIGHT_BITS - 1)) - 1)

/* One weight of a row. */
static inline int32_t sfdfa_weight(const sfdfa_weight_t *row, uint16_t neuron)
{
#if SFDFA_WEIGHT_BITS == 4
    const uint8_t pair = row[neuron / 2];
    const uint8_t nibble = (neuron % 2) != 0 ? (uint8_t)(pair >> 4) : (uint8_t)(pair & 0xF);
    return (int32_t)(nibble ^ 8) - 8;
#else
    return row[neuron];
#endif
}

/* current[i] = the sum over `count` inputs of their weights to neuron i */
static inline void sfdfa_sum_rows(int32_t *restrict current, const sfdfa_weight_t *restrict weights, uint16_t row,
                                  const sfdfa_index_t *restrict inputs, uint16_t count, uint16_t neurons)
{
    for (uint16_t i = 0; i < neurons; i++) {
        current[i] = 0;
    }
    uint16_t k = 0;
#if SFDFA_WEIGHT_BITS == 8
    /* Four rows at a time: their sum fits 16 bits, and `current` is touched once for all of them. */
    for (; k + 4 <= count; k += 4) {
        const sfdfa_weight_t *row0 = &weights[(uint32_t)inputs[k] * row];
        const sfdfa_weight_t *row1 = &weights[(uint32_t)inputs[k + 1] * row];
        const sfdfa_weight_t *row2 = &weights[(uint32_t)inputs[k + 2] * row];
        const sfdfa_weight_t *row3 = &weights[(uint32_t)inputs[k + 3] * row];
        for (uint16_t i = 0; i < neurons; i++) {
            current[i] += (int16_t)((int16_t)(row0[i] + row1[i]) + (int16_t)(row2[i] + row3[i]));
        }
    }
#endif
    for (; k < count; k++) {
        const sfdfa_weight_t *row0 = &weights[(uint32_t)inputs[k] * row];
        for (uint16_t i = 0; i < neurons; i++) {
            current[i] += sfdfa_weight(row0, i);
        }
    }
}

#if SFDFA_LEARNS

/* The weight after `update`, in 2^-14, rounded by `dither`. */
static inline int32_t sfdfa_updated_weight(int32_t weight, int16_t update, uint16_t dither, uint8_t dither_bits)
{
    const int16_t dithered = (int16_t)(update + (int16_t)dither);
#if SFDFA_WEIGHT_BITS == 16
    return sfdfa_clamp(weight + sfdfa_floor_shift(dithered, dither_bits), SFDFA_WEIGHT_MIN, SFDFA_WEIGHT_MAX);
#else
    /* In 16 bits throughout, so that a vector holds as many weights as it can. */
    const int16_t change = (int16_t)sfdfa_floor_shift(dithered, dither_bits);
    const int16_t sum = (int16_t)(weight + change);
    const int16_t floored = sum < SFDFA_WEIGHT_MIN ? SFDFA_WEIGHT_MIN : sum;
    return floored > SFDFA_WEIGHT_MAX ? SFDFA_WEIGHT_MAX : floored;
#endif
}

/* row[i] += update[i], for an input with the event draw `event_draw` and neurons with the draws `draw`. */
static inline void sfdfa_update_row(sfdfa_weight_t *restrict row, const int16_t *restrict update,
                                    const uint16_t *restrict draw, uint16_t event_draw, uint16_t neurons,
                                    uint8_t dither_bits)
{
    const uint16_t mask = (uint16_t)((UINT32_C(1) << dither_bits) - 1);
    for (uint16_t i = 0; i < neurons; i++) {
        const uint16_t dither = (uint16_t)((draw[i] ^ event_draw) & mask);
#if SFDFA_WEIGHT_BITS == 4
        const int32_t weight = sfdfa_updated_weight(sfdfa_weight(row, i), update[i], dither, dither_bits);
        const uint8_t shift = (uint8_t)(4 * (i % 2));
        row[i / 2] = (sfdfa_weight_t)((row[i / 2] & ~(0xF << shift)) | ((weight & 0xF) << shift));
#else
        row[i] = (sfdfa_weight_t)sfdfa_updated_weight(row[i], update[i], dither, dither_bits);
#endif
    }
}

#endif
#endif
