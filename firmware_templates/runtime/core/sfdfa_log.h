/*
 * sfdfa_log.h: logarithms of power, section 14.
 */
#ifndef SFDFA_LOG_H
#define SFDFA_LOG_H

#include <stdint.h>

#include "sfdfa_compiler.h"
#include "sfdfa_fixed.h"

#define SFDFA_LOG_UNIT 256 /* of an octave */

extern const SFDFA_FLASH uint16_t sfdfa_logarithms[33]; /* log2(1 + j / 32), in 1/4096 */

/* x and e, or x 2^bits and e - bits if x is below 2^(32 - bits): without a branch, and with shifts of known length. */
static inline uint32_t sfdfa_raise(uint32_t x, uint8_t bits, uint8_t *exponent)
{
    const uint32_t below = 0 - sfdfa_is_below(x, UINT32_C(1) << (32 - bits));
    *exponent = (uint8_t)(*exponent - (bits & below));
    return x ^ ((x ^ x << bits) & below);
}

/* lg of a value from 1 to 2^47 - 1, in 1/SFDFA_LOG_UNIT. */
static inline int16_t sfdfa_log2(uint64_t value)
{
    uint8_t exponent = 31;
    uint32_t mantissa = (uint32_t)value; /* then with its first 1 at bit 31 */
    const uint32_t high = (uint32_t)(value >> 16);
    const uint32_t large = 0 - sfdfa_is_below(UINT16_MAX, high);
    exponent = (uint8_t)(exponent + (16 & large));
    mantissa ^= (mantissa ^ high) & large;
    mantissa = sfdfa_raise(mantissa, 16, &exponent);
    mantissa = sfdfa_raise(mantissa, 8, &exponent);
    mantissa = sfdfa_raise(mantissa, 4, &exponent);
    mantissa = sfdfa_raise(mantissa, 2, &exponent);
    mantissa = sfdfa_raise(mantissa, 1, &exponent);
    const uint16_t fraction = (uint16_t)(mantissa >> 18 & 0x1FFF);
    const uint8_t place = (uint8_t)(fraction >> 8);
    const uint16_t below = sfdfa_logarithms[place];
    const uint32_t step = (uint32_t)(sfdfa_logarithms[place + 1] - below) * (fraction & 0xFFU);
    const uint32_t part = below + ((step + 128) >> 8);
    return (int16_t)(SFDFA_LOG_UNIT * exponent + (int16_t)((part + 8) >> 4));
}

#endif
