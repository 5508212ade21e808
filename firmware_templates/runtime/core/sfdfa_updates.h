/*
 * sfdfa_updates.h: how a weight changes, sections 8 and 9 of docs/ARITHMETIC.md.
 */
#ifndef SFDFA_UPDATES_H
#define SFDFA_UPDATES_H

#include "core/sfdfa_fixed.h"

#define SFDFA_WEIGHT_MIN (-(INT32_C(1) << (SFDFA_WEIGHT_BITS - 1)))
#define SFDFA_WEIGHT_MAX ((INT32_C(1) << (SFDFA_WEIGHT_BITS - 1)) - 1)

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
    if (SFDFA_BY_MASKS) {
        return (sfdfa_updated_t)sfdfa_clamp(sum, low, high);
    }
    const sfdfa_updated_t floored = sum < low ? low : sum; /* in a form that becomes vectors */
    return floored > high ? high : floored;
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

#endif
