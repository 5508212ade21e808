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

#elif defined(__AVR__)

/* For x and y below 2^30, y above 0 and bits from 8 to 17. */
static SFDFA_OWN_FRAME uint32_t sfdfa_divide_by_bytes(uint32_t x, uint32_t y, uint8_t bits)
{
    /* Bits of x still to come, then below them those of the quotient, as their complements. */
    uint32_t below = x << 16 | 0xFFFF;
    uint32_t remainder = x >> 8;
    uint8_t count = (uint8_t)(bits - 7);
    __asm__("rjmp 2f\n\t"
            "1: lsr %D[remainder]\n\tror %C[remainder]\n\tror %B[remainder]\n\tror %A[remainder]\n\t"
            "ror %C[below]\n\tror %B[below]\n\tror %A[below]\n\t"
            "2: dec %[count]\n\tbrne 1b\n\t"
            "mov %[count], %[bits]\n\tsec\n\t"
            "3: rol %A[below]\n\trol %B[below]\n\trol %C[below]\n\t"
            "rol %A[remainder]\n\trol %B[remainder]\n\trol %C[remainder]\n\trol %D[remainder]\n\t"
            "cp %A[remainder], %A[y]\n\tcpc %B[remainder], %B[y]\n\t"
            "cpc %C[remainder], %C[y]\n\tcpc %D[remainder], %D[y]\n\t"
            "brcs 5f\n\t"
            "sub %A[remainder], %A[y]\n\tsbc %B[remainder], %B[y]\n\t"
            "sbc %C[remainder], %C[y]\n\tsbc %D[remainder], %D[y]\n\t"
            "4: dec %[count]\n\tbrne 3b\n\t"
            "rjmp 6f\n\t"
            "5: nop\n\trjmp 4b\n\t" /* as long as a difference */
            "6: rol %A[below]\n\trol %B[below]\n\trol %C[below]"
            : [below] "+&r"(below), [remainder] "+&r"(remainder), [count] "+&r"(count)
            : [y] "r"(y), [bits] "r"(bits));
    return ~below & UINT32_C(0xFFFFFF);
}

#define SFDFA_DIVIDE(x, y, bits) sfdfa_divide_by_bytes(x, y, bits)

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
