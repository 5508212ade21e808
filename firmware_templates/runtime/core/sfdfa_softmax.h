/*
 * sfdfa_softmax.h: from how far an output is behind the first to its share, section 5a of docs/ARITHMETIC.md.
 */
#ifndef SFDFA_SOFTMAX_H
#define SFDFA_SOFTMAX_H

#include "sfdfa_compiler.h"
#include "sfdfa_fixed.h"

#define LAST_EXPONENT 128
#define PROBABILITY_BITS 9 /* of p, up to 256 */
#define DISTANCE_MAX 32767

/* round(32767 exp(-k / 16)) */
static const SFDFA_FLASH uint16_t exponentials[LAST_EXPONENT + 1] = {
    32767, 30782, 28917, 27165, 25519, 23973, 22520, 21156, 19874, 18670, 17539, 16476, 15478, 14540, 13659,
    12832, 12054, 11324, 10638, 9993,  9388,  8819,  8285,  7783,  7311,  6868,  6452,  6061,  5694,  5349,
    5025,  4721,  4435,  4166,  3913,  3676,  3454,  3244,  3048,  2863,  2690,  2527,  2374,  2230,  2095,
    1968,  1849,  1737,  1631,  1533,  1440,  1352,  1271,  1194,  1121,  1053,  989,   930,   873,   820,
    771,   724,   680,   639,   600,   564,   530,   498,   467,   439,   412,   387,   364,   342,   321,
    302,   283,   266,   250,   235,   221,   207,   195,   183,   172,   162,   152,   143,   134,   126,
    118,   111,   104,   98,    92,    86,    81,    76,    72,    67,    63,    59,    56,    52,    49,
    46,    43,    41,    38,    36,    34,    32,    30,    28,    26,    25,    23,    22,    21,    19,
    18,    17,    16,    15,    14,    13,    12,    12,    11,
};

/* How far an output is behind, at most DISTANCE_MAX. */
static inline int32_t distance(int32_t first, int32_t activity)
{
    const uint32_t exact = (uint32_t)(first - activity) >> SFDFA_SOFTMAX_SHIFT;
    const int32_t excess = (int32_t)exact - DISTANCE_MAX;
    return DISTANCE_MAX + (excess & sfdfa_sign_mask(excess));
}

static inline uint16_t exponential(int32_t distance)
{
    const int32_t exponent = sfdfa_round_shift(distance * SFDFA_SOFTMAX_FACTOR, 15);
    const int32_t excess = exponent - LAST_EXPONENT;
    return exponentials[LAST_EXPONENT + (excess & sfdfa_sign_mask(excess))];
}

#endif
