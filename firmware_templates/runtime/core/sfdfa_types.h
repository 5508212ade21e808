/*
 * sfdfa_types.h: the types of what lies in an sfdfa_t, as narrow as the network lets them be.
 */
#ifndef SFDFA_TYPES_H
#define SFDFA_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#include "sfdfa_config.h"
#include SFDFA_READOUT_TYPES
#include SFDFA_FEEDBACK_TYPES
#include SFDFA_RING_TYPES
#include SFDFA_QUESTION_TYPES

typedef SFDFA_WEIGHT_TYPE sfdfa_weight_t; /* a cell: one weight, or two of 4 bits, the lower neuron in the low nibble */
typedef SFDFA_STATE_TYPE sfdfa_state_t; /* A or B of a neuron */
typedef SFDFA_INDEX_TYPE sfdfa_index_t; /* of a channel or a neuron */
typedef SFDFA_RHO_TYPE sfdfa_rho_t; /* the gradient factor of a spike */
typedef SFDFA_ERROR_TYPE sfdfa_error_t; /* spikes that an output lacks, or has too many */

/* An output with an error. */
typedef struct {
    sfdfa_error_t error; /* e, section 6 */
    sfdfa_index_t output; /* its number */
} sfdfa_erring_t;

/* What became of a sample, whatever its outputs do. */
typedef struct {
    const uint8_t *outputs; /* counts or probabilities, of each output */
    uint8_t ticks_run; /* until it was decided */
    bool learned; /* it had a label, and was not known already */
    bool asks; /* it has no label and wants one */
    bool certain; /* the probability of the prediction is 256 */
} sfdfa_outcome_t;

/* Where a silent output came closest to its threshold. */
typedef struct {
    int32_t potential; /* the highest B - A */
    sfdfa_state_t current; /* A at that time */
    uint8_t tick; /* that time */
} sfdfa_record_t;

/* A sample of the ring as it is read and written, section 12: its label, the number of its events, and the events. */
#define SFDFA_SLOT_BYTES (4 + 3L * SFDFA_MAX_EVENTS)

/* Outputs that have one: those that spike. */
#define SFDFA_RECORDS (SFDFA_INTEGRATES ? 1 : SFDFA_OUTPUTS)

/* Neurons that spike and learn, and so have a running mean of their delta. */
#define SFDFA_MEAN_DELTAS (SFDFA_HIDDEN > 0 || !SFDFA_INTEGRATES ? SFDFA_NEURONS : 0)

/* The most spikes of a neuron in a sample. */
#define SFDFA_NEURON_SPIKES (SFDFA_MAX_SPIKES < SFDFA_TICKS ? SFDFA_MAX_SPIKES : SFDFA_TICKS)

#endif
