/*
 * sfdfa_fixed.h: the operations of section 1 of docs/ARITHMETIC.md.
 *
 * C leaves the right shift of a negative value to the compiler, so none is shifted: the complement of a negative value is not
 * negative. Compilers turn it into the one arithmetic shift that it is.
 */
#ifndef SFDFA_FIXED_H
#define SFDFA_FIXED_H

#include <stdint.h>

/*
 * A constant that GCC does not know to be one. It would put twenty shifts and sums in place of a Cortex-M0's multiplication of one cycle,
 * and would not add a product to a constant in one instruction.
 */
static inline uint32_t sfdfa_opaque(uint32_t constant)
{
#if defined(__arm__) && defined(__GNUC__)
    __asm__("" : "+r"(constant));
#endif
    return constant;
}

/* floor(x / 2^n), n from 0 to 30. */
static inline int32_t sfdfa_floor_shift(int32_t x, uint8_t n)
{
    return x < 0 ? ~(~x >> n) : x >> n;
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

/* x less its decay: x - rshift(x * k, 12). */
static inline int32_t sfdfa_decay(int32_t x, int32_t k)
{
    return x - sfdfa_round_shift(x * k, 12);
}

/*
 * The same for |x| < 2^19, plus `scaled_input` / 4096: (4096 - k) x + 2047 is less than 2^31, and its floor is x less what
 * sfdfa_decay rounds half up.
 */
static inline int32_t sfdfa_narrow_decay(int32_t x, int32_t kept, int32_t scaled_input)
{
    return sfdfa_floor_shift((int32_t)((uint32_t)(x * kept) + (uint32_t)scaled_input), 12);
}

/* -1 for a negative value, else 0. */
static inline int32_t sfdfa_sign_mask(int32_t x)
{
    return -(int32_t)((uint32_t)x >> 31);
}

#if defined(__ARM_FEATURE_SAT) || defined(__aarch64__) || defined(__x86_64__)

/* x between low and high, for which there is an instruction. */
static inline int32_t sfdfa_clamp(int32_t x, int32_t low, int32_t high)
{
    return x < low ? low : x > high ? high : x;
}

#else

/* x between low and high, from which it must not differ by 2^31 or more; without a branch, so that it takes the same time for all x. */
static inline int32_t sfdfa_clamp(int32_t x, int32_t low, int32_t high)
{
    const int32_t beyond = x - high;
    const int32_t floored = x - (beyond & ~sfdfa_sign_mask(beyond));
    const int32_t below = floored - low;
    return floored - (below & sfdfa_sign_mask(below));
}

#endif

#if defined(__aarch64__) || defined(__x86_64__)

/* sat(x, limit), adding 1 to *saturations if it changed x; in a form that becomes vectors. */
static inline int32_t sfdfa_saturate(int32_t x, int32_t limit, uint32_t *saturations)
{
    const int32_t clamped = sfdfa_clamp(x, -limit, limit);
    *saturations += (clamped != x);
    return clamped;
}

#else

/* The same with a branch that is taken only where x is clamped, which is counted. */
static inline int32_t sfdfa_saturate(int32_t x, int32_t limit, uint32_t *saturations)
{
    if ((uint32_t)x + (uint32_t)limit > 2 * (uint32_t)limit) {
        ++*saturations;
        x = x < 0 ? -limit : limit;
    }
    return x;
}

#endif

#endif
