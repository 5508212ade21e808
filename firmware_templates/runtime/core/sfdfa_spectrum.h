/*
 * sfdfa_spectrum.h: the power of a frame in bands of frequency, section 14.
 *
 * A window of W real samples is transformed as W / 2 complex numbers, in place. Each stage halves what it sums, so that
 * 16 bits hold it.
 */
#ifndef SFDFA_SPECTRUM_H
#define SFDFA_SPECTRUM_H

#include "sfdfa_fixed.h"
#include "sfdfa_frontend_types.h"
#include "sfdfa_log.h"

#define SFDFA_POINTS (SFDFA_FRAME_SAMPLES / 2)

/* Where a band lies among the bins. */
typedef struct {
    uint16_t first_weight;
    uint8_t first_bin;
    uint8_t bins;
} sfdfa_band_t;

extern const
    SFDFA_FLASH int16_t sfdfa_hann[SFDFA_POINTS + 1]; /* the first half of the window, which is symmetric, in 1/32768 */
extern const SFDFA_FLASH int16_t sfdfa_cosines[SFDFA_POINTS]; /* of half a turn, in 1/32768 */
extern const SFDFA_FLASH sfdfa_band_t sfdfa_bands[SFDFA_BANDS];
extern const SFDFA_FLASH uint8_t sfdfa_band_weights[SFDFA_BAND_WEIGHTS];

/* (b.re c + b.im d, b.im c - b.re d): b turned back by the angle q of W. */
typedef struct {
    int32_t re;
    int32_t im;
} sfdfa_turned_t;

static inline sfdfa_turned_t sfdfa_turn_back(int32_t re, int32_t im, uint16_t q)
{
    const int32_t c = sfdfa_cosines[q];
    const int32_t d =
        sfdfa_cosines[q > SFDFA_FRAME_SAMPLES / 4 ? q - SFDFA_FRAME_SAMPLES / 4 : SFDFA_FRAME_SAMPLES / 4 - q];
    return (sfdfa_turned_t){sfdfa_round_shift(re * c + im * d, 15), sfdfa_round_shift(im * c - re * d, 15)};
}

/* s: the largest of -1 .. 14 by whose power of two no |x - mean| exceeds 2^14. */
static inline int8_t sfdfa_scale_of(const int16_t *x, int16_t mean)
{
    uint16_t all = 0;
    for (uint16_t i = 0; i < SFDFA_FRAME_SAMPLES; i++) {
        const int32_t d = sfdfa_clamp(x[i] - mean, INT16_MIN, INT16_MAX);
        const uint16_t size = (uint16_t)(d < 0 ? -d : d);
        all = size > all ? size : all;
    }
    int8_t scale = -1;
    while (scale < 14 && (uint32_t)all << (scale + 1) <= UINT32_C(1) << 14) {
        scale++;
    }
    return scale;
}

/* The window, scaled, in bit-reversed order of its pairs. */
static inline void sfdfa_fill_wave(int16_t *wave, const int16_t *x, int16_t mean, int8_t scale)
{
    const uint8_t shift = (uint8_t)(15 - scale);
    uint16_t place = 0;
    for (uint16_t j = 0; j < SFDFA_POINTS; j++) {
        for (uint8_t part = 0; part < 2; part++) {
            const uint16_t i = (uint16_t)(2 * j + part);
            const int32_t d = sfdfa_clamp(x[i] - mean, INT16_MIN, INT16_MAX);
            const int32_t h = sfdfa_hann[i > SFDFA_POINTS ? SFDFA_FRAME_SAMPLES - i : i];
            wave[2 * place + part] = (int16_t)sfdfa_round_shift(d * h, shift);
        }
        uint16_t bit = SFDFA_POINTS / 2;
        while ((place & bit) != 0) { /* add one, from the upper end */
            place ^= bit;
            bit >>= 1;
        }
        place |= bit;
    }
}

static inline void sfdfa_butterfly(int16_t *a, int16_t *b, uint16_t q)
{
    const sfdfa_turned_t t = sfdfa_turn_back(b[0], b[1], q);
    b[0] = (int16_t)sfdfa_round_shift(a[0] - t.re, 1);
    b[1] = (int16_t)sfdfa_round_shift(a[1] - t.im, 1);
    a[0] = (int16_t)sfdfa_round_shift(a[0] + t.re, 1);
    a[1] = (int16_t)sfdfa_round_shift(a[1] + t.im, 1);
}

static inline void sfdfa_transform(int16_t *wave)
{
    for (uint16_t half = 1; half < SFDFA_POINTS; half *= 2) {
        const uint16_t step = SFDFA_POINTS / half;
        for (uint16_t start = 0; start < SFDFA_POINTS; start = (uint16_t)(start + 2 * half)) {
            for (uint16_t k = 0; k < half; k++) {
                int16_t *a = &wave[2 * (start + k)];
                sfdfa_butterfly(a, a + 2 * half, (uint16_t)(k * step));
            }
        }
    }
}

/* P of a bin from 1 on. */
static inline uint32_t sfdfa_power(const int16_t *wave, uint16_t bin)
{
    const int16_t *z = &wave[2 * bin];
    const int16_t *n = &wave[2 * (SFDFA_POINTS - bin)];
    const sfdfa_turned_t odd = sfdfa_turn_back(z[1] + n[1], n[0] - z[0], bin);
    const int32_t re = sfdfa_round_shift(z[0] + n[0] + odd.re, 1);
    const int32_t im = sfdfa_round_shift(z[1] - n[1] + odd.im, 1);
    return (uint32_t)(re * re) + (uint32_t)(im * im);
}

/* E_b, by halves of the power: a product with a weight is below 2^24, and there are fewer than 2^8 of them. */
static inline uint64_t sfdfa_band_energy(const int16_t *wave, uint8_t band)
{
    uint32_t high = 0;
    uint32_t low = 0;
    for (uint8_t k = 0; k < sfdfa_bands[band].bins; k++) {
        const uint32_t weight = sfdfa_band_weights[sfdfa_bands[band].first_weight + k];
        const uint32_t power = sfdfa_power(wave, (uint16_t)(sfdfa_bands[band].first_bin + k));
        high += weight * (power >> 16);
        low += weight * (power & UINT16_MAX);
    }
    return ((uint64_t)high << 16) + low;
}

/* The value of each band of a window less its mean. */
static inline void sfdfa_band_values(int16_t *values, int16_t *wave, const int16_t *x, int16_t mean)
{
    const int8_t scale = sfdfa_scale_of(x, mean);
    sfdfa_fill_wave(wave, x, mean, scale);
    sfdfa_transform(wave);
    for (uint8_t band = 0; band < SFDFA_BANDS; band++) {
        const uint64_t energy = sfdfa_band_energy(wave, band);
        const int16_t value = (int16_t)(sfdfa_log2(energy > 0 ? energy : 1) - 2 * SFDFA_LOG_UNIT * scale);
        values[band] = value > SFDFA_LOG_FLOOR ? value : SFDFA_LOG_FLOOR;
    }
}

#endif
