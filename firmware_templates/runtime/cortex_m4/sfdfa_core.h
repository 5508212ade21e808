/*
 * sfdfa_core.h: what the kernels of Cortex-M with the DSP extension need in an sfdfa_t.
 */
#ifndef SFDFA_CORE_H
#define SFDFA_CORE_H

#include "sfdfa_config.h"

/* Neurons that vectors take at a time: there are none. */
#define SFDFA_VECTOR_LANES 1
#define SFDFA_WHOLE_VECTORS(neurons) (neurons)

/* Cells behind the weights that a kernel may read: to the end of the last word. */
#define SFDFA_WEIGHT_MARGIN 3

/* Currents that a kernel writes, two to a word; and what is exclusive or with a weight in its cell. */
#if SFDFA_WEIGHT_BITS == 4
#define SFDFA_CURRENTS (SFDFA_WIDEST > 4 ? SFDFA_WIDEST : 4)
#define SFDFA_CELL_FLIP 0x88
#else
#define SFDFA_CURRENTS SFDFA_WIDEST
#define SFDFA_CELL_FLIP 0
#endif

/* What is stored for a state, and the state of what is stored: sfdfa_cortex_m4.S wants them negated. */
#define SFDFA_STORED(state) (-(state))

/* Before the loop over neurons in C, which takes the few ticks that no kernel does. */
#define SFDFA_UNROLL_NEURONS

/* Members of their own: of sfdfa_sample_t, whether the sums of this tick lie two to a word; */
#define SFDFA_SAMPLE_OF_CORE bool packed;

/* of sfdfa_walker_t, the cells of the weights of one input; */
#define SFDFA_WALKER_OF_CORE uint16_t row;

/* of sfdfa_learning_t, how many spikes a layer had before each tick. */
#define SFDFA_LEARNING_OF_CORE uint16_t spike_start[SFDFA_LAYERS][SFDFA_TICKS];

#if SFDFA_WEIGHT_BITS == 4

/* Words for as many inputs of a layer as are listed. */
#define SFDFA_LIST_WORDS(inputs) (inputs)

#else

/*
 * Inputs are listed by fours, of three words; a tick with inputs takes a word more, and its first four may not be
 * whole.
 */
#define SFDFA_TICKS_OF(inputs) ((inputs) < SFDFA_TICKS ? (inputs) : SFDFA_TICKS)
#define SFDFA_LIST_WORDS(inputs) ((3 * (inputs) + 13 * SFDFA_TICKS_OF(inputs) + 3) / 4)

#endif

#endif
