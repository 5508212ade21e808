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
#if SFDFA_RING_SLOTS > 0
    uint8_t held[SFDFA_SLOT_BYTES]; /* the sample as it will lie in the ring */
#endif
#if SFDFA_RESIDUAL_FEEDBACK
    uint8_t turn;                        /* the layer whose feedback learns */
    int32_t residual[SFDFA_OUTPUTS];     /* R, section 7a */
    uint16_t output_draw[SFDFA_OUTPUTS]; /* of each output, for the dither of feedback */
#endif
#if SFDFA_SENDS_GRADES
    sfdfa_grades_t grades;
    int16_t output_grade[SFDFA_WHOLE_VECTORS(SFDFA_OUTPUTS)]; /* d, section 7 */
    uint16_t output_draw[SFDFA_WHOLE_VECTORS(SFDFA_OUTPUTS)]; /* of each output, for the dither of feedback */
#endif
    int32_t trace_a[SFDFA_INPUTS];
    int32_t trace_b[SFDFA_INPUTS];
    int16_t lambda[SFDFA_NEURONS];
    int16_t reset_trace[SFDFA_SYNAPSES];
    int16_t eligibility[SFDFA_SYNAPSES];
} sfdfa_learning_t;

/* Never needed at the same time. */
typedef union {
    sfdfa_membranes_t membranes;
    sfdfa_update_t update;
#if SFDFA_INTEGRATES
    sfdfa_output_update_t output_update;
#endif
#if SFDFA_RESIDUAL_FEEDBACK
    sfdfa_residual_t residual;
#endif
} sfdfa_scratch_t;

#endif
