/*
 * sfdfa_mesh_riscv.h: what the assembly files beside it compute, for weights of 8 bits.
 */
#ifndef SFDFA_MESH_RISCV_H
#define SFDFA_MESH_RISCV_H

#include <stddef.h>

#include "riscv/sfdfa_riscv_macros.h"
#include "sfdfa_mesh.h"

#if SFDFA_MESH_REPLAYS

/* The first layer, whose states are narrow, and what becomes of those of its neurons that spike. */
typedef struct {
    sfdfa_mesh_t *core; /* whose neurons they are */
    sfdfa_membrane_t *membrane; /* of the first one */
    uint32_t kept_s; /* what a decay leaves of A, in 1/4096, */
    uint32_t kept; /* and of B */
    int32_t threshold; /* of B - A */
    sfdfa_index_t *reached; /* where neurons that reach it are listed */
    uint16_t *spikes; /* so many were */
    /* Where they fire in a kernel, for nobody is told of a spike, or it is told with a grade: */
    uint8_t *counts; /* of spikes, of each neuron */
    uint16_t *kappa; /* of each neuron */
    sfdfa_mesh_spike_t *spike; /* that are kept */
    uint16_t *last_spike; /* of each neuron, among these */
    uint32_t capacity; /* so many are kept */
    int32_t reset; /* what a spike takes from B, */
    int32_t reset_to_zero; /* or -1: it makes A of B; else 0 */
    sfdfa_mesh_port_t *port; /* by which others are told, */
    uint32_t key; /* of a spike of the first neuron, */
    uint32_t draws; /* and what makes of a key what the neuron's draw is mixed of */
} sfdfa_mesh_fires_t;

/* Ticks of it that can be run, of whole words of neurons. */
typedef struct {
    sfdfa_mesh_fires_t fires; /* what reaches the threshold */
    const sfdfa_weight_t *weights; /* of the first input */
    uint32_t row; /* cells of the weights of one input */
    uint32_t words; /* of four neurons */
    const sfdfa_index_t *events; /* of the sample, */
    const sfdfa_index_t *event; /* the first one of these ticks, */
    const sfdfa_index_t *last_event; /* and the end of all, after which no tick is run but the first, or NULL */
    const uint16_t *until; /* how many events there are until the end of the first of the ticks, */
    const uint16_t *until_end; /* and the end of these */
    int32_t first_spike; /* from there to where it is noted how many spikes were before a tick, in bytes */
    const uint16_t *until_all; /* of the first tick of a sample */
} sfdfa_mesh_ticks_t;

/* Run them. Returns where those that are left end. Each tick has 255 events at most. */
const uint16_t *sfdfa_mesh_riscv_ticks(const sfdfa_mesh_ticks_t *ticks);

/* Those of its neurons that may still spike, of which the membranes come first; and ticks without inputs. */
typedef struct {
    sfdfa_mesh_fires_t fires; /* what reaches the threshold */
    const sfdfa_layer_t *layer; /* its table */
    const uint16_t *coasting; /* so many neurons there are, */
    uint16_t *left; /* of which so many may still spike, or none */
    const sfdfa_index_t *may_spike; /* these neurons */
    uint16_t *first_spike; /* where it is noted how many spikes were before a tick */
    uint32_t tick; /* the first */
    uint32_t end; /* of ticks */
} sfdfa_mesh_coast_t;

/* Run these ticks. */
void sfdfa_mesh_riscv_coast(const sfdfa_mesh_coast_t *coast);

#if SFDFA_MESH_PASSES && !SFDFA_INTEGRATES

/* A layer that gets spikes, and ticks of it that can be run. */
typedef struct {
    sfdfa_mesh_t *core; /* whose neurons they are */
    uint32_t layer; /* of them */
    sfdfa_membrane_t *membrane; /* of the first one, */
    const sfdfa_membrane_t *end; /* and of all */
    int32_t lost_s; /* less the decay of A, in 1/4096, */
    int32_t lost; /* and that of B */
    int32_t threshold; /* of B - A */
    uint32_t shift; /* from the unit of sums to that of the states */
    sfdfa_index_t *reached; /* where neurons that reach the threshold are listed */
    const uint8_t *counts; /* of spikes, of each neuron */
    sfdfa_record_t *record; /* of each neuron, where they are outputs of a sample that is learned, or NULL */
    int16_t *grade_sum; /* S of each neuron */
    uint32_t *saturations; /* of states, */
    uint32_t *grade_saturations; /* and of grades */
    uint16_t *spikes; /* so many were */
    uint16_t *first_spike; /* where it is noted how many were before each tick */
    int32_t *current; /* X of the own neurons, of the first of these ticks, */
    int32_t *graded; /* and their sums of grades, or NULL: no grades are summed */
    uint32_t bytes; /* of X in a tick */
    uint32_t tick; /* the first */
    uint32_t end_tick; /* of ticks, none of which is in another block */
    int32_t limit; /* of A and B */
    /* Where they are outputs, which spike in the kernel: */
    int32_t reset; /* what a spike takes from B, */
    int32_t reset_to_zero; /* or -1: it makes A of B; else 0 */
    sfdfa_mesh_spike_t *spike; /* that are kept, of all layers */
    uint16_t *last_spike; /* of each neuron, among these */
    uint32_t first_remembered; /* of these, of the layer */
    uint32_t capacity; /* so many are kept */
    int16_t *output_grade; /* d of each */
} sfdfa_mesh_hears_t;

_Static_assert(offsetof(sfdfa_record_t, tick) == 8 && sizeof(sfdfa_record_t) == 12, "as the kernel has it");

/* Run them. */
void sfdfa_mesh_riscv_hear(const sfdfa_mesh_hears_t *hears);

#endif

/* What the neurons of a layer are walked with; the first tick is the first one with an input. */
typedef struct {
    int32_t lost_s; /* less the decay of A, in 1/4096, */
    int32_t lost; /* and that of B */
    uint32_t *const *listed_end; /* after the inputs of each tick, the last tick's first */
    uint32_t *const *first; /* of these, the first tick's */
    sfdfa_weight_t *weights; /* of the first input, to the own neurons */
    const sfdfa_mesh_spike_t *spikes; /* that are kept */
    const uint16_t *last_spike; /* of each neuron of the layer, among these */
    uint32_t *eligibility; /* clamps */
    uint32_t *updates; /* the same */
} sfdfa_mesh_walker_t;

_Static_assert(SFDFA_EXACT_GRADIENT || (offsetof(sfdfa_mesh_spike_t, tick) == 2 && sizeof(sfdfa_mesh_spike_t) == 4),
               "as the kernels have it");

/* Where the events of the first layer are listed. */
typedef struct {
    uint32_t **listed_end; /* after the inputs of each tick, the last tick's first */
    const uint16_t *until; /* how many events there are up to the end of each tick */
    const sfdfa_index_t *events; /* these */
    uint32_t key; /* of the draws of the sample */
    uint32_t row; /* cells of the weights of one input */
} sfdfa_mesh_list_t;

/*
 * List inputs of the ticks before `tick`, from the last to the first, until they were `enough` or more. Returns the last
 * that is listed.
 */
uint32_t sfdfa_mesh_riscv_list(const sfdfa_mesh_list_t *list, uint32_t tick, int32_t enough);

#if SFDFA_MESH_COUNTS_LATE

/* Where the spikes are listed that a layer has heard. */
typedef struct {
    uint32_t **listed_end; /* after the inputs of each tick, the last tick's first */
    const uint32_t *end; /* of the bits of the last tick */
    uint32_t bytes; /* of bits in a tick */
    uint32_t ticks; /* that are run */
    uint32_t key; /* of the draws of the sample and layer */
    uint32_t row; /* cells of the weights of one input */
} sfdfa_mesh_heard_list_t;

/* List all of them, from the last tick to the first. */
void sfdfa_mesh_riscv_list_heard(const sfdfa_mesh_heard_list_t *list);

#endif

/*
 * Walk a neuron of the layer back from a spike at `tick`, and change its weights. `earlier`: the spike before, or
 * SFDFA_MESH_NO_SPIKE.
 */
void sfdfa_mesh_riscv_walk(const sfdfa_mesh_walker_t *walker, uint32_t number, int32_t step, uint32_t draw,
                           uint32_t tick, uint32_t rho, uint32_t earlier);

#if SFDFA_RISCV_MOVES_FEEDBACK

/* The own neurons of a hidden layer, and what they learn with. */
typedef struct {
    uint16_t *mean_rate; /* of the first neuron, section 6 */
    const uint8_t *count; /* of spikes, of which all are kept */
    const uint8_t *end; /* of the counts */
    int32_t *mean_delta; /* of the first neuron, section 6 */
    int8_t *feedback; /* row of the first neuron */
    const int32_t *error; /* of each output */
    int32_t rate; /* of the layer as it is now */
    uint32_t key; /* of the draws: that of neuron i of the layer is the mix of this, exclusive or i */
    const int32_t *residual; /* R of each output, or d where they spike, or NULL: it is another layer's turn */
    const uint16_t *output_draw; /* of each output */
    const sfdfa_mesh_walker_t *walker; /* of the layer, whose inputs are listed */
    uint32_t first; /* own neuron of the layer */
    uint32_t saturations; /* of updates, added up */
} sfdfa_mesh_hidden_t;

/* Let them learn. No delta may be out of its bounds. */
void sfdfa_mesh_riscv_learn_hidden(sfdfa_mesh_hidden_t *hidden);

#endif

#endif

#endif
