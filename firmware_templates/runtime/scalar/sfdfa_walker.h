/*
 * sfdfa_walker.h: a neuron on its way down through the ticks, section 8 of docs/ARITHMETIC.md.
 */
#ifndef SFDFA_WALKER_H
#define SFDFA_WALKER_H

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_internal.h"
#include "core/sfdfa_kernels.h"
#include "core/sfdfa_random.h"
#include "core/sfdfa_rho.h"
#include SFDFA_CORE(sfdfa_spikes.h)

/* Of a listed input, the bits below its draw. */
#define ROW_BITS (32 - SFDFA_DITHER_BITS)
#define ROW_MASK ((UINT32_C(1) << ROW_BITS) - 1)

/* D before it is rounded has this many bits too many. */
#define UPDATE_SHIFT (SFDFA_ELIGIBILITY_FRACTION_BITS + 2)

/* What decays on the way. */
typedef struct {
    int32_t u; /* decays like A, section 8 */
    int32_t v; /* decays like B */
} sums_t;

/* The first event of tick t. */
static uint16_t first_event(const sfdfa_t *net, uint8_t t)
{
    return t > 0 ? net->learning.tick_end[t - 1] : 0;
}

/* The size of D, before its limit. E is not negative, and hardly ever too large. */
static inline uint32_t update_size(const sfdfa_walker_t *walker, sums_t sums, uint32_t *eligibility_saturations)
{
    int32_t eligibility = sums.v - sums.u;
    if (SFDFA_RARELY(eligibility > INT16_MAX)) {
        ++*eligibility_saturations;
        eligibility = INT16_MAX;
    }
    return (walker->step_size * (uint32_t)eligibility + walker->rounding) >> UPDATE_SHIFT;
}

/* The size of D. */
static inline uint32_t limit_size(uint32_t size, int32_t sign, uint32_t *saturations)
{
    return (uint32_t)sfdfa_clamp_counted((int32_t)size, -1, SFDFA_UPDATE_MAX - sign, saturations);
}

/* u and v one tick earlier; `half` is 2^11, and lies in a register. */
static inline sums_t decay_sums(sums_t sums, int32_t decay_s, int32_t decay, int32_t half)
{
    if (SFDFA_ON_AVR) {
        return (sums_t){sfdfa_decay(sums.u, decay_s), sfdfa_decay(sums.v, decay)};
    }
    sums.u -= sfdfa_floor_shift(sums.u * decay_s + half, 12);
    sums.v -= sfdfa_floor_shift(sums.v * decay + half, 12);
    return sums;
}

static inline sums_t add_gamma(sums_t sums, int32_t gamma)
{
    sums.u += gamma;
    sums.v += gamma;
    return sums;
}

/*
 * The order of the neuron's spike at tick t in its layer. Spikes were remembered in the order of ticks and then of
 * neurons, and the neurons of a layer come in their order: at each tick the next spike that none of them has met is
 * this one's.
 */
static inline uint16_t take_spike(const sfdfa_walker_t *walker, uint8_t t)
{
    return walker->next_spike[t]++;
}

/* The part of gamma that is rho's alone. */
static inline int32_t own_gamma(sfdfa_rho_t rho)
{
    return sfdfa_rescale(rho, 8 - SFDFA_ELIGIBILITY_FRACTION_BITS);
}

/*
 * gamma of a spike that the neuron meets at tick t of its way. All of these were remembered, since they are earlier
 * than one that was.
 */
static SFDFA_SELDOM int32_t meet_spike(sfdfa_walker_t *walker, uint8_t t)
{
    const sfdfa_rho_t rho = walker->rho[take_spike(walker, t)];
    int32_t s = walker->s;
    for (uint8_t later = walker->tick; later != t; later--) {
        s = sfdfa_decay(s, walker->decay);
    }
    const int32_t gamma = own_gamma(rho) + sfdfa_round_shift((int32_t)rho * s, 8);
    walker->s = sfdfa_saturate(s + gamma, INT16_MAX, &walker->eligibility_saturations);
    walker->tick = t;
    return gamma;
}

#endif
