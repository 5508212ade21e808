/*
 * sfdfa_core.h: what the kernels of Cortex-M0 need in an sfdfa_t.
 */
#ifndef SFDFA_CORE_H
#define SFDFA_CORE_H

#include "sfdfa_config.h"

/* Neurons that vectors take at a time: there are none. */
#define SFDFA_VECTOR_LANES 1
#define SFDFA_WHOLE_VECTORS(neurons) (neurons)

/*
 * Cells of a row that the sums take at a time. Of a layer with fewer they reach behind its weights and its currents;
 * those of 4 bits write whole words of eight.
 */
#if SFDFA_WEIGHT_BITS == 4
#define SFDFA_M0_CELLS 12
#define SFDFA_CURRENTS ((SFDFA_WIDEST + 7) / 8 * 8)
#else
#define SFDFA_M0_CELLS 16
#define SFDFA_CURRENTS (SFDFA_WIDEST > SFDFA_M0_CELLS ? SFDFA_WIDEST : SFDFA_M0_CELLS)
#endif
#define SFDFA_WEIGHT_MARGIN (SFDFA_M0_CELLS - 1)

/* What is exclusive or with a weight in its cell: sums of weights that are raised by 128, or 8, never borrow. */
#if SFDFA_WEIGHT_BITS == 4
#define SFDFA_CELL_FLIP 0x88
#else
#define SFDFA_CELL_FLIP (-128)
#endif

/* What is stored for a state, and the state of what is stored. */
#define SFDFA_STORED(state) (state)

/* Before the loop over neurons in C, which no tick takes. */
#define SFDFA_UNROLL_NEURONS

/* Members of their own: of sfdfa_sample_t, sfdfa_walker_t and sfdfa_learning_t. */
#define SFDFA_SAMPLE_OF_CORE
#define SFDFA_WALKER_OF_CORE
#define SFDFA_LEARNING_OF_CORE

/* Words for as many inputs of a layer as are listed. */
#define SFDFA_LIST_WORDS(inputs) (inputs)

#endif
