/*
 * sfdfa_packed.h: sums over rows of 8-bit weights, four weights of a row at a time in a word of 32 bits. sfdfa_kernels.h has the same
 * weight by weight.
 */
#ifndef SFDFA_PACKED_H
#define SFDFA_PACKED_H

#include "core/sfdfa_internal.h"

#if SFDFA_PACKED

/* With more rows the sums could leave their lanes of 16 bits. */
#define SFDFA_PACKED_MOST_ROWS 255

/* Words of weights that are summed at a time, as many as there are registers for, and the neurons they belong to. */
#if defined(__arm__)
#define SFDFA_PACKED_WORDS 4
#else
#define SFDFA_PACKED_WORDS 2
#endif
#define SFDFA_PACKED_NEURONS (4 * SFDFA_PACKED_WORDS)

/* Four weights, wherever they lie. */
typedef uint32_t __attribute__((may_alias)) sfdfa_word_t;

/* Whether the third weight is left in the sums of the others, and taken out at the end: an instruction fewer for a word. */
#if defined(__arm__) && !defined(__ARM_FEATURE_DSP)
#define UNMASKED 1
#else
#define UNMASKED 0
#endif

/* The sums of the four weights of a word over some rows. */
typedef struct {
    uint32_t even; /* of the first weight in the lower half, of the third in the upper */
    uint32_t odd;  /* of the second and the fourth; if UNMASKED, and of the third times 2^8 */
} sfdfa_lanes_t;

#if defined(__ARM_FEATURE_DSP)

#define SFDFA_RAISED 0

/* Add each lane's byte with its sign: one instruction for two weights. */
static inline void sfdfa_add_word(sfdfa_lanes_t *lanes, uint32_t word)
{
    __asm__("sxtab16 %0, %0, %1" : "+r"(lanes->even) : "r"(word));
    __asm__("sxtab16 %0, %0, %1, ror #8" : "+r"(lanes->odd) : "r"(word));
}

#else

/* What is added to a weight so that no sum is negative and borrows from its neighbour. */
#define SFDFA_RAISED 128

static inline void sfdfa_add_word(sfdfa_lanes_t *lanes, uint32_t word)
{
    word ^= UINT32_C(0x80808080);
    lanes->even += word & UINT32_C(0x00FF00FF);
    lanes->odd += UNMASKED ? word >> 8 : word >> 8 & UINT32_C(0x00FF00FF);
}

#endif

/* The sums of four neurons, which `raised` was added to. */
static inline void sfdfa_store_lanes(int32_t *sums, sfdfa_lanes_t lanes, int32_t raised)
{
#if SFDFA_RAISED == 0
    (void)raised;
    sums[0] = (int16_t)lanes.even;
    sums[1] = (int16_t)lanes.odd;
    sums[2] = (int16_t)(lanes.even >> 16);
    sums[3] = (int16_t)(lanes.odd >> 16);
#else
    if (UNMASKED) {
        lanes.odd -= lanes.even >> 16 << 8;
    }
    sums[0] = (int32_t)(lanes.even & 0xFFFF) - raised;
    sums[1] = (int32_t)(lanes.odd & 0xFFFF) - raised;
    sums[2] = (int32_t)(lanes.even >> 16) - raised;
    sums[3] = (int32_t)(lanes.odd >> 16) - raised;
#endif
}

/* sums[i] = the sum over `count` rows of the weights of the first neurons, four for each word; the rows begin at multiples of four bytes. */
static inline void sfdfa_sum_words(int32_t *sums, const int8_t *weights, uint16_t row, const sfdfa_index_t *inputs, uint16_t count,
                                   uint8_t word_count)
{
    sfdfa_lanes_t lanes[SFDFA_PACKED_WORDS] = {{0, 0}};
    for (const sfdfa_index_t *input = inputs; input != &inputs[count]; input++) {
        const sfdfa_word_t *words = (const sfdfa_word_t *)(const void *)&weights[(uint32_t)*input * row];
        SFDFA_UNROLL
        for (uint8_t k = 0; k < word_count; k++) {
            sfdfa_add_word(&lanes[k], words[k]);
        }
    }
    SFDFA_UNROLL
    for (uint8_t k = 0; k < word_count; k++) {
        sfdfa_store_lanes(&sums[4 * k], lanes[k], SFDFA_RAISED * (int32_t)count);
    }
}

#endif
#endif
