/*
 * sfdfa_divide.h: division in a time that does not depend on the numbers, which the compilers' libraries do not
 * promise.
 */
#ifndef SFDFA_DIVIDE_H
#define SFDFA_DIVIDE_H

#include <stdint.h>

#include "sfdfa_fixed.h"
#include "sfdfa_compiler.h"

#if defined(PICO_RP2040)

/* The unsigned dividend of the divider; its divisor is the next word, its quotient the fourth after it. */
#define SFDFA_DIVIDER 0xD0000060UL

/* RP2040 Datasheet, "SIO", section "Integer Divider": the quotient is there eight cycles after the divisor. */
static inline uint32_t sfdfa_divide_beside(uint32_t x, uint32_t y)
{
    volatile uint32_t *divider = (volatile uint32_t *)sfdfa_opaque(SFDFA_DIVIDER); /* one address for all three */
    divider[0] = x;
    divider[1] = y;
    __asm__ volatile("nop\n nop\n nop\n nop\n nop\n nop\n nop\n nop");
    return divider[4];
}

#define SFDFA_DIVIDE(x, y, bits) sfdfa_divide_beside(x, y)

#elif defined(__ARM_FEATURE_IDIV) || defined(__riscv_div) || defined(__x86_64__) || defined(__aarch64__)

#define SFDFA_DIVIDE(x, y, bits) ((x) / (y))

#else

/* For x and y below 2^30 and y above 0. */
static SFDFA_OWN_FRAME uint32_t sfdfa_divide_bit_by_bit(uint32_t x, uint32_t y, uint8_t bits)
{
    int32_t remainder = (int32_t)(x >> bits);
    uint32_t quotient = 0;
    x <<= 32 - bits;
    for (uint8_t k = 0; k < bits; k++) {
        remainder = (int32_t)((uint32_t)remainder << 1 | x >> 31) - (int32_t)y;
        const int32_t too_much = sfdfa_sign_mask(remainder);
        remainder += (int32_t)y & too_much;
        quotient = (quotient << 1) + 1 + (uint32_t)too_much;
        x <<= 1;
    }
    return quotient;
}

#define SFDFA_DIVIDE(x, y, bits) sfdfa_divide_bit_by_bit(x, y, bits)

#endif

/* floor(x / y), which must be below 2^bits, for x and y below 2^30 and y above 0. */
static inline uint32_t sfdfa_divide(uint32_t x, uint32_t y, uint8_t bits)
{
    (void)bits;
    return SFDFA_DIVIDE(x, y, bits);
}

/* x modulo y, y up to 2^12: by halves, each of them small enough. */
static inline uint32_t sfdfa_remainder(uint32_t x, uint32_t y)
{
    uint32_t rest = x >> 16;
    rest -= y * sfdfa_divide(rest, y, 16);
    const uint32_t half = UINT32_C(65536) % y;
    rest = rest * half + (x & UINT16_MAX);
    return rest - y * sfdfa_divide(rest, y, 17);
}

#endif
