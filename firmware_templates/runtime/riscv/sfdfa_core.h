/*
 * sfdfa_core.h: what the kernels of RISC-V need in an sfdfa_t.
 */
#ifndef SFDFA_CORE_H
#define SFDFA_CORE_H

#include "sfdfa_config.h"

/* Neurons that vectors take at a time: there are none. */
#define SFDFA_VECTOR_LANES 1
#define SFDFA_WHOLE_VECTORS(neurons) (neurons)

/* Cells behind the weights that a kernel may read, and currents that it writes. */
#define SFDFA_WEIGHT_MARGIN 0
#define SFDFA_CURRENTS SFDFA_WIDEST

/* What is exclusive or with a weight in its cell: sums of weights that are raised by 128 never borrow. */
#define SFDFA_CELL_FLIP (-128)

/* What is stored for a state, and the state of what is stored. */
#define SFDFA_STORED(state) (state)

/* Before the loop over neurons in C. */
#define SFDFA_UNROLL_NEURONS

/* Members of their own: of sfdfa_sample_t, sfdfa_walker_t and sfdfa_learning_t. */
#define SFDFA_SAMPLE_OF_CORE \
    uint8_t unsummed; /* inputs of the layer at hand that its neurons are stepped with; 0: the currents are there */ \
    const sfdfa_index_t *unsummed_inputs; /* these */
#define SFDFA_WALKER_OF_CORE
#define SFDFA_LEARNING_OF_CORE

/* Words for as many inputs of a layer as are listed. */
#define SFDFA_LIST_WORDS(inputs) (inputs)

#endif
