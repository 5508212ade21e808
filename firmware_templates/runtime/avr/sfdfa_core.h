/*
 * sfdfa_core.h: what the kernels of an AVR need in an sfdfa_t.
 */
#ifndef SFDFA_CORE_H
#define SFDFA_CORE_H

#include "sfdfa_config.h"

/* Neurons that vectors take at a time: there are none. */
#define SFDFA_VECTOR_LANES 1
#define SFDFA_WHOLE_VECTORS(neurons) (neurons)

/* Weights of a row that the sums take at a time: the last ones may reach behind the weights and the currents. */
#define SFDFA_AVR_CELLS 8
#define SFDFA_AVR_GROUPS(neurons) (((neurons) + SFDFA_AVR_CELLS - 1) / SFDFA_AVR_CELLS)
#define SFDFA_WEIGHT_MARGIN (SFDFA_AVR_CELLS - 1)
#define SFDFA_CURRENTS (SFDFA_AVR_GROUPS(SFDFA_WIDEST) * SFDFA_AVR_CELLS)

/*
 * What is exclusive or with a weight in its cell, and what is stored for a state, which is also the state of what is
 * stored.
 */
#define SFDFA_CELL_FLIP 0
#define SFDFA_STORED(state) (state)

/* Before the loop over neurons in C. */
#define SFDFA_UNROLL_NEURONS

/* Members of their own: of sfdfa_sample_t, sfdfa_walker_t and sfdfa_learning_t. */
#define SFDFA_SAMPLE_OF_CORE
#define SFDFA_WALKER_OF_CORE
#define SFDFA_LEARNING_OF_CORE

/* Words for as many inputs of a layer as are listed. */
#define SFDFA_LIST_WORDS(inputs) (inputs)

#endif
