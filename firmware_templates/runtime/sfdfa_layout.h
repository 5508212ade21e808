/*
 * sfdfa_layout.h: what lies in an sfdfa_t. It depends on the network and on whose kernels it has; nothing in it is for callers.
 */
#ifndef SFDFA_LAYOUT_H
#define SFDFA_LAYOUT_H

#include "sfdfa.h"

/*
 * Neurons that vectors take at a time, each a byte. Where a row is no multiple of that, its last ones reach into the next row, whose
 * weights they leave as they are, and those of the last row into a margin.
 */
#if SFDFA_WALK_BY_TICKS
#define SFDFA_VECTOR_LANES 16
#else
#define SFDFA_VECTOR_LANES 1
#endif

/* Neurons that the sums of Cortex-M0 take at a time. Of a layer with fewer they reach behind its weights and its currents. */
#define SFDFA_M0_NEURONS 12

#if SFDFA_WALK_BY_TICKS
#define SFDFA_WEIGHT_MARGIN (SFDFA_VECTOR_LANES - 1)
#define SFDFA_CURRENTS SFDFA_WHOLE_VECTORS(SFDFA_WIDEST)
#elif SFDFA_CORTEX_M4
#define SFDFA_WEIGHT_MARGIN 3 /* to the end of the last word */
#define SFDFA_CURRENTS SFDFA_WIDEST
#elif SFDFA_CORTEX_M0
#define SFDFA_WEIGHT_MARGIN (SFDFA_M0_NEURONS - 1)
#define SFDFA_CURRENTS (SFDFA_WIDEST > SFDFA_M0_NEURONS ? SFDFA_WIDEST : SFDFA_M0_NEURONS)
#else
#define SFDFA_WEIGHT_MARGIN 0
#define SFDFA_CURRENTS SFDFA_WIDEST
#endif

/* Whether the walk by ticks updates rows byte by byte: weight and dither of 8 bits each. */
#if SFDFA_WALK_BY_TICKS && !SFDFA_TRACES && SFDFA_WEIGHT_BITS == 8 && SFDFA_DITHER_BITS == 8 && SFDFA_LEAST_DITHER_BITS == 8
#define SFDFA_BYTE_UPDATES 1
#else
#define SFDFA_BYTE_UPDATES 0
#endif

#define SFDFA_WHOLE_VECTORS(neurons) (((neurons) + SFDFA_VECTOR_LANES - 1) / SFDFA_VECTOR_LANES * SFDFA_VECTOR_LANES)

#if SFDFA_WEIGHT_BITS == 16
typedef int16_t sfdfa_weight_t;
#elif SFDFA_WEIGHT_BITS == 8
typedef int8_t sfdfa_weight_t;
#else
typedef uint8_t sfdfa_weight_t; /* two weights of 4 bits, the lower neuron in the low nibble */
#endif

#if SFDFA_STATE_BITS == 16
typedef int16_t sfdfa_state_t;
#else
typedef int32_t sfdfa_state_t;
#endif

#if SFDFA_INDEX_BITS == 8
typedef uint8_t sfdfa_index_t; /* of a channel or a neuron */
#else
typedef uint16_t sfdfa_index_t;
#endif

#if SFDFA_EXACT_GRADIENT
typedef uint16_t sfdfa_rho_t;
#else
typedef uint8_t sfdfa_rho_t;
#endif

/* A sample of the ring as it is read and written, section 12: its label, the number of its events, and the events. */
#define SFDFA_SLOT_BYTES (4 + 3L * SFDFA_MAX_EVENTS)

/* Whether there are neurons that spike and learn. */
#define SFDFA_HAS_MEAN_DELTA (SFDFA_LEARNS && (SFDFA_HIDDEN > 0 || !SFDFA_INTEGRATES))

/* What learning changes, section 3. */
typedef struct {
    sfdfa_weight_t weights[SFDFA_WEIGHT_CELLS + SFDFA_WEIGHT_MARGIN]; /* in cells: SFDFA_CELL_FLIP */
#if SFDFA_FEEDBACK_CELLS > 0
    int8_t feedback[SFDFA_FEEDBACK_CELLS + SFDFA_VECTOR_LANES - 1];
#endif
#if SFDFA_HAS_MEAN_DELTA
    int32_t mean_delta[SFDFA_NEURONS];
#endif
#if SFDFA_LEARNS && SFDFA_HIDDEN > 0
    uint16_t mean_rate[SFDFA_HIDDEN];
#endif
    uint32_t samples;
    uint16_t rate_scale;
#if SFDFA_ASK_DOWN > 0
    uint16_t ask_bound;
#endif
#if SFDFA_RING_SLOTS > 0
    uint32_t stored;
    uint8_t ring[SFDFA_RING_SLOTS * SFDFA_SLOT_BYTES];
#endif
} sfdfa_learned_t;

#if SFDFA_INTEGRATES

/* Inputs of the output layer of which kappa is kept while the sample runs; that of a hidden neuron comes late enough where memory is scarce. */
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
/* While grades are sent through the layers, section 7a. */
typedef struct {
    int32_t sum[SFDFA_WIDEST > SFDFA_OUTPUTS ? SFDFA_WIDEST : SFDFA_OUTPUTS]; /* what the neurons of the layer at hand get */
    int16_t grade[SFDFA_WIDEST]; /* what those of the layer before send */
} sfdfa_residual_t;
#endif

#endif

#if !SFDFA_INTEGRATES && SFDFA_TARGET_TRUE < 128 && SFDFA_TARGET_FALSE < 128
typedef int8_t sfdfa_error_t;
#else
typedef int16_t sfdfa_error_t;
#endif

/* An output with an error. */
typedef struct {
    sfdfa_error_t error;
    sfdfa_index_t output;
} sfdfa_erring_t;


/* A neuron on its way down through the ticks, section 8. sfdfa_cortex_m_assembly.h knows where each member lies. */
typedef struct {
    int32_t decay_s;
    int32_t decay;
    uint32_t step_size; /* its sign is below */
    uint32_t rounding;  /* of the size of D, so that D is rounded half up */
    uint32_t mask;      /* makes of the draw of an input its dither or, for a positive step, the dither's complement */
    uint8_t tick;           /* of the last spike met */
    uint8_t first_tick;     /* where the way ends */
    uint8_t spikes_left;    /* not yet met */
    sfdfa_weight_t *column; /* the cell of the neuron's weight in the first row */
    const uint32_t *spikes; /* those of the tick, in a word with others, */
    uint32_t bit;           /* and which is its own */
    uint16_t *next_spike;   /* sfdfa_walk_t.next_spike */
    const sfdfa_rho_t *rho; /* of its layer's spikes, in their order */
    const uint32_t *const *input_end; /* sfdfa_walk_t.input_end, if there is one */
    int32_t s;
    int32_t sign;        /* -1 or 0 */
    uint32_t eligibility_saturations; /* what s, E and D of the layer add to the counts */
    uint32_t update_saturations;

    /* Of the layer: */
#if SFDFA_CORTEX_M4
    uint16_t row; /* cells of the weights of one input */
#endif
    sfdfa_weight_t *columns;     /* the first row */
    const uint32_t *last_spikes; /* those of the last tick, from the layer's first word on */
} sfdfa_walker_t;

#if SFDFA_COMPACT
#include "compact/sfdfa_compact.h"
#else

typedef struct {
    sfdfa_state_t a;
    sfdfa_state_t b;
} sfdfa_membrane_t;

/* Membranes: needed until the last tick, section 5. */
typedef struct {
#if SFDFA_WALK_BY_TICKS
    sfdfa_state_t a[SFDFA_NEURONS + SFDFA_VECTOR_LANES - 1];
    sfdfa_state_t b[SFDFA_NEURONS + SFDFA_VECTOR_LANES - 1];
    uint32_t reached[(SFDFA_WIDEST + 31) / 32]; /* a bit for each neuron of the layer at hand that is to fire */
#else
    sfdfa_membrane_t neuron[SFDFA_NEURONS];
#endif
    int32_t current[SFDFA_CURRENTS]; /* X of the layer at hand, if it has inputs in this tick; then A of each that spikes */
} sfdfa_membranes_t;

/* What a running sample needs, learned or not. */
typedef struct {
    bool begun;           /* and takes events */
    bool learns;
    bool narrow;          /* all states of the layer at hand are below 2^19 and their limit */
#if SFDFA_CORTEX_M4
    bool packed;          /* its sums of this tick lie two to a word */
#endif
    uint8_t tick;         /* the tick that is being filled */
    uint8_t done;         /* first layers in which no neuron spikes any more */
    bool coasts;          /* whether the layer after those has no inputs any more, */
    uint16_t coasting;    /* how many of its neurons are still stepped, */
    uint16_t left;        /* and how many of them may still spike */
    uint16_t events;      /* stored so far */
    uint16_t tick_start;  /* of them, those of earlier ticks */
#if SFDFA_DECIDE_MARGIN > 0
    bool decided;
    uint8_t ticks_run;    /* if it is; */
    uint16_t ignored;     /* events that came later, */
    uint8_t ignored_tick; /* and the last of them */
    uint16_t last_ignored;
#endif
    uint32_t inputs[SFDFA_LAYERS]; /* of each layer so far */
    uint8_t counts[SFDFA_NEURONS];
    sfdfa_index_t may_spike[SFDFA_WIDEST_HIDDEN]; /* neurons of the layer that coasts */
    sfdfa_index_t event[SFDFA_MAX_EVENTS + SFDFA_VECTOR_LANES - 1];
    sfdfa_index_t spiking[SFDFA_SPIKE_LISTS][SFDFA_WIDEST]; /* neurons of a layer that spiked in this tick */
#if SFDFA_INTEGRATES
    sfdfa_readout_t readout;
#endif
} sfdfa_sample_t;

#define SFDFA_NEURON_SPIKES (SFDFA_MAX_SPIKES < SFDFA_TICKS ? SFDFA_MAX_SPIKES : SFDFA_TICKS) /* the most of one sample */

/* Spikes of a sample that the walk by ticks has room for, and the most inputs of a layer. Both are taken by whole vectors. */
#define SFDFA_SPIKE_PLACES (SFDFA_NEURONS * SFDFA_NEURON_SPIKES + SFDFA_LAYERS * SFDFA_VECTOR_LANES)
#define SFDFA_MOST_INPUTS \
    (SFDFA_MAX_EVENTS > SFDFA_WIDEST_HIDDEN * SFDFA_NEURON_SPIKES ? SFDFA_MAX_EVENTS : SFDFA_WIDEST_HIDDEN * SFDFA_NEURON_SPIKES)

#if SFDFA_LEARNS
#if SFDFA_TRACES || SFDFA_WALK_BY_TICKS
/* The update of one layer, after the last tick, when the membranes are no longer needed: sections 6 to 9. */
typedef struct {
    int16_t step[SFDFA_WIDEST];
    uint16_t draw[SFDFA_WHOLE_VECTORS(SFDFA_WIDEST)];   /* of the neurons, masked to the bits of the dither */
#if SFDFA_TRACES
    uint16_t update[SFDFA_WIDEST]; /* D + 2^15 */
#else
    int32_t delta[SFDFA_WIDEST];
    uint32_t divisor[SFDFA_WIDEST]; /* of the normalised deltas, */
    uint32_t size[SFDFA_WIDEST];    /* and what is divided, then what that gave */

    /* Neurons that learn, in their order: only these have updates. What follows has a place for each of them. */
    uint16_t eligible;
    sfdfa_index_t neuron[SFDFA_WIDEST + 1];
    uint16_t place[SFDFA_WIDEST]; /* of a neuron among them */
    int32_t eligible_step[SFDFA_WHOLE_VECTORS(SFDFA_WIDEST)];
    int32_t u[SFDFA_WHOLE_VECTORS(SFDFA_WIDEST)];
    int32_t v[SFDFA_WHOLE_VECTORS(SFDFA_WIDEST)];
    int32_t s[SFDFA_WHOLE_VECTORS(SFDFA_WIDEST)];
    int32_t rho[SFDFA_TICKS * SFDFA_WHOLE_VECTORS(SFDFA_WIDEST)]; /* of their spikes, place by place in each tick, or 0 */
    int32_t eligible_update[SFDFA_WHOLE_VECTORS(SFDFA_WIDEST)];   /* D, in the form that the rows want */

    /* The same of every tick with inputs, neuron by neuron; in bytes see sfdfa_update_bytes. */
    uint16_t tick_update[SFDFA_TICKS * SFDFA_WHOLE_VECTORS(SFDFA_WIDEST)];
#if SFDFA_BYTE_UPDATES
    int8_t whole[SFDFA_TICKS * SFDFA_WHOLE_VECTORS(SFDFA_WIDEST)];
    int8_t limit[SFDFA_TICKS * SFDFA_WHOLE_VECTORS(SFDFA_WIDEST)];
    int8_t byte_draw[SFDFA_WHOLE_VECTORS(SFDFA_WIDEST)];
#endif
    uint16_t input_draw[SFDFA_WHOLE_VECTORS(SFDFA_MOST_INPUTS)]; /* of the inputs of the layer, masked like those of neurons */
#endif
} sfdfa_update_t;

#else
/* What there is room for where the membranes were. */
#define SFDFA_MEMBRANE_BYTES (SFDFA_NEURONS * (SFDFA_STATE_BITS / 4L) + 4L * SFDFA_WIDEST)
#define SFDFA_WALK_WORDS ((SFDFA_MEMBRANE_BYTES - 6L * SFDFA_TICKS - 10) / 4)

/*
 * Inputs of a layer that can be listed; a layer with more of them draws the dither of an input for each neuron anew. There is more room than that of the
 * membranes if events need it, up to a fourth of what the weights take.
 */
#define SFDFA_MOST_LISTED (SFDFA_WEIGHT_CELLS * (SFDFA_WEIGHT_BITS > 8 ? 2L : 1L) / 16)
#define SFDFA_LISTED_EVENTS (SFDFA_MAX_EVENTS < SFDFA_MOST_LISTED ? SFDFA_MAX_EVENTS : SFDFA_MOST_LISTED)
#ifndef SFDFA_LISTED_INPUTS
#if SFDFA_WEIGHT_CELLS > 1L << (31 - SFDFA_DITHER_BITS)
#define SFDFA_LISTED_INPUTS 0
#elif SFDFA_WALK_WORDS > SFDFA_LISTED_EVENTS
#define SFDFA_LISTED_INPUTS SFDFA_WALK_WORDS
#else
#define SFDFA_LISTED_INPUTS SFDFA_LISTED_EVENTS
#endif
#endif

#if SFDFA_CORTEX_M4
/* Inputs are listed by fours, of three words; a tick with inputs takes a word more, and its first four may not be whole. */
#define SFDFA_TICKS_OF(inputs) ((inputs) < SFDFA_TICKS ? (inputs) : SFDFA_TICKS)
#define SFDFA_LIST_WORDS(inputs) ((3 * (inputs) + 13 * SFDFA_TICKS_OF(inputs) + 3) / 4)
#else
#define SFDFA_LIST_WORDS(inputs) (inputs)
#endif

/* One layer, when the membranes are no longer needed: section 8. */
typedef struct {
    uint16_t next_spike[SFDFA_TICKS]; /* of each tick, the first in order whose neuron is still to come */
#if SFDFA_LISTED_INPUTS > 0
    bool listed;                                 /* whether there was room for all inputs */
    /* From the last tick to the first: in the upper SFDFA_DITHER_BITS the draw of an input, below its row; or as sfdfa_list_fours.h says. */
    uint32_t input[SFDFA_LIST_WORDS(SFDFA_LISTED_INPUTS)];
    const uint32_t *input_end[SFDFA_TICKS + 1];  /* those of each tick, which begin where those of the tick above end */
#endif
} sfdfa_walk_t;
#endif

/*
 * Whether S of an output is summed when it spikes, and not while the sample runs: where grades come from the first spikes of one layer only, and all
 * of them together cannot reach the limit of S. 14 less the most bits of a dither is the least of the weights' fraction bits. Weights of 4 bits take
 * longer in one nibble than in the other.
 */
#if SFDFA_LEARNS_FEEDBACK && SFDFA_LAYERS == 2 && SFDFA_WEIGHT_BITS > 4 && \
    SFDFA_HIDDEN * ((INT32_C(64) << (SFDFA_WEIGHT_BITS - 1) >> (14 - SFDFA_DITHER_BITS)) + 1) <= INT16_MAX
#define SFDFA_LATE_GRADES 1
#else
#define SFDFA_LATE_GRADES 0
#endif

#if !SFDFA_INTEGRATES
/* Where a silent output came closest to its threshold. */
typedef struct {
    int32_t potential; /* the highest B - A, */
    sfdfa_state_t current; /* its A */
    uint8_t tick;          /* and its tick */
} sfdfa_record_t;
#endif

/* What a running sample needs in order to be learned. */
typedef struct {
    uint32_t sample_key;
#if !SFDFA_INTEGRATES
    sfdfa_record_t record[SFDFA_OUTPUTS];
#endif
    sfdfa_error_t error[SFDFA_OUTPUTS];   /* e */
    sfdfa_erring_t erring[SFDFA_OUTPUTS]; /* the outputs that have one, */
    uint16_t errors;                      /* and how many do */
#if SFDFA_RING_SLOTS > 0
    uint8_t held[SFDFA_SLOT_BYTES]; /* the sample as it will lie in the ring */
#endif
#if SFDFA_RESIDUAL_FEEDBACK
    uint8_t turn;                        /* the layer whose feedback learns, */
    int32_t residual[SFDFA_OUTPUTS];     /* R, */
    uint16_t output_draw[SFDFA_OUTPUTS]; /* and for the dither of feedback */
#endif
#if SFDFA_LEARNS_FEEDBACK
#if SFDFA_LATE_GRADES && SFDFA_WALK_BY_TICKS
    uint16_t probes;                 /* first spikes of hidden neurons so far; */
    uint16_t taken;                  /* how many of them are in late_sum; */
    int16_t probe[SFDFA_HIDDEN + 1]; /* their neurons, or the complement where the grade is negative */
    int32_t late_sum[SFDFA_WHOLE_VECTORS(SFDFA_OUTPUTS)]; /* S as of the last tick in which an output spiked */
#elif SFDFA_LATE_GRADES
    uint16_t probes;               /* first spikes of hidden neurons so far; */
    uint16_t taken[SFDFA_OUTPUTS]; /* how many of them an output's last spike has seen; */
    int16_t probe[SFDFA_HIDDEN];   /* their neurons, or the complement where the grade is negative */
#else
    int16_t grade[SFDFA_SPIKE_LISTS][SFDFA_WIDEST_HIDDEN]; /* of the spikes in sfdfa_sample_t.spiking */
    int16_t grade_sum[SFDFA_GRADED_NEURONS];               /* S of the layers after the first */
#endif
    int16_t output_grade[SFDFA_WHOLE_VECTORS(SFDFA_OUTPUTS)]; /* d */
    uint16_t output_draw[SFDFA_WHOLE_VECTORS(SFDFA_OUTPUTS)]; /* for the dither of feedback */
#endif
#if SFDFA_TRACES
    int32_t trace_a[SFDFA_INPUTS];
    int32_t trace_b[SFDFA_INPUTS];
    int16_t lambda[SFDFA_NEURONS];
    int16_t reset_trace[SFDFA_SYNAPSES];
    int16_t eligibility[SFDFA_SYNAPSES];
#else
    uint16_t tick_end[SFDFA_TICKS];         /* events stored when each tick was over */
    uint16_t spike_count[SFDFA_LAYERS];     /* spikes of this sample, remembered or not */
#if SFDFA_WALK_BY_TICKS
    uint32_t neuron_draw[SFDFA_NEURONS + (SFDFA_INTEGRATES ? SFDFA_OUTPUTS : 0)];
#if !SFDFA_INTEGRATES
    int32_t output_a[SFDFA_TICKS][SFDFA_OUTPUTS]; /* after each tick, of outputs: for those that stay silent */
    int32_t output_b[SFDFA_TICKS][SFDFA_OUTPUTS];
#endif
    uint8_t event_tick[SFDFA_MAX_EVENTS + SFDFA_VECTOR_LANES - 1];
    /* The spikes of this sample in order, those of a layer from sfdfa_first_spike on: */
    sfdfa_index_t spiking[SFDFA_SPIKE_PLACES];           /* the neuron, */
    uint8_t spike_tick[SFDFA_SPIKE_PLACES];              /* the tick, */
    int32_t spike_current[SFDFA_SPIKE_PLACES];           /* and A; */
    uint16_t spike_start[SFDFA_LAYERS][SFDFA_TICKS + 1]; /* among those of its layer, the first of each tick */
#else
    sfdfa_rho_t rho[SFDFA_SPIKE_CAPACITY + 1]; /* of the remembered ones, layer by layer; then of one that was not */
    uint32_t spikes[SFDFA_TICKS][SFDFA_SPIKE_WORDS]; /* a bit a neuron, each layer from a new word */
    sfdfa_walker_t walker;                           /* the neuron that is learning */
#if SFDFA_CORTEX_M4
    uint16_t spike_start[SFDFA_LAYERS][SFDFA_TICKS]; /* how many spikes a layer had before each tick */
#endif
#endif
#endif
} sfdfa_learning_t;
#endif

/* Never needed at the same time. */
typedef union {
    sfdfa_membranes_t membranes;
#if SFDFA_LEARNS && (SFDFA_TRACES || SFDFA_WALK_BY_TICKS)
    sfdfa_update_t update;
#elif SFDFA_LEARNS
    sfdfa_walk_t walk;
#endif
#if SFDFA_INTEGRATES && SFDFA_LEARNS
    sfdfa_output_update_t output_update;
#endif
#if SFDFA_RESIDUAL_FEEDBACK
    sfdfa_residual_t residual;
#endif
} sfdfa_scratch_t;

#endif

struct sfdfa {
    sfdfa_sample_t sample;
    sfdfa_saturations_t saturations;
    sfdfa_scratch_t scratch;
#if SFDFA_LEARNS
    sfdfa_learning_t learning;
#endif
    bool accepted; /* false from the first sfdfa_state_write until sfdfa_state_accept */
    sfdfa_learned_t learned;
};

/* Here, whichever of both headers comes first, the compiler knows how large it is. */
static inline int sfdfa_init(sfdfa_t *net)
{
    return SFDFA_CHECKED_INIT(net, sizeof(sfdfa_t));
}

#endif
