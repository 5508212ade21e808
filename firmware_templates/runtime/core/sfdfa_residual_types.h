/*
 * sfdfa_residual_types.h: what feedback that learns by the residual of outputs that integrate has, section 7a.
 */
#ifndef SFDFA_RESIDUAL_TYPES_H
#define SFDFA_RESIDUAL_TYPES_H

#include <stdint.h>

#include "sfdfa_config.h"

/*
 * R of section 7a. With one hidden layer each neuron adds at most a weight and its feedback to it, 64 times a weight
 * being shifted by no less than 14 less the most bits of a dither: with few neurons 16 bits hold that, where memory is
 * scarce or sums of words are slow.
 */
#if (SFDFA_COMPACT || SFDFA_AVR) && SFDFA_LAYERS == 2 && \
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

/*
 * Of sfdfa_learning_t: the layer whose feedback learns from this sample; R of each output; and of each output what is
 * drawn for the dither of feedback. All are written after the last tick and read while feedback learns.
 */
#define SFDFA_LEARNING_OF_FEEDBACK \
    uint8_t turn; \
    sfdfa_lacking_t residual[SFDFA_OUTPUTS]; \
    uint16_t output_draw[SFDFA_OUTPUTS];

/* Of sfdfa_scratch_t. */
#define SFDFA_SCRATCH_OF_FEEDBACK sfdfa_residual_t residual;

#endif
