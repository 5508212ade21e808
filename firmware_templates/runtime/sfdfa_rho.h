/*
 * sfdfa_rho.h: the local gradient factor of a spike in units of tau / c, sections 5 and 8 of docs/ARITHMETIC.md.
 */
#ifndef SFDFA_RHO_H
#define SFDFA_RHO_H

#include "sfdfa.h"
#include "sfdfa_fixed.h"
#include "sfdfa_frames.h"

/* min(limit, 256 c / j to nearest), j >= 1. */
static SFDFA_OWN_FRAME sfdfa_rho_t sfdfa_rho(int32_t threshold, int32_t j, int32_t limit)
{
    const uint32_t rho = (256 * (uint32_t)threshold + (uint32_t)j / 2) / (uint32_t)j;
    return (sfdfa_rho_t)sfdfa_least((int32_t)rho, limit);
}

/* Of a spike at synaptic current a. */
static inline sfdfa_rho_t sfdfa_spike_rho(int32_t threshold, int32_t a)
{
#if SFDFA_EXACT_GRADIENT
    return sfdfa_rho(threshold, sfdfa_largest(a - threshold, 1), SFDFA_RHO_MAX);
#else
    return sfdfa_rho(threshold, sfdfa_largest(a, threshold), SFDFA_RHO_MAX);
#endif
}

/* Of a virtual spike recorded at synaptic current a. */
static inline sfdfa_rho_t sfdfa_virtual_rho(int32_t threshold, int32_t a)
{
    return sfdfa_rho(threshold, sfdfa_largest(a, threshold), 255);
}

#endif
