/*
 * sfdfa_bits.h: finding the ones in a word, in a time that depends on how many there are.
 */
#ifndef SFDFA_BITS_H
#define SFDFA_BITS_H

#include "sfdfa_internal.h"

/* The number of the lowest 1 of a word that is not 0. */
static inline uint8_t sfdfa_lowest_bit(uint32_t word)
{
#if defined(__ARM_FEATURE_CLZ) && defined(__GNUC__)
    return (uint8_t)__builtin_ctz(word);
#else
    /* Of a de Bruijn sequence multiplied by 2^n, the upper five bits tell n. */
    static const SFDFA_FLASH uint8_t number[32] = {
        0,  1,  28, 2,  29, 14, 24, 3, 30, 22, 20, 15, 25, 17, 4,  8,
        31, 27, 13, 23, 21, 19, 16, 7, 26, 12, 18, 6,  11, 5,  10, 9,
    };
    return number[(word & (0 - word)) * UINT32_C(0x077CB531) >> 27];
#endif
}

/* The word without its lowest 1. */
static inline uint32_t sfdfa_without_lowest_bit(uint32_t word)
{
    return word & (word - 1);
}

#endif
