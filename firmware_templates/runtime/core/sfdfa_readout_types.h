/*
 * sfdfa_readout_types.h: what an output layer that integrates has in an sfdfa_t.
 */
#ifndef SFDFA_READOUT_TYPES_H
#define SFDFA_READOUT_TYPES_H

#include <stdint.h>

#include "sfdfa_config.h"
#include SFDFA_QUESTION_TYPES

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
    SFDFA_READOUT_OF_QUESTIONS
} sfdfa_readout_t;

/* While its weights learn. */
typedef struct {
    int32_t step[SFDFA_OUTPUTS]; /* r' e */
    uint16_t draw[SFDFA_OUTPUTS]; /* for the dither of weights */
} sfdfa_output_update_t;

/* Of sfdfa_sample_t: the output layer. */
#define SFDFA_SAMPLE_OF_READOUT sfdfa_readout_t readout;

/* Of sfdfa_scratch_t. */
#define SFDFA_SCRATCH_OF_READOUT sfdfa_output_update_t output_update;

#endif
