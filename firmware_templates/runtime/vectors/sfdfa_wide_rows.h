/*
 * sfdfa_wide_rows.h: updates of whole rows of weights of any size.
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

/* D as the rows want it. */
static inline uint16_t update_for_rows(int32_t update)
{
    return sfdfa_raised_update(update);
}

static void prepare_draws(sfdfa_update_t *update, uint_fast16_t lanes)
{
    (void)update, (void)lanes;
}

static void prepare_updates(sfdfa_update_t *walk, uint8_t end, uint_fast16_t lanes)
{
    (void)walk, (void)end, (void)lanes;
}

static void update_row(const sfdfa_update_t *update, sfdfa_layer_table_t *layer, uint8_t t, sfdfa_weight_t *row,
                       uint16_t draw)
{
    sfdfa_update_row(row, &update->tick_update[t * lanes_of(layer)], update->draw, draw, layer->neurons,
                     layer->dither_bits);
}

#endif
