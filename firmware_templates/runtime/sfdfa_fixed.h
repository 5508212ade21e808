/*
 * sfdfa_fixed.h: the operations of section 1 of docs/ARITHMETIC.md.
 *
 * C leaves the right shift of a negative value to the compiler. Where it is no arithmetic shift, the complement of a negative value, which
 * is not negative, is shifted instead.
 *
 * On processors of which the cycles are known exactly nothing here takes longer for one value than for another: DESIGN.md, "Cycles".
 */
#ifndef SFDFA_FIXED_H
#define SFDFA_FIXED_H

#include <stdint.h>

/* Choose between values by masks and not by jumps. Elsewhere the compiler has better: conditional instructions, or those of vectors. */
#if defined(__AVR__) || defined(__riscv) || defined(__ARM_ARCH_6M__)
#define SFDFA_BY_MASKS 1
#else
#define SFDFA_BY_MASKS 0
#endif

/* floor(x / 2^n), n from 0 to 30. */
static inline int32_t sfdfa_floor_shift(int32_t x, uint8_t n)
{
    if (-1 >> 1 == -1) {
        return x >> n;
    }
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

/* All ones for a negative x, else 0. */
static inline uint32_t sfdfa_sign_mask(int32_t x)
{
    return 0 - ((uint32_t)x >> 31);
}

/* `then` where all bits of `mask` are 1, `otherwise` where none is. */
static inline int32_t sfdfa_choose(uint32_t mask, int32_t then, int32_t otherwise)
{
    return (int32_t)((uint32_t)otherwise ^ (((uint32_t)then ^ (uint32_t)otherwise) & mask));
}

/* The smaller and the larger of two values that differ by less than 2^31. */
static inline int32_t sfdfa_least(int32_t x, int32_t y)
{
    return sfdfa_choose(sfdfa_sign_mask(x - y), x, y);
}

static inline int32_t sfdfa_largest(int32_t x, int32_t y)
{
    return sfdfa_choose(sfdfa_sign_mask(x - y), y, x);
}

/* 1 if x lies outside low .. high, else 0; high - low < 2^31. */
static inline uint32_t sfdfa_is_outside(int32_t x, int32_t low, int32_t high)
{
#if SFDFA_BY_MASKS
    const uint32_t above = (uint32_t)x - (uint32_t)low;
    const uint32_t room = (uint32_t)high - (uint32_t)low - above;
    return (above | room) >> 31;
#else
    return x < low || x > high;
#endif
}

/* x clamped to low .. high, low < 0 <= high. */
static inline int32_t sfdfa_clamp(int32_t x, int32_t low, int32_t high)
{
#if SFDFA_BY_MASKS
    return sfdfa_choose(0 - sfdfa_is_outside(x, low, high), sfdfa_choose(sfdfa_sign_mask(x), low, high), x);
#else
    return x < low ? low : x > high ? high : x;
#endif
}

/* sat(x, limit), adding 1 to *saturations if it changed x. */
static inline int32_t sfdfa_saturate(int32_t x, int32_t limit, uint32_t *saturations)
{
    *saturations += sfdfa_is_outside(x, -limit, limit);
    return sfdfa_clamp(x, -limit, limit);
}

#endif
