/*
 * sfdfa_internal.h: what the files of the runtime share, and the tables that the generated sfdfa_network.c defines.
 */
#ifndef SFDFA_INTERNAL_H
#define SFDFA_INTERNAL_H

#include "sfdfa.h"
#include "sfdfa_flash.h"
#include "sfdfa_frames.h"

/*
 * Before the two functions that do all the work of a tick and of learning. A build for a processor with vectors can define it so
 * that they are compiled as a whole for several kinds of it, see sfdfa_native.c.
 */
#ifndef SFDFA_HOT
#define SFDFA_HOT
#endif

/* Whether sums over rows take four weights of a row at a time: not where there are vectors, or no words of 32 bits. */
#ifndef SFDFA_PACKED
#if SFDFA_WEIGHT_BITS == 8 && !SFDFA_WALK_BY_TICKS && !SFDFA_CORTEX_M0 && !SFDFA_CORTEX_M4 && defined(__GNUC__) && !defined(__AVR__)
#define SFDFA_PACKED 1
#else
#define SFDFA_PACKED 0
#endif
#endif

/* What is exclusive or with a weight in its cell. The kernels of Cortex-M0 want weights that are raised by 128, so that their sums never borrow. */
#if SFDFA_CORTEX_M0
#define SFDFA_CELL_FLIP (-128)
#else
#define SFDFA_CELL_FLIP 0
#endif

/* Whether learning updates whole rows of weights, and so needs something of every neuron. */
#define SFDFA_UPDATES_ROWS (SFDFA_TRACES || SFDFA_WALK_BY_TICKS)

/* Whether the walk goes by ticks: what it wants is then noted neuron by neuron and tick by tick, and looked at in vectors. */
#define SFDFA_REPLAYS_TICKS (SFDFA_LEARNS && !SFDFA_TRACES && !SFDFA_COMPACT && SFDFA_WALK_BY_TICKS)

/* Before a loop that is to become vectors: gcc would write it out first where it is short, and then find none. */
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 8
#define SFDFA_VECTORS _Pragma("GCC unroll 1")
#else
#define SFDFA_VECTORS
#endif

/*
 * Before a loop of which the end costs as much as its work, where there is room for code. Not on processors of which the cycles are known
 * exactly, where copies of a loop that take different times would make them depend on which neurons spike.
 */
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 8 && !defined(__OPTIMIZE_SIZE__) && !defined(__riscv) && \
    !defined(__ARM_ARCH_6M__)
#define SFDFA_UNROLL _Pragma("GCC unroll 4")
#define SFDFA_UNROLL_OUTPUTS _Pragma("GCC unroll 16") /* the whole loop, where there are no more outputs than that */
#else
#define SFDFA_UNROLL
#define SFDFA_UNROLL_OUTPUTS
#endif

/*
 * A loop that is a function of its own on Cortex-M0, which has so few registers that what is moved about where a loop is left would depend on
 * the way through it.
 */
#if defined(__ARM_ARCH_6M__) && defined(__GNUC__)
#define SFDFA_OWN_LOOP __attribute__((noinline))
#else
#define SFDFA_OWN_LOOP inline
#endif

/* Constants of one layer, section 2, and where its parts begin in the arrays of sfdfa_t. */
typedef struct {
    uint16_t inputs;
    uint16_t neurons;
    uint16_t row;           /* cells of the weights of one input */
    uint16_t spike_capacity;
    uint32_t first_weight;
    uint32_t first_feedback;
    uint32_t first_synapse; /* of reset_trace and eligibility */
    uint16_t first_input;   /* of trace_a and trace_b */
    uint16_t first_neuron;
    uint16_t first_rho;
    uint16_t first_spike_word;
    int32_t threshold;
    int32_t state_limit;
    bool can_saturate; /* false: proven that no state of this layer reaches its limit */
    uint16_t narrow_inputs; /* after how many inputs of a sample all states are proven to be below 2^19 and their limit */
    int32_t quiet_below;    /* what proves that a neuron spikes no more, sfdfa_coast.h */
    uint16_t quiet_factor;
    uint8_t quiet_shift;
    uint32_t rate;
    uint16_t decay_s;
    uint16_t decay;
    int8_t input_shift;
    uint8_t dither_bits;
    uint8_t weight_fraction_bits;
} sfdfa_layer_t;

typedef const SFDFA_FLASH sfdfa_layer_t sfdfa_layer_table_t;

extern sfdfa_layer_table_t sfdfa_layers[SFDFA_LAYERS];
extern const SFDFA_FLASH sfdfa_weight_t sfdfa_initial_weights[SFDFA_WEIGHT_CELLS];
#if SFDFA_FEEDBACK_CELLS > 0
extern const SFDFA_FLASH int8_t sfdfa_initial_feedback[SFDFA_FEEDBACK_CELLS];
#endif
#if SFDFA_STARTS_LEARNED && SFDFA_HAS_MEAN_DELTA
extern const SFDFA_FLASH int32_t sfdfa_initial_mean_delta[SFDFA_NEURONS];
#if SFDFA_HIDDEN > 0
extern const SFDFA_FLASH uint16_t sfdfa_initial_mean_rate[SFDFA_HIDDEN];
#endif
#endif

#if SFDFA_STARTS_LEARNED && SFDFA_RING_SLOTS > 0
extern const SFDFA_FLASH uint8_t sfdfa_initial_ring[SFDFA_RING_SLOTS * SFDFA_SLOT_BYTES];
#endif

/* A and B of a neuron as they are stored, numbered over all layers. */
#if SFDFA_WALK_BY_TICKS
#define SFDFA_A(net, number) ((net)->scratch.membranes.a[number])
#define SFDFA_B(net, number) ((net)->scratch.membranes.b[number])
#else
#define SFDFA_A(net, number) ((net)->scratch.membranes.neuron[number].a)
#define SFDFA_B(net, number) ((net)->scratch.membranes.neuron[number].b)
#endif

/* What is stored for a state, and the state of what is stored: sfdfa_cortex_m4.S wants them negated. */
#if SFDFA_CORTEX_M4
#define SFDFA_STORED(state) (-(state))
#else
#define SFDFA_STORED(state) (state)
#endif

#if SFDFA_REPLAYS_TICKS

/* Where the spikes of a layer begin in sfdfa_learning_t. What is stored by whole vectors may reach a little past them. */
static inline uint32_t sfdfa_first_spike(uint8_t layer_index)
{
    return (uint32_t)sfdfa_layers[layer_index].first_neuron * SFDFA_NEURON_SPIKES + (uint32_t)layer_index * SFDFA_VECTOR_LANES;
}

#endif

/* The inputs of a layer in one tick. `grades` is a null pointer where all are 0. */
typedef struct {
    const sfdfa_index_t *index;
    const int16_t *grades;
    uint16_t count;
} sfdfa_inputs_t;

/* Called after every tick where a build wants to watch, and whether it does: then no neuron is left out. sfdfa_native.c defines them. */
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

#if SFDFA_DECIDE_MARGIN > 0
/* A tick that is not run, after the sample was decided. */
void sfdfa_forward_skip(sfdfa_t *net);
#endif

#if SFDFA_RING_SLOTS > 0
/* sfdfa.c: run the sample of a slot and learn it, as one of the class that it has. */
void sfdfa_learn_slot(sfdfa_t *net, const uint8_t *slot);

/* sfdfa_ring.c: */

/* Begin to hold a sample, and take its next event. */
void sfdfa_ring_begin(sfdfa_t *net);
void sfdfa_ring_event(sfdfa_t *net, uint8_t tick, uint16_t channel);

/* Learn some samples of the ring again. */
void sfdfa_ring_rehearse(sfdfa_t *net);

/* Put the sample that is held into the ring, with its label or with SFDFA_NO_LABEL. */
void sfdfa_ring_store(sfdfa_t *net, int32_t label);

/* Whether what was written is a ring. */
bool sfdfa_ring_is_sound(const sfdfa_learned_t *learned);
#endif

#if SFDFA_LEARNS
/* sfdfa_learn.c: errors, steps, feedback and weights of every layer for a sample of class `label`. */
void sfdfa_learn_sample(sfdfa_t *net, uint16_t label);

#if !SFDFA_INTEGRATES
/* sfdfa_learn.c: whether this output stayed silent and is to learn from a virtual spike, section 8. */
bool sfdfa_has_virtual_spike(const sfdfa_t *net, uint16_t output);
#endif

/* sfdfa_learn.c: whether a neuron has anything to learn from: a spike in this sample, or a virtual one. */
bool sfdfa_is_eligible(const sfdfa_t *net, uint8_t layer_index, uint16_t neuron);

#if !SFDFA_COMPACT

/* sfdfa_replay.c or sfdfa_trace.c, whichever the network uses: */

/* Forget the last sample. */
void sfdfa_eligibility_begin(sfdfa_t *net);

/* Neurons of a layer, one or more, have just spiked, and have been counted; their A lies where the currents were or, with vectors, in spike_current. */
void sfdfa_eligibility_spikes(sfdfa_t *net, uint8_t layer_index, const sfdfa_index_t *spikes, uint16_t count);

#if SFDFA_TRACES || SFDFA_WALK_BY_TICKS
/* Before the neurons of a layer are stepped. */
void sfdfa_eligibility_inputs(sfdfa_t *net, uint8_t layer_index, sfdfa_inputs_t inputs);
#endif

#if SFDFA_TRACES && !SFDFA_INTEGRATES
/* The record of a silent output has just changed. */
void sfdfa_eligibility_record(sfdfa_t *net, uint16_t output);
#endif

#endif

/*
 * sfdfa_walk_neurons.c, sfdfa_walk_ticks.c, sfdfa_trace.c or sfdfa_compact.c: change the weights of a layer, once the sample is over. Between
 * begin and end, its neurons come one after the other, each with its step and its draw for the dither.
 */
void sfdfa_eligibility_begin_layer(sfdfa_t *net, uint8_t layer_index);
void sfdfa_eligibility_learn(sfdfa_t *net, uint8_t layer_index, uint16_t i, int16_t step, uint16_t draw);
void sfdfa_eligibility_end_layer(sfdfa_t *net, uint8_t layer_index);
#endif

#endif
