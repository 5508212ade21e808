/*
 * sfdfa_learning.h: what learning by traces needs, section 9.
 */
#ifndef SFDFA_LEARNING_H
#define SFDFA_LEARNING_H

#include "sfdfa_config.h"
#include SFDFA_ORDER(sfdfa_sample.h)

/* The update of one layer, after the last tick, when the membranes are no longer needed: sections 6 to 9. */
typedef struct {
    int16_t step[SFDFA_WIDEST];                       /* of the neurons */
    uint16_t draw[SFDFA_WHOLE_VECTORS(SFDFA_WIDEST)]; /* of the neurons, masked to the bits of the dither */
    uint16_t update[SFDFA_WIDEST];                    /* D + 2^15 of the input at hand */
} sfdfa_update_t;

/* What a running sample needs in order to be learned. */
typedef struct {
    uint32_t sample_key;                  /* of all draws of the sample */
    sfdfa_record_t record[SFDFA_RECORDS]; /* of each output */
    sfdfa_error_t error[SFDFA_OUTPUTS];   /* e, section 6 */
    sfdfa_erring_t erring[SFDFA_OUTPUTS]; /* the outputs that have one */
    uint16_t errors;                      /* how many do */
    SFDFA_LEARNING_OF_RING
    SFDFA_LEARNING_OF_FEEDBACK
    int32_t trace_a[SFDFA_INPUTS]; /* of each input, decaying like A */
    int32_t trace_b[SFDFA_INPUTS]; /* of each input, decaying like B */
    int16_t lambda[SFDFA_NEURONS]; /* Lambda of each neuron */
    int16_t reset_trace[SFDFA_SYNAPSES]; /* R of each synapse */
    int16_t eligibility[SFDFA_SYNAPSES]; /* E of each synapse */
} sfdfa_learning_t;

/* Never needed at the same time. */
typedef union {
    sfdfa_membranes_t membranes; /* while the sample runs */
    sfdfa_update_t update; /* while it is learned */
    SFDFA_SCRATCH_OF_READOUT
    SFDFA_SCRATCH_OF_FEEDBACK
} sfdfa_scratch_t;

#endif
