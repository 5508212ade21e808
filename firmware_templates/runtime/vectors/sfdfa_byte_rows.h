/*
 * sfdfa_byte_rows.h: updates of whole rows where weight and dither have 8 bits each: byte by byte.
 */
#ifndef SFDFA_ROWS_H
#define SFDFA_ROWS_H

#include "core/sfdfa_internal.h"
#include "core/sfdfa_kernels.h"

/* The neurons of a layer, and as many more as make whole vectors. */
static uint_fast16_t lanes_of(sfdfa_layer_table_t *layer)
{
    return SFDFA_WHOLE_VECTORS((uint_fast16_t)layer->neurons);
}

/*
 * The same in bytes: D is whole * 256 + part, and the sum of `part` and a dither carries into the whole where the
 * dither is above 255 - part. Draws and that limit have their upper bit inverted, so that their order as signed bytes
 * is that of unsigned ones.
 */
static inline void sfdfa_update_bytes(int8_t *restrict row, const int8_t *restrict whole, const int8_t *restrict limit,
                                      const int8_t *restrict draw, int8_t event_draw, uint_fast16_t neurons)
{
    for (uint_fast16_t i = 0; i < neurons; i++) {
        const int8_t carry = (int8_t)(draw[i] ^ event_draw) > limit[i];
        const int8_t change = (int8_t)(whole[i] + carry);
        const int8_t weight = row[i];
        const int8_t sum = (int8_t)((uint8_t)weight + (uint8_t)change); /* wrapped, if its sign is not that of either */
        const int8_t bound = weight < 0 ? INT8_MIN : INT8_MAX;
        row[i] = (int8_t)((weight ^ sum) & (change ^ sum)) < 0 ? bound : sum;
    }
}

#define UPPER_BIT 0x80 /* which sfdfa_update_bytes wants inverted */

/* D as the rows want it: its upper byte, and 255 less its lower one. */
static inline uint16_t update_for_rows(int32_t update)
{
    return (uint16_t)update ^ (uint16_t)(0xFF ^ UPPER_BIT);
}

static void prepare_draws(sfdfa_update_t *update, uint_fast16_t lanes)
{
    for (uint_fast16_t i = 0; i < lanes; i++) {
        update->byte_draw[i] = (int8_t)((uint8_t)update->draw[i] ^ UPPER_BIT);
    }
}

/* The updates of the ticks before `end` in bytes. */
static void prepare_updates(sfdfa_update_t *walk, uint8_t end, uint_fast16_t lanes)
{
    const uint16_t *restrict update = walk->tick_update;
    int8_t *restrict whole = walk->whole;
    int8_t *restrict limit = walk->limit;
    const uint_fast16_t updates = end * lanes;
    for (uint_fast16_t i = 0; i < updates; i++) {
        whole[i] = (int8_t)(update[i] >> 8);
        limit[i] = (int8_t)update[i];
    }
}

static void update_row(const sfdfa_update_t *update, sfdfa_layer_table_t *layer, uint8_t t, sfdfa_weight_t *row,
                       uint16_t draw)
{
    const uint_fast16_t lanes = lanes_of(layer);
    sfdfa_update_bytes(row, &update->whole[t * lanes], &update->limit[t * lanes], update->byte_draw, (int8_t)draw,
                       lanes);
}

#endif
