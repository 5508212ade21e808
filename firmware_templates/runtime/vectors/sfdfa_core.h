/*
 * sfdfa_core.h: what vectors need in an sfdfa_t.
 */
#ifndef SFDFA_CORE_H
#define SFDFA_CORE_H

#include "sfdfa_config.h"

/*
 * Neurons that vectors take at a time, each a byte. Where a row is no multiple of that, its last ones reach into the
 * next row, whose weights they leave as they are, and those of the last row into a margin.
 */
#define SFDFA_VECTOR_LANES 16
#define SFDFA_WHOLE_VECTORS(neurons) (((neurons) + SFDFA_VECTOR_LANES - 1) / SFDFA_VECTOR_LANES * SFDFA_VECTOR_LANES)
#define SFDFA_WEIGHT_MARGIN (SFDFA_VECTOR_LANES - 1)
#define SFDFA_CURRENTS SFDFA_WHOLE_VECTORS(SFDFA_WIDEST)

/*
 * What is exclusive or with a weight in its cell, and what is stored for a state, which is also the state of what is
 * stored.
 */
#define SFDFA_CELL_FLIP 0
#define SFDFA_STORED(state) (state)

#endif
