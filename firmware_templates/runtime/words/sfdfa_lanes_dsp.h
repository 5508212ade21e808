/*
 * sfdfa_lanes_dsp.h: four weights of a row in a word, and their sums, by instructions of the DSP extension.
 */
#ifndef SFDFA_LANES_H
#define SFDFA_LANES_H

#include <stdint.h>

/* Words of weights that are summed at a time, as many as there are registers for. */
#define SFDFA_PACKED_WORDS 4

/* The sums of the four weights of a word over some rows. */
typedef struct {
    uint32_t even; /* of the first weight in the lower half, of the third in the upper */
    uint32_t odd;  /* of the second and the fourth */
} sfdfa_lanes_t;

/* What is added to a weight: nothing. */
#define SFDFA_RAISED 0

/* Add each lane's byte with its sign: one instruction for two weights. */
static inline void sfdfa_add_word(sfdfa_lanes_t *lanes, uint32_t word)
{
    __asm__("sxtab16 %0, %0, %1" : "+r"(lanes->even) : "r"(word));
    __asm__("sxtab16 %0, %0, %1, ror #8" : "+r"(lanes->odd) : "r"(word));
}

/* The sums of four neurons. */
static inline void sfdfa_store_lanes(int32_t *sums, sfdfa_lanes_t lanes, int32_t raised)
{
    (void)raised;
    sums[0] = (int16_t)lanes.even;
    sums[1] = (int16_t)lanes.odd;
    sums[2] = (int16_t)(lanes.even >> 16);
    sums[3] = (int16_t)(lanes.odd >> 16);
}

#endif
