/*
 * sfdfa_learning.h: a sample that is run, and learned, neuron by neuron after its last event.
 */
#ifndef SFDFA_LEARNING_H
#define SFDFA_LEARNING_H

#include "core/sfdfa_types.h"

#if SFDFA_TRACES || (SFDFA_LEARNS_FEEDBACK && SFDFA_LAYERS > 2) || SFDFA_DECIDE_MARGIN > 0
#error "SFDFA_COMPACT holds neither traces nor the grades of spikes between hidden layers, and decides no sample early"
#endif

/* Bytes of the scratch that the caller wants between calls of the library. */
#ifndef SFDFA_LENT_BYTES
#define SFDFA_LENT_BYTES 1
#endif

typedef SFDFA_EVENT_COUNT_TYPE sfdfa_event_count_t; /* events of a sample */
typedef SFDFA_SPIKE_COUNT_TYPE sfdfa_spike_count_t; /* spikes of a layer in a tick */

/* A running sample, and what its layers have told each other: needed until it has been learned. */
typedef struct {
    bool begun; /* from sfdfa_sample_begin to sfdfa_sample_end */
    bool learns; /* the sample is run to be learned */
    uint8_t tick;        /* the tick that is being filled */
    uint16_t events;     /* stored so far */
    uint16_t tick_start; /* of them, those of earlier ticks */
    uint16_t channels_left; /* the last ones, which its next event may have; 0: none may */
    uint8_t counts[SFDFA_NEURONS]; /* spikes of each neuron */
    sfdfa_index_t event[SFDFA_MAX_EVENTS]; /* channels of the events, tick after tick */
    sfdfa_event_count_t tick_end[SFDFA_TICKS]; /* events stored when each tick was over */
    uint8_t spikes[SFDFA_HIDDEN > 0 ? SFDFA_TICKS : 1]
                  [(SFDFA_HIDDEN_PLACES + 7) / 8]; /* a bit for each hidden neuron */
    SFDFA_SAMPLE_OF_READOUT
} sfdfa_sample_t;

/* A neuron on its way forwards, section 5. */
typedef struct {
    int32_t a; /* A, in 2^-F_a */
    int32_t b; /* B, in 2^-F_a */
    uint8_t count; /* spikes so far */
    bool driven; /* there has been an input */
} sfdfa_membrane_t;

/* Section 8. */
typedef struct {
    int32_t u; /* decays like A, section 8 */
    int32_t v; /* decays like B */
    int32_t s; /* of resets, decays like B */
} sfdfa_sums_t;

/* The neuron at hand, on its way through the ticks. */
typedef struct {
    uint8_t layer_index; /* of the neuron at hand */
    uint16_t i; /* its place in the layer */
    union {
        sfdfa_membrane_t membrane; /* forwards */
        sfdfa_sums_t sums;         /* backwards */
    };
    int32_t current;            /* X */
    const sfdfa_index_t *input; /* of the tick at hand */
    uint16_t inputs; /* how many those are */
    sfdfa_index_t listed[SFDFA_WIDEST_HIDDEN]; /* where they are listed, if they are hidden spikes */
} sfdfa_neuron_t;

/* While the network is run through the sample, section 5. */
typedef struct {
#if !SFDFA_INTEGRATES
    uint16_t best;      /* output so far, */
    int32_t best_score; /* and its score */
#endif
    sfdfa_spike_count_t spikes[SFDFA_TICKS]; /* of the layer at hand */
#if SFDFA_SENDS_GRADES
    uint8_t first_tick[SFDFA_HIDDEN]; /* of the spikes of each hidden neuron, */
    int8_t first_grade[SFDFA_HIDDEN]; /* and what it sent then; later ones send 0 */
    int16_t grade_sum;                /* S of the output at hand */
#endif
} sfdfa_run_t;

#if SFDFA_LEARNS
/* While the neurons learn from the sample, sections 7 and 8. */
typedef struct {
#if SFDFA_LEARNS_FEEDBACK
    uint16_t output_draw[SFDFA_OUTPUTS]; /* for the dither of feedback */
#endif
    int16_t step;   /* of the neuron at hand */
    uint16_t draw; /* of the neuron at hand, for the dither */
    int16_t update; /* D */
    uint32_t counted_before; /* saturations, in the first run */
    int32_t highest; /* B - A so far, of an output that stays silent */
    uint8_t spikes;          /* remembered ones */
    uint8_t spike_tick[SFDFA_MAX_SPIKES]; /* of its remembered spikes, oldest first */
    sfdfa_rho_t rho[SFDFA_MAX_SPIKES]; /* of the same */
} sfdfa_update_t;

/* What a running sample needs in order to be learned. */
typedef struct {
    uint32_t sample_key; /* of all draws of the sample */
    uint16_t cut_room[SFDFA_LAYERS];     /* how many spikes can still be remembered */
    uint8_t cut_tick[SFDFA_LAYERS];      /* in this tick; later ones are forgotten */
    sfdfa_error_t error[SFDFA_OUTPUTS]; /* e */
    SFDFA_LEARNING_OF_RING
#if SFDFA_LEARNS_FEEDBACK
    int16_t output_grade[SFDFA_OUTPUTS]; /* d */
#endif
    SFDFA_LEARNING_OF_FEEDBACK
} sfdfa_learning_t;
#endif

/* Nothing in it lasts from one call of the library to the next: between them it is lent to the caller. */
typedef union {
    struct {
        sfdfa_neuron_t neuron; /* the one that is stepped */
        union {
            sfdfa_run_t run; /* while the sample runs */
#if SFDFA_LEARNS
            sfdfa_update_t update; /* while it is learned */
#endif
        };
    };
#if SFDFA_LEARNS
    SFDFA_SCRATCH_OF_READOUT
    SFDFA_SCRATCH_OF_FEEDBACK
#endif
    uint8_t lent[SFDFA_LENT_BYTES]; /* to the caller between calls, such as the frames of the link */
} sfdfa_scratch_t;

#endif
