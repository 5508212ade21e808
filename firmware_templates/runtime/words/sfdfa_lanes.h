/*
 * sfdfa_lanes.h: four weights of a row in a word, and their sums.
 */
#ifndef SFDFA_LANES_H
#define SFDFA_LANES_H

#include <stdint.h>

/* Words of weights that are summed at a time, as many as there are registers for. */
#if defined(__arm__)
#define SFDFA_PACKED_WORDS 4
#else
#define SFDFA_PACKED_WORDS 2
#endif

/*
 * Whether the third weight is left in the sums of the others, and taken out at the end: an instruction fewer for a
 * word.
 */
#define UNMASKED (SFDFA_PACKED_WORDS == 4)

/* The sums of the four weights of a word over some rows. */
typedef struct {
    uint32_t even; /* of the first weight in the lower half, of the third in the upper */
    uint32_t odd;  /* of the second and the fourth; if UNMASKED, and of the third times 2^8 */
} sfdfa_lanes_t;

/* What is added to a weight so that no sum is negative and borrows from its neighbour. */
#define SFDFA_RAISED 128

static inline void sfdfa_add_word(sfdfa_lanes_t *lanes, uint32_t word)
{
    word ^= UINT32_C(0x80808080);
    lanes->even += word & UINT32_C(0x00FF00FF);
    lanes->odd += UNMASKED ? word >> 8 : word >> 8 & UINT32_C(0x00FF00FF);
}

/* The sums of four neurons, which `raised` was added to. */
static inline void sfdfa_store_lanes(int32_t *sums, sfdfa_lanes_t lanes, int32_t raised)
{
    if (UNMASKED) {
        lanes.odd -= lanes.even >> 16 << 8;
    }
    sums[0] = (int32_t)(lanes.even & 0xFFFF) - raised;
    sums[1] = (int32_t)(lanes.odd & 0xFFFF) - raised;
    sums[2] = (int32_t)(lanes.even >> 16) - raised;
    sums[3] = (int32_t)(lanes.odd >> 16) - raised;
}

#endif
