/*
 * sfdfa_spectrum.h: the power of a frame in bands of frequency, section 14.
 *
 * A window of W real samples is transformed as W / 2 complex numbers, in place. Each stage but the first halves what it
 * sums, so that 16 bits hold it.
 */
#ifndef SFDFA_SPECTRUM_H
#define SFDFA_SPECTRUM_H

#include "sfdfa_fixed.h"
#include "sfdfa_frontend_types.h"
#include "sfdfa_log.h"

#define SFDFA_POINTS (SFDFA_FRAME_SAMPLES / 2)

/* Where a band lies among the bins. */
typedef struct {
    uint16_t first_weight; /* in sfdfa_band_weights */
    uint8_t first_bin; /* of the band */
    uint8_t bins; /* how many it has, one weight each */
} sfdfa_band_t;

extern const
    SFDFA_FLASH int16_t sfdfa_hann[SFDFA_POINTS + 1]; /* the first half of the window, which is symmetric, in 1/32768 */
extern const SFDFA_FLASH int16_t sfdfa_cosines[SFDFA_POINTS]; /* of half a turn, in 1/32768 */
extern const SFDFA_FLASH sfdfa_band_t sfdfa_bands[SFDFA_BANDS];
extern const SFDFA_FLASH uint8_t sfdfa_band_weights[SFDFA_BAND_WEIGHTS];

/* The sine of the angle q of half a turn. */
static inline int16_t sfdfa_sine(uint16_t q)
{
    return sfdfa_cosines[q > SFDFA_POINTS / 2 ? q - SFDFA_POINTS / 2 : SFDFA_POINTS / 2 - q];
}

/* x - mean, in 16 bits. */
static inline int32_t sfdfa_less_mean(int16_t x, int16_t mean)
{
    return SFDFA_VALUES_WITH_MEAN ? sfdfa_clamp((int32_t)x - mean, INT16_MIN, INT16_MAX) : x;
}

/* A power of two, 2^(s + 1). */
typedef struct {
    int32_t factor; /* 2^(s + 1) */
    int16_t s; /* section 14; -1 to 14 */
} sfdfa_loudness_t;

/* s: the largest of -1 .. 14 by whose power of two no |x - mean| exceeds 2^14. */
static inline sfdfa_loudness_t sfdfa_scale_of(const int16_t *x, int16_t mean)
{
    int32_t largest = 0;
    for (uint16_t i = 0; i < SFDFA_FRAME_SAMPLES; i++) {
        const int32_t d = sfdfa_less_mean(x[i], mean);
        const int32_t size = (d ^ sfdfa_sign_mask(d)) - sfdfa_sign_mask(d);
        largest = sfdfa_larger(largest, size);
    }
    sfdfa_loudness_t scale = {1, -1};
    for (int32_t bound = 1; bound < 0x8000; bound *= 2) {
        const int32_t fits = ~sfdfa_sign_mask(bound - largest);
        scale.factor += scale.factor & fits;
        scale.s = (int16_t)(scale.s - fits);
    }
    return scale;
}

/* Go on to the next number in bit-reversed order: add one, from the upper end. */
static inline uint16_t sfdfa_next_reversed(uint16_t place, uint16_t bit)
{
    while ((place & bit) != 0) {
        place ^= bit;
        bit >>= 1;
    }
    return place | bit;
}

/* y of a sample: rshift(x h, 15 - s), without a shift by a number of bits that is not known before. */
static inline int16_t sfdfa_windowed(int16_t x, int16_t mean, int32_t hann, int32_t factor)
{
    return (int16_t)sfdfa_round_shift(sfdfa_less_mean(x, mean) * factor * hann, 16);
}

/* a, b <- a + b, a - b */
static inline void sfdfa_sum_and_difference(int16_t *a, int16_t *b)
{
    for (uint8_t part = 0; part < 2; part++) {
        const int32_t first = a[part];
        const int32_t second = b[part];
        a[part] = (int16_t)(first + second);
        b[part] = (int16_t)(first - second);
    }
}

/* a, b <- rshift(2^15 a + t, 16), rshift(2^15 a - t, 16) */
static inline void sfdfa_halve(int16_t *a, int16_t *b, int32_t re, int32_t im)
{
    const int32_t a_re = a[0] * 32768;
    const int32_t a_im = a[1] * 32768;
    a[0] = (int16_t)sfdfa_round_shift(a_re + re, 16);
    a[1] = (int16_t)sfdfa_round_shift(a_im + im, 16);
    b[0] = (int16_t)sfdfa_round_shift(a_re - re, 16);
    b[1] = (int16_t)sfdfa_round_shift(a_im - im, 16);
}

/* The first two stages of four neighbours, which turn by nothing or by a quarter. */
static inline void sfdfa_first_stages(int16_t *z)
{
    sfdfa_sum_and_difference(z, z + 2);
    sfdfa_sum_and_difference(z + 4, z + 6);
    sfdfa_halve(z, z + 4, INT32_C(32767) * z[4], INT32_C(32767) * z[5]);
    sfdfa_halve(z + 2, z + 6, INT32_C(32767) * z[7], -INT32_C(32767) * z[6]);
}

/*
 * The window, scaled, in bit-reversed order of its pairs, and the first two stages: four pairs that become neighbours
 * are a quarter of the window apart.
 */
static inline void sfdfa_fill_wave(int16_t *wave, const int16_t *x, int16_t mean, int32_t factor)
{
    uint16_t place = 0;
    for (uint16_t i = 0; i < SFDFA_POINTS / 2; i += 2) {
        int16_t *z = &wave[8 * place];
        const SFDFA_FLASH int16_t *up = &sfdfa_hann[i];
        const SFDFA_FLASH int16_t *down = &sfdfa_hann[SFDFA_POINTS / 2 - i];
        const int16_t *from = &x[i];
        for (uint8_t part = 0; part < 2; part++) {
            z[part] = sfdfa_windowed(from[0], mean, up[0], factor);
            z[4 + part] = sfdfa_windowed(from[SFDFA_POINTS / 2], mean, up[SFDFA_POINTS / 2], factor);
            z[2 + part] = sfdfa_windowed(from[SFDFA_POINTS], mean, down[SFDFA_POINTS / 2], factor);
            z[6 + part] = sfdfa_windowed(from[SFDFA_POINTS / 2 * 3], mean, down[0], factor);
            from++;
            up++;
            down--;
        }
        sfdfa_first_stages(z);
        place = sfdfa_next_reversed(place, SFDFA_POINTS / 8);
    }
}

/* The stages from the third on. What is turned by the same angle is done together. */
static inline void sfdfa_last_stages(int16_t *wave)
{
    for (uint16_t half = 4; half < SFDFA_POINTS; half *= 2) {
        const uint16_t step = SFDFA_POINTS / half;
        for (uint16_t k = 0; k < half; k++) {
            const int32_t c = sfdfa_cosines[k * step];
            const int32_t d = sfdfa_sine((uint16_t)(k * step));
            for (uint16_t place = k; place < SFDFA_POINTS; place = (uint16_t)(place + 2 * half)) {
                int16_t *a = &wave[2 * place];
                int16_t *b = a + 2 * half;
                const int32_t b_re = b[0];
                const int32_t b_im = b[1];
                sfdfa_halve(a, b, b_re * c + b_im * d, b_im * c - b_re * d);
            }
        }
    }
}

static inline uint32_t sfdfa_power_of(int32_t re, int32_t im)
{
    re = sfdfa_floor_shift(re, 1);
    im = sfdfa_floor_shift(im, 1);
    return (uint32_t)(re * re) + (uint32_t)(im * im);
}

/*
 * P of all bins but 0, each in the place of its complex number. Two bins that are as far from either end share their
 * products: one has the negative cosine of the other and the same sine.
 */
static inline void sfdfa_find_power(sfdfa_wave_t *wave)
{
    for (uint16_t k = 1; k <= SFDFA_POINTS / 2; k++) {
        const int16_t *z = &wave->part[2 * k];
        const int16_t *n = &wave->part[2 * (SFDFA_POINTS - k)];
        const int32_t c = sfdfa_cosines[k];
        const int32_t d = sfdfa_cosines[SFDFA_POINTS / 2 - k];
        const int32_t even_re = (int32_t)z[0] + n[0] + 1; /* and a half to be rounded by */
        const int32_t even_im = (int32_t)z[1] - n[1];
        const int32_t odd_re = (int32_t)z[1] + n[1];
        const int32_t odd_im = (int32_t)n[0] - z[0];
        const int32_t re = odd_re * c + odd_im * d;
        const int32_t im = sfdfa_round_shift(odd_im * c - odd_re * d, 15);
        wave->power[k] = sfdfa_power_of(even_re + sfdfa_round_shift(re, 15), 1 + even_im + im);
        wave->power[SFDFA_POINTS - k] = sfdfa_power_of(even_re + sfdfa_round_shift(-re, 15), 1 - even_im + im);
    }
}

/* E_b, by halves of the power: a product with a weight is below 2^24, and there are fewer than 2^8 of them. */
static inline uint64_t sfdfa_band_energy(const uint32_t *power, uint8_t band)
{
    const SFDFA_FLASH uint8_t *weight = &sfdfa_band_weights[sfdfa_bands[band].first_weight];
    uint32_t high = 0;
    uint32_t low = 0;
    power += sfdfa_bands[band].first_bin;
    for (uint8_t k = sfdfa_bands[band].bins; k > 0; k--) {
        const uint32_t w = *weight++;
        const uint32_t p = *power++;
        high += w * (p >> 16);
        low += w * (p & UINT16_MAX);
    }
    return ((uint64_t)high << 16) + low;
}

/* The value of each band of a window less its mean. */
static inline void sfdfa_band_values(int16_t *values, sfdfa_wave_t *wave, const int16_t *x, int16_t mean)
{
    const sfdfa_loudness_t scale = sfdfa_scale_of(x, mean);
    sfdfa_fill_wave(wave->part, x, mean, scale.factor);
    sfdfa_last_stages(wave->part);
    sfdfa_find_power(wave);
    for (uint8_t band = 0; band < SFDFA_BANDS; band++) {
        const uint64_t energy = sfdfa_band_energy(wave->power, band);
        const int32_t value = sfdfa_log2(energy + sfdfa_is_below((uint32_t)(energy >> 16) | (uint32_t)energy, 1)) -
                              2 * SFDFA_LOG_UNIT * (scale.s + 1);
        values[band] = (int16_t)sfdfa_larger(value, SFDFA_LOG_FLOOR);
    }
}

#endif
