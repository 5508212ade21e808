/*
 * sfdfa_cortex_m0.h: what sfdfa_cortex_m0.S and the files beside it compute, for networks of weights of 8 or 4 bits.
 */
#ifndef SFDFA_CORTEX_M0_H
#define SFDFA_CORTEX_M0_H

#include "core/sfdfa_internal.h"

/* With more rows the sums of a kernel could leave their lanes. */
#if SFDFA_WEIGHT_BITS == 4
#define SFDFA_M0_MOST_ROWS 16
#else
#define SFDFA_M0_MOST_ROWS 255
#endif

/* The inputs of a layer in one tick, section 5. */
typedef struct {
    const sfdfa_index_t *input; /* inputs of the tick */
    const sfdfa_index_t *end; /* of the inputs */
    uint32_t row;            /* bytes */
    const sfdfa_weight_t *weights; /* of the layer */
    int32_t *current;        /* X of each neuron, to be written: of SFDFA_CURRENTS at most */
    int32_t *current_end; /* of the currents */
    uint32_t shift;          /* X is shifted left, */
    uint32_t offset;         /* and this is added, which is less than 2^15 */
    uint32_t alignment;      /* a multiple of 4, or at least even, if all rows begin at such addresses */
} sfdfa_m0_sum_t;

/* X of all neurons of a layer, from 1 to SFDFA_M0_MOST_ROWS inputs. */
void sfdfa_m0_sum(const sfdfa_m0_sum_t *sum);

#if SFDFA_WEIGHT_BITS == 4

/* The same, added to what is there. */
void sfdfa_m0_sum_more(const sfdfa_m0_sum_t *sum);

#endif

/* The neurons of a layer in one tick. */
typedef struct {
    sfdfa_membrane_t *membrane; /* of the first neuron */
    const int32_t *current; /* X of each, to be shifted left */
    sfdfa_membrane_t *end; /* of the membranes */
    uint32_t input_shift; /* of X, to the left */
    int32_t threshold; /* c, in 2^-F_a */
    int32_t decay_s; /* k_s, of A, in 1/4096 */
    int32_t decay; /* k, of B, in 1/4096 */
    sfdfa_index_t *list; /* of those that reach their threshold; moves on */
    int32_t limit; /* of A and B, in 2^-F_a */
    uint32_t saturations; /* to be written */
} sfdfa_m0_integrate_t;

/* Step one neuron or more, with inputs in this tick or without. */
void sfdfa_m0_integrate(sfdfa_m0_integrate_t *layer);
void sfdfa_m0_integrate_inputs(sfdfa_m0_integrate_t *layer);

/* The same for narrow states, with the currents in 2^-12 and 2047 in them. */
void sfdfa_m0_integrate_narrow(sfdfa_m0_integrate_t *layer);
void sfdfa_m0_integrate_inputs_narrow(sfdfa_m0_integrate_t *layer);

/* The neurons of a layer that have reached their threshold in one tick, one or more. */
typedef struct {
    sfdfa_index_t *list; /* the next one of them */
    int32_t *current; /* where A of those that fire goes */
    sfdfa_membrane_t *membrane; /* of the first neuron */
    uint8_t *counts; /* of spikes */
    const sfdfa_index_t *end; /* of the list */
    int32_t amount; /* of sfdfa_reset_t, as the next one is */
    int32_t to_zero; /* to be read with amount */
} sfdfa_m0_fire_t;

/* Fire them, and leave those in the list that may. Returns where these end. */
sfdfa_index_t *sfdfa_m0_fire(const sfdfa_m0_fire_t *layer);

/* A layer that has no inputs any more, sfdfa_coast.h. */
typedef struct {
    sfdfa_membrane_t *membrane; /* of the first neuron */
    const uint8_t *counts; /* of spikes */
    const sfdfa_membrane_t *end; /* of the membranes */
    sfdfa_index_t *list; /* of neurons that may still spike; moves on */
    int32_t decay_s; /* k_s, of A, in 1/4096 */
    int32_t decay; /* k, of B, in 1/4096 */
    int32_t quiet_below; /* of sfdfa_layer_t, as the next two are */
    int32_t quiet_factor; /* to be read with quiet_below */
    uint32_t quiet_shift; /* of quiet_factor */
} sfdfa_m0_coasting_t;

/* List those neurons, and move their membranes to the front. */
void sfdfa_m0_begin_coasting(sfdfa_m0_coasting_t *layer);

/* The spikes of a layer in one tick, at least one. */
typedef struct {
    const sfdfa_index_t *spike; /* neurons that spiked in the tick */
    const int32_t *current; /* A of each */
    uint32_t *words;        /* of the tick's spikes */
    sfdfa_rho_t *rho;       /* where those of the spikes go, */
    const sfdfa_index_t *end; /* of the spikes */
    int32_t threshold; /* c, in 2^-F_a */
    const sfdfa_rho_t *rho_end; /* up to here; */
    uint32_t *forgotten;        /* and how many find no room is added here */
} sfdfa_m0_spikes_t;

/* Note each spike's bit and, where there is room, its rho. */
void sfdfa_m0_remember(const sfdfa_m0_spikes_t *spikes);

/*
 * The neurons of a hidden layer, as their running means move on. The first four move on to the neuron after the last
 * that has spiked.
 */
typedef struct {
    uint16_t *mean_rate; /* of the first neuron, section 6 */
    const uint8_t *count; /* of spikes */
    int32_t *mean_delta; /* of the first neuron, section 6 */
    const int8_t *feedback; /* row of the first neuron */
    const uint8_t *end; /* of the counts */
    const void *error; /* of each output, of 32 bits, where they integrate, else a sfdfa_erring_t of each with one */
    const void *error_end; /* of the errors */
    int32_t delta; /* to be written: of the last neuron */
} sfdfa_m0_hidden_t;

/* Move the means of neurons until one has spiked. Returns whether one has. */
bool sfdfa_m0_find_spiked(sfdfa_m0_hidden_t *hidden);

/* The feedback of one hidden neuron, section 7. */
typedef struct {
    const int16_t *grade; /* of each output */
    const uint16_t *output_draw; /* of each output */
    int32_t direction; /* 1 or -1, section 7 */
    uint32_t last; /* twice the number of the last output */
    int8_t *feedback; /* row of the neuron */
    uint32_t draw; /* of the neuron */
} sfdfa_m0_feedback_t;

void sfdfa_m0_learn_feedback(const sfdfa_m0_feedback_t *neuron);

#if SFDFA_INTEGRATES

/* Add to each output the sum of kappa times weight over inputs in order, of which `weights` are the first's. */
void sfdfa_m0_add_rows(int32_t *sums, const uint16_t *kappa, const int8_t *weights, const uint16_t *kappa_end);

/*
 * Add to each output `factor` times the sum of its weights from the inputs of a tick, one or more; `weights` are those
 * from the first input of all.
 */
void sfdfa_m0_add_tick(int32_t *sums, const int8_t *weights, const sfdfa_inputs_t *inputs, uint32_t factor);

/* Change the weights of one input, of which kappa and the draw are given. No D may be out of its bounds. */
void sfdfa_m0_change_row(int8_t *row, const sfdfa_output_update_t *update, uint32_t kappa, uint32_t draw);

/*
 * Add to the residual of each output what it gets from one neuron less what its feedback accounts for, and 128, times
 * the direction.
 */
void sfdfa_m0_add_difference(int32_t *residual, const int8_t *row, const int8_t *feedback, int32_t direction);

/*
 * The feedback of one hidden neuron, section 7a, with its draw. The draws of the outputs are to lie behind the
 * residual.
 */
void sfdfa_m0_change_feedback(int8_t *feedback, const int32_t *residual, int32_t direction, uint32_t draw);

#endif

/* The inputs of a layer, from the last tick to the first, see sfdfa_walk_t. */
typedef struct {
    uint32_t *put; /* the list, */
    const uint32_t **input_end; /* and where in it the inputs of each tick end, and begin after the last one */
    uint32_t key;               /* of draws in tick 0 */
    uint32_t row; /* cells of the weights of one input */
    union {
        const sfdfa_index_t *event; /* of the tick at hand */
        const uint32_t *spikes; /* of the layer before, in tick 0 */
    } from;
    union {
        const uint16_t *tick_end; /* of events */
        uint32_t words; /* of the spikes of a tick */
    } to;
} sfdfa_m0_listing_t;

void sfdfa_m0_list_events(const sfdfa_m0_listing_t *listing);
void sfdfa_m0_list_spikes(const sfdfa_m0_listing_t *listing);

#endif
