/*
 * sfdfa_gravity_axes.h: each three axes of a frame as one along gravity and one across it, section 14. Gravity is where
 * the mean of the first three points, so that it does not matter how the sensor is held.
 */
#ifndef SFDFA_GRAVITY_AXES_H
#define SFDFA_GRAVITY_AXES_H

#include "sfdfa.h"
#include "sfdfa_divide.h"
#include "sfdfa_fixed.h"

/* The largest number whose square is at most v, bit by bit: without a branch. */
static uint16_t root_of(uint32_t v)
{
    uint32_t root = 0;
    for (uint32_t bit = UINT32_C(1) << 30; bit > 0; bit >>= 2) {
        const uint32_t trial = root + bit;
        const uint32_t fits = sfdfa_is_below(v, trial) - 1;
        v -= trial & fits;
        root = (root >> 1) + (bit & fits);
    }
    return (uint16_t)root;
}

static uint16_t length_of_vector(const int16_t *vector)
{
    uint32_t squares = 0;
    for (uint8_t k = 0; k < 3; k++) {
        squares += (uint32_t)((int32_t)vector[k] * vector[k]);
    }
    return root_of(squares);
}

static int32_t magnitude_of(int32_t x)
{
    return (x ^ sfdfa_sign_mask(x)) - sfdfa_sign_mask(x);
}

/* 2^(s + 10): by which the largest sum comes near 2^24. */
static int32_t scale_of_sums(const int32_t *sums)
{
    const int32_t largest =
        sfdfa_larger(sfdfa_larger(magnitude_of(sums[0]), magnitude_of(sums[1])), magnitude_of(sums[2]));
    int32_t factor = 1;
    for (int32_t bound = INT32_C(1) << 23; bound > 0; bound /= 2) {
        factor += factor & ~sfdfa_sign_mask(bound - largest);
    }
    return factor;
}

/* u of the frame that waits, in 1/2^14. */
static void find_up(sfdfa_frontend_t *frontend)
{
    int32_t sums[3];
    for (uint8_t k = 0; k < 3; k++) {
        sums[k] = 0;
        for (uint16_t i = 0; i < SFDFA_FRAME_SAMPLES; i++) {
            sums[k] += frontend->waiting[k][i];
        }
    }
    const int32_t factor = scale_of_sums(sums);
    for (uint8_t k = 0; k < 3; k++) {
        frontend->up[k] = (int16_t)sfdfa_round_shift(sums[k] * factor, 10);
    }
    const uint16_t found = length_of_vector(frontend->up);
    const uint16_t length = (uint16_t)(found + sfdfa_is_below(found, 1));
    for (uint8_t k = 0; k < 3; k++) {
        const int32_t negative = sfdfa_sign_mask(frontend->up[k]);
        const uint32_t size = (uint32_t)magnitude_of(frontend->up[k]);
        const int32_t quotient = (int32_t)sfdfa_divide((size << 14) + length / 2, length, 15);
        frontend->up[k] = (int16_t)((quotient ^ negative) - negative);
    }
}

static int16_t part_along(const int16_t *sample, const int16_t *up)
{
    const int32_t sum = (int32_t)sample[0] * up[0] + (int32_t)sample[1] * up[1] + (int32_t)sample[2] * up[2];
    return (int16_t)sfdfa_clamp(sfdfa_round_shift(sum, 14), INT16_MIN, INT16_MAX);
}

static int16_t part_across(int16_t *sample, const int16_t *up)
{
    const int32_t along = part_along(sample, up);
    for (uint8_t k = 0; k < 3; k++) {
        const int32_t rest = sample[k] - sfdfa_round_shift(along * up[k], 14);
        sample[k] = (int16_t)sfdfa_clamp(rest, INT16_MIN, INT16_MAX);
    }
    return (int16_t)sfdfa_clamp(length_of_vector(sample), 0, INT16_MAX);
}

/* The samples of an axis of the frame that waits: of each three those along gravity, then those across. */
static const int16_t *samples_of_axis(sfdfa_frontend_t *frontend, uint8_t axis)
{
    if (axis == 0) {
        find_up(frontend);
    }
    for (uint16_t i = 0; i < SFDFA_FRAME_SAMPLES; i++) {
        int16_t sample[3];
        for (uint8_t k = 0; k < 3; k++) {
            sample[k] = frontend->waiting[axis / 2 * 3 + k][i];
        }
        frontend->turned[i] = axis % 2 != 0 ? part_across(sample, frontend->up) : part_along(sample, frontend->up);
    }
    return frontend->turned;
}

#endif
