/*
 * sfdfa_cells.h: weights of 8 or 16 bits, each in a cell of its own.
 */
#ifndef SFDFA_CELLS_H
#define SFDFA_CELLS_H

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_types.h"
#include "core/sfdfa_updates.h"
#include SFDFA_CORE(sfdfa_core.h)

/* The cell of a row that holds the weight of a neuron, and its place there. */
#define SFDFA_CELL(neuron) (neuron)
#define SFDFA_PLACE_IN_CELL(neuron) 0

/* A weight as it lies in its cell, and what lies there as a weight: its own inverse. */
static inline sfdfa_weight_t sfdfa_celled(int32_t weight)
{
    return (sfdfa_weight_t)(weight ^ SFDFA_CELL_FLIP);
}

/* One weight of a row. */
static inline int16_t sfdfa_weight(const sfdfa_weight_t *row, uint_fast16_t neuron)
{
    return sfdfa_celled(row[neuron]);
}

/* Store a weight that is within its range. */
static inline void sfdfa_put_weight(sfdfa_weight_t *row, uint16_t neuron, int32_t weight)
{
    row[neuron] = sfdfa_celled(weight);
}

/* sums[i] += row[i] */
static inline void sfdfa_add_row(int32_t *restrict sums, const sfdfa_weight_t *restrict row, uint_fast16_t neurons)
{
    for (uint_fast16_t i = 0; i < neurons; i++) {
        sums[i] += sfdfa_celled(row[i]);
    }
}

/* row[i] += update[i], rounded with the draws of the event and of the neurons, all of them masked to `dither_bits`. */
static inline void sfdfa_update_row(sfdfa_weight_t *restrict row, const uint16_t *restrict update,
                                    const uint16_t *restrict draw, uint16_t event_draw, uint_fast16_t neurons,
                                    uint8_t dither_bits)
{
    SFDFA_VECTORS
    for (uint_fast16_t i = 0; i < neurons; i++) {
        row[i] = sfdfa_celled(sfdfa_updated_weight(sfdfa_celled(row[i]), update[i], draw[i] ^ event_draw, dither_bits));
    }
}

#endif
