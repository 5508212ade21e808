/*
 * sfdfa_learning.h: what learning by replay needs where neurons learn one after the other, section 8.
 */
#ifndef SFDFA_LEARNING_H
#define SFDFA_LEARNING_H

#include "sfdfa_config.h"
#include SFDFA_ORDER(sfdfa_sample.h)

/* A neuron on its way down through the ticks, section 8. sfdfa_cortex_m_assembly.h knows where each member lies. */
typedef struct {
    int32_t decay_s; /* of the layer: k_s, in 1/4096 */
    int32_t decay; /* of the layer: k, in 1/4096 */
    uint32_t step_size; /* its sign is below */
    uint32_t rounding;  /* of the size of D, so that D is rounded half up */
    uint32_t mask; /* makes of the draw of an input its dither or, for a positive step, the dither's complement */
    uint8_t tick; /* of the last spike met */
    uint8_t first_tick; /* where the way ends */
    uint8_t spikes_left; /* not yet met */
    sfdfa_weight_t *column; /* the cell of the neuron's weight in the first row */
    const uint32_t *spikes; /* those of the tick, in a word with others, */
    uint32_t bit; /* and which is its own */
    uint16_t *next_spike; /* sfdfa_walk_t.next_spike */
    const sfdfa_rho_t *rho; /* of its layer's spikes, in their order */
    const uint32_t *const *input_end; /* sfdfa_walk_t.input_end, if there is one */
    int32_t s; /* of resets, section 8 */
    int32_t sign; /* -1 or 0 */
    uint32_t eligibility_saturations; /* what s, E and D of the layer add to the counts */
    uint32_t update_saturations; /* clamped D, to be added likewise */

    /* Of the layer: */
    SFDFA_WALKER_OF_CORE
    sfdfa_weight_t *columns; /* the first row */
    const uint32_t *last_spikes; /* those of the last tick, from the layer's first word on */
} sfdfa_walker_t;

/* One layer, when the membranes are no longer needed: section 8. */
typedef struct {
    uint16_t next_spike[SFDFA_TICKS]; /* of each tick, the first in order whose neuron is still to come */
    bool listed; /* whether there was room for all inputs */
    /*
     * From the last tick to the first: in the upper SFDFA_DITHER_BITS the draw of an input, below its row; or as
     * cortex_m4/sfdfa_walk.h says.
     */
    uint32_t input[SFDFA_LIST_WORDS(SFDFA_LISTED_INPUTS > 0 ? SFDFA_LISTED_INPUTS : 1)];
    const uint32_t *input_end[SFDFA_TICKS + 1]; /* those of each tick, which begin where those of the tick above end */
} sfdfa_walk_t;

/* What a running sample needs in order to be learned. */
typedef struct {
    uint32_t sample_key; /* of all draws of the sample */
    sfdfa_record_t record[SFDFA_RECORDS]; /* of each output */
    sfdfa_error_t error[SFDFA_OUTPUTS]; /* e, section 6 */
    sfdfa_erring_t erring[SFDFA_OUTPUTS]; /* the outputs that have one */
    uint16_t errors; /* how many do */
    SFDFA_LEARNING_OF_RING
    SFDFA_LEARNING_OF_FEEDBACK
    uint16_t tick_end[SFDFA_TICKS]; /* events stored when each tick was over */
    uint16_t spike_count[SFDFA_LAYERS]; /* spikes of each layer, remembered or not */
    sfdfa_rho_t rho[SFDFA_SPIKE_CAPACITY + 1]; /* of the remembered ones, layer by layer; then of one that was not */
    uint32_t spikes[SFDFA_TICKS][SFDFA_SPIKE_WORDS]; /* a bit a neuron, each layer from a new word */
    sfdfa_walker_t walker; /* the neuron that is learning */
    SFDFA_LEARNING_OF_CORE
} sfdfa_learning_t;

/* Never needed at the same time. */
typedef union {
    sfdfa_membranes_t membranes; /* while the sample runs */
    sfdfa_walk_t walk; /* while it is learned */
    SFDFA_SCRATCH_OF_READOUT
    SFDFA_SCRATCH_OF_FEEDBACK
} sfdfa_scratch_t;

#endif
