/*
 * sfdfa_levels.h: the levels of a feature, from 0 to 255, of its reading: section 13.
 */
#ifndef SFDFA_LEVELS_H
#define SFDFA_LEVELS_H

#include "sfdfa.h"
#include "sfdfa_fixed.h"
#include "sfdfa_compiler.h"

#if SFDFA_FEATURES > 0

#define SFDFA_FULL_LEVEL 255

/* The levels of one feature, in the order of its channels. */
typedef struct {
    uint8_t of[SFDFA_FEATURE_CHANNELS]; /* of each channel, 0 to 255 */
} sfdfa_levels_t;

#if SFDFA_FIELDS > 0

#define SFDFA_FIELD_UNIT 256  /* from the knot of a field to the next one */
#define SFDFA_FIELD_REACH 384 /* how far from its knot a field has a level */
#define SFDFA_FIELD_SLOPE 170 /* 255 over the reach, in 1/256 */

/* From the way past a knot, in readings, to a part of the gap, in 1/SFDFA_FIELD_UNIT. */
typedef struct {
    uint16_t factor; /* of the way */
    uint8_t shift; /* to the right, of the product */
} sfdfa_gap_t;

extern const SFDFA_FLASH int16_t sfdfa_knots[SFDFA_FEATURES][SFDFA_FIELDS];
extern const SFDFA_FLASH sfdfa_gap_t sfdfa_gaps[SFDFA_FEATURES][SFDFA_FIELDS - 1];

#elif !SFDFA_LEVELS_ARE_READINGS

/* From a reading to a level, which may be negative or above the full one. */
typedef struct {
    int16_t offset; /* 2^SFDFA_READING_SHIFT times the reading whose level is 0 */
    uint16_t factor; /* of what is left of such a reading, less the offset */
    uint8_t shift; /* to the right, of the product */
} sfdfa_scale_t;

extern const SFDFA_FLASH sfdfa_scale_t sfdfa_scales[SFDFA_FEATURES];

#endif

/* rshift(value * factor, shift), shift from 0 to 30. */
static inline int32_t sfdfa_scaled(int32_t value, uint16_t factor, uint8_t shift)
{
    return sfdfa_floor_shift(value * (int32_t)factor + (INT32_C(1) << shift >> 1), shift);
}

#if SFDFA_FIELDS > 0

/* u: how far a reading has come along the knots of a feature. */
static inline int32_t sfdfa_place_among_fields(uint16_t feature, int32_t reading)
{
    uint8_t k = SFDFA_FIELDS - 2;
    while (k > 0 && reading < sfdfa_knots[feature][k]) {
        k--;
    }
    const int32_t way = reading - sfdfa_knots[feature][k];
    const int32_t part = sfdfa_scaled(way, sfdfa_gaps[feature][k].factor, sfdfa_gaps[feature][k].shift);
    const int32_t last = SFDFA_FIELD_UNIT * (SFDFA_FIELDS - 1);
    return sfdfa_clamp(SFDFA_FIELD_UNIT * k + part, -SFDFA_FIELD_REACH, last + SFDFA_FIELD_REACH);
}

/* Fields that overlap. */
static inline sfdfa_levels_t sfdfa_field_levels(uint16_t feature, int32_t reading)
{
    sfdfa_levels_t levels;
    int32_t past = sfdfa_place_among_fields(feature, reading);
    for (uint8_t k = 0; k < SFDFA_FIELDS; k++) {
        const int32_t near = SFDFA_FIELD_REACH - (past < 0 ? -past : past);
        levels.of[k] = (uint8_t)(near <= 0 ? 0 : sfdfa_round_shift(near * SFDFA_FIELD_SLOPE, 8));
        past -= SFDFA_FIELD_UNIT;
    }
    return levels;
}

#elif !SFDFA_LEVELS_ARE_READINGS

/* One channel for what is above the offset and, with two channels, one for what is below it. */
static inline sfdfa_levels_t sfdfa_linear_levels(uint16_t feature, int32_t reading)
{
    sfdfa_levels_t levels;
    const int32_t distance = reading * (INT32_C(1) << SFDFA_READING_SHIFT) - sfdfa_scales[feature].offset;
    const int32_t level = sfdfa_scaled(distance, sfdfa_scales[feature].factor, sfdfa_scales[feature].shift);
    levels.of[0] = (uint8_t)sfdfa_clamp(level, 0, SFDFA_FULL_LEVEL);
#if SFDFA_FEATURE_CHANNELS == 2
    levels.of[1] = (uint8_t)sfdfa_clamp(-level, 0, SFDFA_FULL_LEVEL);
#endif
    return levels;
}

#endif

/* The levels of a feature, by the network's kind of encoder. */
static inline sfdfa_levels_t sfdfa_levels_of(uint16_t feature, sfdfa_reading_t reading)
{
#if SFDFA_FIELDS > 0
    return sfdfa_field_levels(feature, reading);
#elif SFDFA_LEVELS_ARE_READINGS
    (void)feature;
    return (sfdfa_levels_t){{reading}};
#else
    return sfdfa_linear_levels(feature, reading);
#endif
}

#endif

#endif
