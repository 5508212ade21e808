/*
 * sfdfa_internal.h: what the files of the runtime share, and the tables that the generated sfdfa_network.c defines.
 */
#ifndef SFDFA_INTERNAL_H
#define SFDFA_INTERNAL_H

#include "sfdfa.h"
#include "sfdfa_compiler.h"

/*
 * Constants of one layer, section 2, and where its parts begin in the arrays of sfdfa_t. The generator writes them, and
 * every pass through the layer reads them.
 */
typedef struct {
    uint16_t inputs; /* M, channels or neurons of the layer before */
    uint16_t neurons; /* N */
    uint16_t row;           /* cells of the weights of one input */
    uint16_t spike_capacity; /* spikes that one sample can remember */
    uint32_t first_weight; /* cell of learned.weights */
    uint32_t first_feedback; /* of learned.feedback */
    uint32_t first_synapse; /* of reset_trace and eligibility */
    uint16_t first_input;   /* of trace_a and trace_b */
    uint16_t first_neuron; /* of all that has a place for each neuron */
    uint16_t first_rho; /* of learning.rho */
    uint16_t first_spike_word; /* of a row of learning.spikes */
    int32_t threshold; /* c, in 2^-F_a */
    int32_t state_limit; /* of A and B, in 2^-F_a */
    bool can_saturate; /* false: proven that no state of this layer reaches its limit */
    /* After how many inputs of a sample all states are proven to be below 2^19 and their limit. */
    uint16_t narrow_inputs;
    int32_t quiet_below;    /* what proves that a neuron spikes no more, scalar/sfdfa_integrate.h */
    uint16_t quiet_factor; /* to be read with quiet_below */
    uint8_t quiet_shift; /* of quiet_factor */
    uint32_t rate; /* eta tau / c, in 2^-20 */
    uint16_t decay_s; /* k_s, of A, in 1/4096 */
    uint16_t decay; /* k, of B, in 1/4096 */
    int8_t input_shift; /* rshift from a weight's unit to that of states */
    uint8_t dither_bits; /* of the dither of a weight's update */
    uint8_t weight_fraction_bits; /* F_w */
#if SFDFA_FREE_RESETS
    int32_t reset;         /* what a spike takes away from B, */
    int32_t reset_to_zero; /* or -1: it makes A of B; else 0 */
#endif
} sfdfa_layer_t;

#ifdef SFDFA_LATE_CONSTANTS
/* One library of the host does for all networks of a shape: sfdfa_native_configure sets these. */
typedef sfdfa_layer_t sfdfa_layer_table_t;
extern uint32_t sfdfa_late_seed;
extern int32_t sfdfa_late_output_rate;
#else
typedef const SFDFA_FLASH sfdfa_layer_t sfdfa_layer_table_t;
#endif

extern sfdfa_layer_table_t sfdfa_layers[SFDFA_LAYERS];
extern const SFDFA_FLASH int16_t sfdfa_biases[SFDFA_NEURONS]; /* where SFDFA_BIASED */
extern const SFDFA_FLASH sfdfa_weight_t sfdfa_initial_weights[SFDFA_WEIGHT_CELLS];
extern const SFDFA_FLASH int8_t sfdfa_initial_feedback[SFDFA_FEEDBACK_PLACES];
/* Where it starts from a state that was built in. */
extern const SFDFA_FLASH int32_t sfdfa_initial_mean_delta[SFDFA_NEURONS];
extern const SFDFA_FLASH uint16_t sfdfa_initial_mean_rate[SFDFA_HIDDEN_PLACES];

extern const SFDFA_FLASH uint8_t sfdfa_initial_ring[]; /* where there is a ring, and a state that was built in */

/* The inputs of a layer in one tick. `grades` is a null pointer where all are 0. */
typedef struct {
    const sfdfa_index_t *index; /* of each input in its layer */
    const int16_t *grades; /* of each input, in the unit of G */
    uint16_t count; /* how many there are */
} sfdfa_inputs_t;

/* Take no more events. */
static inline void sfdfa_close_sample(sfdfa_sample_t *sample)
{
    sample->begun = false;
    sample->channels_left = 0;
}

/*
 * Where SFDFA_BIASED: add the bias of a layer to its currents of this tick, or put it in their place if there are none.
 * Returns whether there are some now. Both have the same unit.
 */
bool sfdfa_add_bias(sfdfa_t *net, uint8_t layer_index, bool has_currents);

/*
 * Called after every tick where a build wants to watch, and whether it does: then no neuron is left out. sfdfa_native.c
 * defines them.
 */
#ifdef SFDFA_WATCH_TICKS
void sfdfa_watch_tick(const sfdfa_t *net);
bool sfdfa_is_watched(void);
#else
static inline bool sfdfa_is_watched(void)
{
    return false;
}

static inline void sfdfa_watch_tick(const sfdfa_t *net)
{
    (void)net;
}
#endif

/* sfdfa_forward.c or sfdfa_compact.c, whichever the build uses: */

/* Forget the last sample. */
void sfdfa_forward_begin(sfdfa_t *net);

/* One tick of every layer; its events are those from `tick_start` on. */
void sfdfa_forward_tick(sfdfa_t *net);

/* After the last tick. Returns the prediction. */
uint16_t sfdfa_forward_end(sfdfa_t *net);

/* A tick that is not run, after the sample was decided. */
void sfdfa_forward_skip(sfdfa_t *net);

/* sfdfa.c: run the sample of a slot and learn it, as one of the class that it has. */
bool sfdfa_learn_slot(sfdfa_t *net, const uint8_t *slot);

/* sfdfa_rehearsal.c: */

/* Begin to hold a sample, and take its next event. */
void sfdfa_ring_begin(sfdfa_t *net);
void sfdfa_ring_event(sfdfa_t *net, uint8_t tick, uint16_t channel);

/* Learn some samples of the ring again. */
void sfdfa_ring_rehearse(sfdfa_t *net);

/* Put the sample that is held into the ring, with its label or with SFDFA_NO_LABEL. */
void sfdfa_ring_store(sfdfa_t *net, int32_t label);

/* Whether what was written is a ring. */
bool sfdfa_ring_is_sound(const sfdfa_learned_t *learned);

/* sfdfa_learn.c: errors, steps, feedback and weights of every layer for a sample of class `label`. */
void sfdfa_learn_sample(sfdfa_t *net, uint16_t label);

/* sfdfa_learn.c: whether this output stayed silent and is to learn from a virtual spike, section 8. */
bool sfdfa_has_virtual_spike(const sfdfa_t *net, uint16_t output);

/* sfdfa_learn.c: whether a neuron has anything to learn from: a spike in this sample, or a virtual one. */
bool sfdfa_is_eligible(const sfdfa_t *net, uint8_t layer_index, uint16_t neuron);

/* sfdfa_replay.c, sfdfa_walk_ticks.c or sfdfa_trace.c: */

/* Forget the last sample. */
void sfdfa_eligibility_begin(sfdfa_t *net);

/*
 * Neurons of a layer, one or more, have just spiked, and have been counted; their A lies where the currents were or,
 * with vectors, in spike_current.
 */
void sfdfa_eligibility_spikes(sfdfa_t *net, uint8_t layer_index, const sfdfa_index_t *spikes, uint16_t count);

/*
 * sfdfa_replay.c, sfdfa_walk_ticks.c, sfdfa_trace.c or sfdfa_compact.c: change the weights of a layer, once the
 * sample is over. Between begin and end, its neurons come one after the other, each with its step and its draw for the
 * dither.
 */
void sfdfa_eligibility_begin_layer(sfdfa_t *net, uint8_t layer_index);
void sfdfa_eligibility_learn(sfdfa_t *net, uint8_t layer_index, uint16_t i, int16_t step, uint16_t draw);
void sfdfa_eligibility_end_layer(sfdfa_t *net, uint8_t layer_index);

#endif
