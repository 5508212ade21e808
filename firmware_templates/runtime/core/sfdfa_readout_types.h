/*
 * sfdfa_readout_types.h: what an output layer that integrates has in an sfdfa_t.
 */
#ifndef SFDFA_READOUT_TYPES_H
#define SFDFA_READOUT_TYPES_H

#include <stdint.h>

#include "sfdfa_config.h"

/*
 * Inputs of the output layer of which kappa is kept while the sample runs; that of a hidden neuron comes late enough
 * where memory is scarce.
 */
#if SFDFA_HIDDEN == 0
#define SFDFA_KAPPAS SFDFA_CHANNELS
#elif SFDFA_COMPACT
#define SFDFA_KAPPAS 0
#else
#define SFDFA_KAPPAS SFDFA_READOUT_INPUTS
#endif

#if SFDFA_WIDE_ACTIVITY
typedef int64_t sfdfa_activity_t;
#else
typedef int32_t sfdfa_activity_t;
#endif

/* An output layer that integrates, section 5a. */
typedef struct {
#if SFDFA_KAPPAS > 0
    uint16_t kappa[SFDFA_KAPPAS]; /* of each input, by the ticks so far */
#endif
    sfdfa_activity_t output[SFDFA_OUTPUTS]; /* the sum behind Y; after the last tick p, in 1/256 */
#if SFDFA_ASK_DOWN > 0
    uint16_t lead; /* d of section 8a */
#endif
} sfdfa_readout_t;

#if SFDFA_LEARNS
/* While its weights learn. */
typedef struct {
    int32_t step[SFDFA_OUTPUTS]; /* r' e */
    uint16_t draw[SFDFA_OUTPUTS]; /* for the dither of weights */
} sfdfa_output_update_t;
#endif

#if SFDFA_RESIDUAL_FEEDBACK

/*
 * R of section 7a. With one hidden layer each neuron adds at most a weight and its feedback to it, 64 times a weight
 * being shifted by no less than 14 less the most bits of a dither: with few neurons 16 bits hold that, where memory is
 * scarce.
 */
#if SFDFA_COMPACT && SFDFA_LAYERS == 2 && \
    SFDFA_HIDDEN * ((64L << (SFDFA_WEIGHT_BITS - 1) >> (14 - SFDFA_DITHER_BITS)) + 129) <= 32767
typedef int16_t sfdfa_lacking_t;
#else
typedef int32_t sfdfa_lacking_t;
#endif

/* While grades are sent through the layers, section 7a. */
typedef struct {
    /* What the neurons of the layer at hand get. */
    int32_t sum[SFDFA_WIDEST > SFDFA_OUTPUTS ? SFDFA_WIDEST : SFDFA_OUTPUTS];
    int16_t grade[SFDFA_WIDEST]; /* what those of the layer before send */
} sfdfa_residual_t;
#endif

#endif
