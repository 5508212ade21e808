/*
 * sfdfa_fixed.h: the operations of section 1 of docs/ARITHMETIC.md.
 *
 * C leaves the right shift of a negative value to the compiler. Where it may be no arithmetic shift, the complement of
 * a negative value, which is not negative, is shifted instead.
 *
 * On processors of which the cycles are known exactly nothing here takes longer for one value than for another:
 * DESIGN.md, "Cycles".
 */
#ifndef SFDFA_FIXED_H
#define SFDFA_FIXED_H

#include <stdbool.h>
#include <stdint.h>

#include "sfdfa_compiler.h"

/*
 * Choose between values by masks and not by jumps. Elsewhere the compiler has better: conditional instructions, or
 * those of vectors.
 */
#if defined(__AVR__) || defined(__riscv) || defined(__ARM_ARCH_6M__)
#define SFDFA_BY_MASKS 1
#else
#define SFDFA_BY_MASKS 0
#endif

/* Whether it compares in a form that becomes vectors, or for which there is an instruction. */
#if defined(__aarch64__) || defined(__x86_64__)
#define SFDFA_COMPARES_IN_VECTORS 1
#else
#define SFDFA_COMPARES_IN_VECTORS 0
#endif
#if defined(__ARM_FEATURE_SAT)
#define SFDFA_SATURATES 1
#else
#define SFDFA_SATURATES SFDFA_COMPARES_IN_VECTORS
#endif

/* On AVR a shift goes bit by bit, and a comparison is a jump. */
#if defined(__AVR__)
#define SFDFA_ON_AVR 1
#else
#define SFDFA_ON_AVR 0
#endif

/* Before the use of a value that GCC is not to know: it then has it in a register. */
#if defined(__arm__) && defined(__GNUC__)
#define SFDFA_HIDE_ON_ARM(value) __asm__("" : "+r"(value))
#else
#define SFDFA_HIDE_ON_ARM(value) (void)(value)
#endif

/* The same on a Cortex-M0 alone. */
#if defined(__ARM_ARCH_6M__)
#define SFDFA_HIDE_ON_M0(value) SFDFA_HIDE_ON_ARM(value)
#else
#define SFDFA_HIDE_ON_M0(value) (void)(value)
#endif

/*
 * A constant that GCC does not know to be one. It would put twenty shifts and sums in place of a Cortex-M0's
 * multiplication of one cycle, and would not add a product to a constant in one instruction.
 */
static inline uint32_t sfdfa_opaque(uint32_t constant)
{
    SFDFA_HIDE_ON_ARM(constant);
    return constant;
}

/*
 * An address that is to stay in a register: GCC would find each element anew from the address of the whole, for which
 * there is no short instruction.
 */
static inline const void *sfdfa_at_hand(const void *address)
{
    SFDFA_HIDE_ON_ARM(address);
    return address;
}

/*
 * The same as sfdfa_opaque where vectors are to be multiplied by it, for which GCC would put three to five shifts and
 * sums in the place of one product.
 */
static inline int32_t sfdfa_opaque_factor(int32_t factor)
{
#if defined(__x86_64__) && defined(__GNUC__)
    __asm__("" : "+r"(factor));
#endif
    return factor;
}

#if defined(__AVR__)

/* floor(x / 2^12): a byte at once, then four bits. GCC would go bit by bit, in a loop. */
static inline int32_t sfdfa_floor_shift_12(int32_t x)
{
    x >>= 8;
    __asm__("asr %D0\n\tror %C0\n\tror %B0\n\tror %A0\n\t"
            "asr %D0\n\tror %C0\n\tror %B0\n\tror %A0\n\t"
            "asr %D0\n\tror %C0\n\tror %B0\n\tror %A0\n\t"
            "asr %D0\n\tror %C0\n\tror %B0\n\tror %A0"
            : "+r"(x));
    return x;
}

/* floor(x / 2^n), n from 9 to 15: likewise, but for n - 8 bits. */
static inline int32_t sfdfa_floor_shift_far(int32_t x, uint8_t n)
{
    x >>= 8;
    __asm__("" : "+r"(x)); /* else GCC makes one shift of both */
    return x >> (n - 8);
}

#endif

/* floor(x / 2^n), n from 0 to 30. */
static inline int32_t sfdfa_floor_shift(int32_t x, uint8_t n)
{
#if defined(__AVR__)
    if (__builtin_constant_p(n) && n == 12) {
        return sfdfa_floor_shift_12(x);
    }
    if (__builtin_constant_p(n) && n > 8 && n < 16) {
        return sfdfa_floor_shift_far(x, n);
    }
#endif
#ifdef __GNUC__
    return x >> n; /* arithmetic, as GCC and clang promise */
#else
    return x < 0 ? ~(~x >> n) : x >> n;
#endif
}

/* x 2^n for n from 8 on: bytes at once where a shift takes a loop. */
static inline uint32_t sfdfa_shift_far(uint32_t x, uint8_t n)
{
    if (SFDFA_ON_AVR) {
        return n < 16 ? x << 8 << (n - 8) : x << 16 << (n - 16);
    }
    return x << n;
}

/* rshift(x, n) for n from 1 to 30; x + 2^(n-1) must not overflow. */
static inline int32_t sfdfa_round_shift(int32_t x, uint8_t n)
{
    return sfdfa_floor_shift(x + (INT32_C(1) << (n - 1)), n);
}

/* rshift(x, n) for any n from -20 to 30. */
static inline int32_t sfdfa_rescale(int32_t x, int8_t n)
{
    if (n > 0) {
        return sfdfa_round_shift(x, (uint8_t)n);
    }
    return x * (INT32_C(1) << -n);
}

/* floor((x * factor + offset) / 2^12), where what is divided fits 32 bits. */
static inline int32_t sfdfa_scaled_state(int32_t x, uint16_t factor, uint32_t offset)
{
#if defined(__AVR_HAVE_MUL__)
    /* Of the product no more bytes than are wanted; the lowest is dropped, and four bits shifted out of the others. */
    uint8_t none;
    __asm__("clr %[none]\n\t"
            "mul %A[x], %A[factor]\n\tadd %A[sum], r0\n\tadc %B[sum], r1\n\t"
            "adc %C[sum], %[none]\n\tadc %D[sum], %[none]\n\t"
            "mul %B[x], %A[factor]\n\tadd %B[sum], r0\n\tadc %C[sum], r1\n\tadc %D[sum], %[none]\n\t"
            "mul %A[x], %B[factor]\n\tadd %B[sum], r0\n\tadc %C[sum], r1\n\tadc %D[sum], %[none]\n\t"
            "mul %C[x], %A[factor]\n\tadd %C[sum], r0\n\tadc %D[sum], r1\n\t"
            "mul %B[x], %B[factor]\n\tadd %C[sum], r0\n\tadc %D[sum], r1\n\t"
            "mul %D[x], %A[factor]\n\tadd %D[sum], r0\n\t"
            "mul %C[x], %B[factor]\n\tadd %D[sum], r0\n\t"
            "clr r1\n\t"
            "mov %A[sum], %B[sum]\n\tmov %B[sum], %C[sum]\n\tmov %C[sum], %D[sum]\n\t"
            "lsl %D[sum]\n\tsbc %D[sum], %D[sum]\n\t"
            "asr %C[sum]\n\tror %B[sum]\n\tror %A[sum]\n\t"
            "asr %C[sum]\n\tror %B[sum]\n\tror %A[sum]\n\t"
            "asr %C[sum]\n\tror %B[sum]\n\tror %A[sum]\n\t"
            "asr %C[sum]\n\tror %B[sum]\n\tror %A[sum]"
            : [sum] "+&r"(offset), [none] "=&r"(none)
            : [x] "r"(x), [factor] "r"(factor));
    return (int32_t)offset;
#else
    return sfdfa_floor_shift((int32_t)((uint32_t)(x * factor) + offset), 12);
#endif
}

/* x less its decay: x - rshift(x * k, 12). */
static inline int32_t sfdfa_decay(int32_t x, int32_t k)
{
    return SFDFA_ON_AVR ? x - sfdfa_scaled_state(x, (uint16_t)k, 2048) : x - sfdfa_round_shift(x * k, 12);
}

/* What rounds a narrow decay. */
#define SFDFA_DECAY_ROUNDING 2047

/*
 * The same for |x| < 2^19, plus `scaled_input` / 4096: (4096 - k) x + 2047 is less than 2^31, and its floor is x less
 * what sfdfa_decay rounds half up.
 */
static inline int32_t sfdfa_narrow_decay(int32_t x, uint16_t kept, int32_t scaled_input)
{
    return sfdfa_scaled_state(x, kept, (uint32_t)scaled_input);
}

/* -1 for a negative value, else 0. */
static inline int32_t sfdfa_sign_mask(int32_t x)
{
    return -(int32_t)((uint32_t)x >> 31);
}

/*
 * x between low and high, from which it must not differ by 2^31 or more: without a branch, so that it takes the same
 * time for all x.
 */
static inline int32_t sfdfa_clamp(int32_t x, int32_t low, int32_t high)
{
    if (SFDFA_SATURATES) {
        return x < low ? low : x > high ? high : x;
    }
    x -= high;
    x &= sfdfa_sign_mask(x); /* above 0: 0 */
    x += high - low;
    x &= ~sfdfa_sign_mask(x); /* below 0: 0 */
    return x + low;
}

/* x between -128 and 127. */
static inline int8_t sfdfa_clamp_byte(int32_t x)
{
#if defined(__ARM_FEATURE_SAT) && defined(__GNUC__)
    __asm__("ssat %0, #8, %0" : "+r"(x));
    return (int8_t)x;
#else
    return (int8_t)sfdfa_clamp(x, INT8_MIN, INT8_MAX);
#endif
}

/* 1 where x < y, else 0. */
static inline uint32_t sfdfa_is_below(uint32_t x, uint32_t y)
{
    return SFDFA_ON_AVR ? ((~x & y) | ((~x | y) & (x - y))) >> 31 : x < y;
}

/* The larger of two values that differ by less than 2^31. */
static inline int32_t sfdfa_larger(int32_t x, int32_t y)
{
    return x - ((x - y) & sfdfa_sign_mask(x - y));
}

/* x clamped to low .. high, low < 0 <= high, adding 1 to *saturations if that changed it. */
static inline int32_t sfdfa_clamp_counted(int32_t x, int32_t low, int32_t high, uint32_t *saturations)
{
    if (SFDFA_COMPARES_IN_VECTORS) {
        const int32_t clamped = sfdfa_clamp(x, low, high);
        *saturations += (clamped != x);
        return clamped;
    }
    const uint32_t above = (uint32_t)x - (uint32_t)low;
    const uint32_t range = (uint32_t)high - (uint32_t)low;
    if (SFDFA_BY_MASKS) {
        const uint32_t outside = (above | (range - above)) >> 31;
        const uint32_t bound = (uint32_t)(high ^ ((high ^ low) & sfdfa_sign_mask(x)));
        *saturations += outside;
        return (int32_t)((uint32_t)x + ((bound - (uint32_t)x) & (0 - outside)));
    }
    if (above > range) {
        ++*saturations;
        x = x < 0 ? low : high;
    }
    return x;
}

/* sat(x, limit), adding 1 to *saturations if it changed x. */
static inline int32_t sfdfa_saturate(int32_t x, int32_t limit, uint32_t *saturations)
{
    return sfdfa_clamp_counted(x, -limit, limit, saturations);
}

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
