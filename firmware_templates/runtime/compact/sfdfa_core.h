/*
 * sfdfa_core.h: what any processor needs in the least RAM.
 */
#ifndef SFDFA_CORE_H
#define SFDFA_CORE_H

#include "sfdfa_config.h"

/* Neurons that vectors take at a time: there are none. */
#define SFDFA_VECTOR_LANES 1
#define SFDFA_WHOLE_VECTORS(neurons) (neurons)

/* Cells behind the weights that a kernel may read. */
#define SFDFA_WEIGHT_MARGIN 0

/* What is exclusive or with a weight in its cell. */
#define SFDFA_CELL_FLIP 0

#endif
