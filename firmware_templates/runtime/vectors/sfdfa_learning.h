/*
 * sfdfa_learning.h: what learning by replay needs where vectors take the neurons of a layer together, section 8.
 */
#ifndef SFDFA_LEARNING_H
#define SFDFA_LEARNING_H

#include "sfdfa_config.h"
#include SFDFA_ORDER(sfdfa_sample.h)

/*
 * Spikes of a sample that the walk by ticks has room for, and the most inputs of a layer. Both are taken by whole
 * vectors.
 */
#define SFDFA_SPIKE_PLACES (SFDFA_NEURONS * SFDFA_NEURON_SPIKES + SFDFA_LAYERS * SFDFA_VECTOR_LANES)
#define SFDFA_MOST_INPUTS \
    (SFDFA_MAX_EVENTS > SFDFA_WIDEST_HIDDEN * SFDFA_NEURON_SPIKES ? SFDFA_MAX_EVENTS \
                                                                  : SFDFA_WIDEST_HIDDEN * SFDFA_NEURON_SPIKES)

/* Whether rows are updated byte by byte: weight and dither of 8 bits each. */
#define SFDFA_BYTE_UPDATES (SFDFA_WEIGHT_BITS == 8 && SFDFA_DITHER_BITS == 8 && SFDFA_LEAST_DITHER_BITS == 8)

/* The update of one layer, after the last tick, when the membranes are no longer needed: sections 6 to 9. */
typedef struct {
    int16_t step[SFDFA_WIDEST]; /* of each neuron, section 6 */
    uint16_t draw[SFDFA_WHOLE_VECTORS(SFDFA_WIDEST)];   /* of the neurons, masked to the bits of the dither */
    int32_t delta[SFDFA_WIDEST]; /* of each neuron, section 6 */
    uint32_t divisor[SFDFA_WIDEST]; /* of the normalised deltas, */
    uint32_t size[SFDFA_WIDEST];    /* and what is divided, then what that gave */

    /* Neurons that learn, in their order: only these have updates. What follows has a place for each of them. */
    uint16_t eligible;
    sfdfa_index_t neuron[SFDFA_WIDEST + 1]; /* those, by their number in the layer */
    uint16_t place[SFDFA_WIDEST]; /* of a neuron among them */
    int32_t eligible_step[SFDFA_WHOLE_VECTORS(SFDFA_WIDEST)]; /* of each */
    int32_t u[SFDFA_WHOLE_VECTORS(SFDFA_WIDEST)]; /* decays like A, section 8 */
    int32_t v[SFDFA_WHOLE_VECTORS(SFDFA_WIDEST)]; /* decays like B */
    int32_t s[SFDFA_WHOLE_VECTORS(SFDFA_WIDEST)]; /* of resets, decays like B */
    /* Of their spikes, place by place in each tick, or 0. */
    int32_t rho[SFDFA_TICKS * SFDFA_WHOLE_VECTORS(SFDFA_WIDEST)];
    int32_t eligible_update[SFDFA_WHOLE_VECTORS(SFDFA_WIDEST)];   /* D, in the form that the rows want */

    /* The same of every tick with inputs, neuron by neuron; in bytes see sfdfa_update_bytes. */
    uint16_t tick_update[SFDFA_TICKS * SFDFA_WHOLE_VECTORS(SFDFA_WIDEST)];
#if SFDFA_BYTE_UPDATES
    int8_t whole[SFDFA_TICKS * SFDFA_WHOLE_VECTORS(SFDFA_WIDEST)]; /* D / 256, rounded down */
    int8_t limit[SFDFA_TICKS *
                 SFDFA_WHOLE_VECTORS(SFDFA_WIDEST)]; /* the rest of D, which a dither above it carries past */
    int8_t byte_draw[SFDFA_WHOLE_VECTORS(SFDFA_WIDEST)]; /* of the neurons, the upper bit inverted */
#endif
    /* Of the inputs of the layer, masked like those of neurons. */
    uint16_t input_draw[SFDFA_WHOLE_VECTORS(SFDFA_MOST_INPUTS)];
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
    uint16_t tick_end[SFDFA_TICKS];     /* events stored when each tick was over */
    uint16_t spike_count[SFDFA_LAYERS]; /* spikes of each layer, remembered or not */
    uint32_t neuron_draw[SFDFA_NEURONS + (SFDFA_INTEGRATES ? SFDFA_OUTPUTS : 0)]; /* of all neurons in the sample */
    int32_t output_a[SFDFA_TICKS][SFDFA_RECORDS]; /* after each tick, of outputs: for those that stay silent */
    int32_t output_b[SFDFA_TICKS][SFDFA_RECORDS]; /* B, likewise */
    uint8_t event_tick[SFDFA_MAX_EVENTS + SFDFA_VECTOR_LANES - 1]; /* of each event */
    /* The spikes of this sample in order, those of a layer from sfdfa_first_spike on: */
    sfdfa_index_t spiking[SFDFA_SPIKE_PLACES];           /* the neuron, */
    uint8_t spike_tick[SFDFA_SPIKE_PLACES];              /* the tick, */
    int32_t spike_current[SFDFA_SPIKE_PLACES];           /* and A; */
    uint16_t spike_start[SFDFA_LAYERS][SFDFA_TICKS + 1]; /* among those of its layer, the first of each tick */
} sfdfa_learning_t;

/* Never needed at the same time. */
typedef union {
    sfdfa_membranes_t membranes; /* while the sample runs */
    sfdfa_update_t update; /* while it is learned */
    SFDFA_SCRATCH_OF_READOUT
    SFDFA_SCRATCH_OF_FEEDBACK
} sfdfa_scratch_t;

#endif
