/*
 * sfdfa_frame_values.h: what a frame of samples becomes, section 14: its mean, deviation and shape, and its bands of
 * frequency, as far as the kind of front-end has them.
 */
#ifndef SFDFA_FRAME_VALUES_H
#define SFDFA_FRAME_VALUES_H

#include "sfdfa.h"
#include "sfdfa_fixed.h"
#include "sfdfa_log.h"
#include SFDFA_FRAME_AXES_OF

#if SFDFA_BANDS > 0
#include "sfdfa_spectrum.h"
#endif

static int16_t mean_of(const int16_t *x)
{
    int32_t sum = 0;
    for (uint16_t i = 0; i < SFDFA_FRAME_SAMPLES; i++) {
        sum += x[i];
    }
    return (int16_t)sfdfa_round_shift(sum, SFDFA_FRAME_BITS);
}

/* The sum of squares by halves, each of which stays in 32 bits. */
static inline int16_t deviation_of(const int16_t *x, int16_t mean)
{
    uint32_t high = 0;
    uint32_t low = 0;
    for (uint16_t i = 0; i < SFDFA_FRAME_SAMPLES; i++) {
        const int32_t d = sfdfa_clamp((int32_t)x[i] - mean, INT16_MIN, INT16_MAX);
        const uint32_t square = (uint32_t)(d * d);
        high += square >> 16;
        low += square & UINT16_MAX;
    }
    const uint32_t power = (high << (16 - SFDFA_FRAME_BITS)) + (low >> SFDFA_FRAME_BITS);
    return (int16_t)sfdfa_larger(sfdfa_log2(power + sfdfa_is_below(power, 1)), SFDFA_LOG_FLOOR);
}

static int16_t slope_of(const int16_t *x)
{
    int32_t rise = 0;
    for (uint16_t i = 0; i < SFDFA_FRAME_SAMPLES / 2; i++) {
        rise += (int32_t)x[SFDFA_FRAME_SAMPLES / 2 + i] - x[i];
    }
    return (int16_t)sfdfa_clamp(sfdfa_round_shift(rise, SFDFA_FRAME_BITS - 1), INT16_MIN, INT16_MAX);
}

static int16_t crossings_of(const int16_t *x, int16_t mean)
{
    int16_t crossings = 0;
    int32_t before = sfdfa_sign_mask((int32_t)x[0] - mean);
    for (uint16_t i = 1; i < SFDFA_FRAME_SAMPLES; i++) {
        const int32_t below = sfdfa_sign_mask((int32_t)x[i] - mean);
        crossings = (int16_t)(crossings + ((below ^ before) & 1));
        before = below;
    }
    return crossings;
}

/* V values of one axis of a frame. */
static void find_values(sfdfa_frontend_t *frontend, uint8_t axis, int16_t *values)
{
    const int16_t *x = samples_of_axis(frontend, axis);
    int16_t mean = 0;
    if (SFDFA_VALUES_WITH_MEAN) {
        mean = mean_of(x);
        *values++ = mean;
    }
    if (SFDFA_VALUES_WITH_DEVIATION) {
        *values++ = deviation_of(x, mean);
    }
    if (SFDFA_VALUES_WITH_SHAPE) {
        *values++ = slope_of(x);
        *values++ = crossings_of(x, mean);
    }
#if SFDFA_BANDS > 0
    sfdfa_band_values(values, &frontend->wave, x, mean);
#endif
}

#endif
