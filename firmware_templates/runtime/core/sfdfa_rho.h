/*
 * sfdfa_rho.h: the local gradient factor of a spike in units of tau / c, sections 5 and 8 of docs/ARITHMETIC.md.
 */
#ifndef SFDFA_RHO_H
#define SFDFA_RHO_H

#include "sfdfa.h"
#include "sfdfa_divide.h"
#include "sfdfa_compiler.h"

/* min(255, 256 c / j to nearest), j >= c. */
static SFDFA_OWN_FRAME sfdfa_rho_t sfdfa_bounded_rho(int32_t threshold, int32_t j)
{
    const uint32_t rho = sfdfa_divide(256 * (uint32_t)threshold + (uint32_t)j / 2, (uint32_t)j, 9);
    return (sfdfa_rho_t)(rho - (rho >> 8)); /* at most 256 */
}

/* Of a spike at synaptic current a. */
static inline sfdfa_rho_t sfdfa_spike_rho(int32_t threshold, int32_t a)
{
    if (!SFDFA_EXACT_GRADIENT) {
        return sfdfa_bounded_rho(threshold, sfdfa_larger(a, threshold));
    }
    const int32_t j = sfdfa_larger(a - threshold, 1);
    const uint32_t dividend = 256 * (uint32_t)threshold + (uint32_t)j / 2;
    const int32_t least = (int32_t)(dividend >> 12) + 1; /* of the divisors that keep the quotient below 2^12 */
    const int32_t large = sfdfa_sign_mask(j - least) & SFDFA_RHO_MAX;
    const int32_t rho = (int32_t)sfdfa_divide(dividend, (uint32_t)sfdfa_larger(j, least), 12);
    return (sfdfa_rho_t)sfdfa_clamp(sfdfa_larger(rho, large), 0, SFDFA_RHO_MAX);
}

/* Of a virtual spike recorded at synaptic current a. */
static inline sfdfa_rho_t sfdfa_virtual_rho(int32_t threshold, int32_t a)
{
    return sfdfa_bounded_rho(threshold, sfdfa_larger(a, threshold));
}

#endif
