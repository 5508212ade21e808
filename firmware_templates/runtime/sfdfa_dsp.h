/*
 * sfdfa_dsp.h: whether the kernels of sfdfa_cortex_m4.S and sfdfa_cortex_m4_walk.S are used. Those files include it too.
 */
#ifndef SFDFA_DSP_H
#define SFDFA_DSP_H

#include "sfdfa_network.h"

/*
 * A Cortex-M with the DSP extension (M4, M7, M33), and a network of 8-bit weights and dithers whose decays times 2^20, and whose indices in 16 bits,
 * have no sign.
 */
#if defined(__GNUC__) && defined(__ARM_FEATURE_DSP) && defined(__ARM_FEATURE_UNALIGNED) && defined(__ARM_ARCH_PROFILE) &&           \
    __ARM_ARCH_PROFILE == 'M' && !SFDFA_COMPACT && !SFDFA_WALK_BY_TICKS && SFDFA_WEIGHT_BITS == 8 && SFDFA_DITHER_BITS == 8 &&     \
    SFDFA_LEAST_DITHER_BITS == 8 && SFDFA_STATE_BITS == 32 && SFDFA_LARGEST_DECAY < 2048 && SFDFA_CHANNELS <= 32768 &&             \
    SFDFA_WIDEST > 1 && SFDFA_WIDEST < 32768
#define SFDFA_CORTEX_M4 1
#else
#define SFDFA_CORTEX_M4 0
#endif

#endif
