/*
 * sfdfa_nibbles.h: weights of 4 bits, two to a cell: the lower neuron of a pair in the low nibble.
 */
#ifndef SFDFA_CELLS_H
#define SFDFA_CELLS_H

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_types.h"
#include "core/sfdfa_updates.h"
#include SFDFA_CORE(sfdfa_core.h)

/* The cell of a row that holds the weight of a neuron, and its place there. */
#define SFDFA_CELL(neuron) ((neuron) / 2)
#define SFDFA_PLACE_IN_CELL(neuron) ((neuron) % 2)

#define SFDFA_NIBBLE_FLIP (SFDFA_CELL_FLIP & 0xF)

/* The weight that lies in a nibble. */
static inline int16_t sfdfa_nibble_weight(uint8_t nibble)
{
    return (int16_t)((nibble ^ SFDFA_NIBBLE_FLIP ^ 8) - 8);
}

/* The weights of the lower and the upper neuron of a pair. */
static inline int16_t sfdfa_lower_weight(uint8_t pair)
{
    return sfdfa_nibble_weight(pair & 0xF);
}

static inline int16_t sfdfa_upper_weight(uint8_t pair)
{
    return sfdfa_nibble_weight((uint8_t)(pair >> 4));
}

static inline uint8_t sfdfa_pair(int16_t lower, int16_t upper)
{
    return (uint8_t)(((lower & 0xF) | (upper & 0xF) << 4) ^ SFDFA_CELL_FLIP);
}

/* One weight of a row. */
static inline int16_t sfdfa_weight(const sfdfa_weight_t *row, uint_fast16_t neuron)
{
    return (neuron % 2) != 0 ? sfdfa_upper_weight(row[neuron / 2]) : sfdfa_lower_weight(row[neuron / 2]);
}

/* Store a weight that is within its range. */
static inline void sfdfa_put_weight(sfdfa_weight_t *row, uint16_t neuron, int32_t weight)
{
    const uint8_t pair = (uint8_t)(row[neuron / 2] ^ SFDFA_CELL_FLIP);
    row[neuron / 2] = (neuron % 2) != 0 ? sfdfa_pair(pair, (int16_t)weight) : sfdfa_pair((int16_t)weight, pair >> 4);
}

/* sums[i] += row[i] */
static inline void sfdfa_add_row(int32_t *restrict sums, const sfdfa_weight_t *restrict row, uint_fast16_t neurons)
{
    const uint_fast16_t pairs = neurons / 2;
    for (uint_fast16_t p = 0; p < pairs; p++) {
        sums[2 * p] += sfdfa_lower_weight(row[p]);
        sums[2 * p + 1] += sfdfa_upper_weight(row[p]);
    }
    if ((neurons % 2) != 0) {
        sums[neurons - 1] += sfdfa_lower_weight(row[pairs]);
    }
}

/* row[i] += update[i], rounded with the draws of the event and of the neurons, all of them masked to `dither_bits`. */
static inline void sfdfa_update_row(sfdfa_weight_t *restrict row, const uint16_t *restrict update,
                                    const uint16_t *restrict draw, uint16_t event_draw, uint_fast16_t neurons,
                                    uint8_t dither_bits)
{
    const uint_fast16_t pairs = neurons / 2;
    for (uint_fast16_t p = 0; p < pairs; p++) {
        const int16_t lower = sfdfa_lower_weight(row[p]);
        const int16_t upper = sfdfa_upper_weight(row[p]);
        row[p] = sfdfa_pair(sfdfa_updated_weight(lower, update[2 * p], draw[2 * p] ^ event_draw, dither_bits),
                            sfdfa_updated_weight(upper, update[2 * p + 1], draw[2 * p + 1] ^ event_draw, dither_bits));
    }
    if ((neurons % 2) != 0) {
        const uint_fast16_t last = neurons - 1;
        const int16_t lower = sfdfa_lower_weight(row[pairs]);
        row[pairs] = sfdfa_pair(sfdfa_updated_weight(lower, update[last], draw[last] ^ event_draw, dither_bits), 0);
    }
}

#endif
