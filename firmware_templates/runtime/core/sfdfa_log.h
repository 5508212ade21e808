/*
 * sfdfa_log.h: logarithms of power, section 14.
 */
#ifndef SFDFA_LOG_H
#define SFDFA_LOG_H

#include <stdint.h>

#include "sfdfa_compiler.h"

#define SFDFA_LOG_UNIT 256 /* of an octave */

extern const SFDFA_FLASH uint16_t sfdfa_logarithms[33]; /* log2(1 + j / 32), in 1/4096 */

/* lg of a value from 1 on, in 1/SFDFA_LOG_UNIT. */
static inline int16_t sfdfa_log2(uint64_t value)
{
    uint8_t exponent = 0;
    uint32_t high = (uint32_t)(value >> 32);
    uint32_t mantissa = (uint32_t)value; /* then with its first 1 at bit 31 */
    if (high > 0) {
        exponent = 32;
        while (high > 0) {
            mantissa = mantissa >> 1 | high << 31;
            high >>= 1;
            exponent++;
        }
        exponent--;
    } else {
        exponent = 31;
        while (mantissa >> 31 == 0) {
            mantissa <<= 1;
            exponent--;
        }
    }
    const uint16_t fraction = (uint16_t)(mantissa >> 18 & 0x1FFF);
    const uint8_t place = (uint8_t)(fraction >> 8);
    const uint16_t below = sfdfa_logarithms[place];
    const uint32_t step = (uint32_t)(sfdfa_logarithms[place + 1] - below) * (fraction & 0xFFU);
    const uint32_t part = below + ((step + 128) >> 8);
    return (int16_t)(SFDFA_LOG_UNIT * exponent + (int16_t)((part + 8) >> 4));
}

#endif
