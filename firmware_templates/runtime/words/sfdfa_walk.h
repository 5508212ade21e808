/*
 * sfdfa_walk.h: the walk of a neuron over the listed inputs of its layer, for any processor.
 */
#ifndef SFDFA_WALK_H
#define SFDFA_WALK_H

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_internal.h"
#include "core/sfdfa_kernels.h"
#include "scalar/sfdfa_listed_inputs.h"
#include "scalar/sfdfa_walker.h"

/* Of D, before its limit. */
#if SFDFA_EXACT_GRADIENT
typedef uint32_t size_of_update_t;
#else
typedef uint16_t size_of_update_t; /* 2^15 times 2^15 over 2^14 */
#endif

/* Walk down from a spike, and note the size of D of each tick, 0 where there is no input. */
static inline void note_sizes(sfdfa_walker_t *walker, sums_t sums, size_of_update_t *size)
{
    const uint32_t *const *input_end = &walker->input_end[walker->tick];
    const uint32_t *input = input_end[1];
    const uint32_t *spikes = walker->spikes;
    const uint32_t bit = walker->bit;
    const int32_t decay_s = walker->decay_s;
    const int32_t decay = walker->decay;
    const int32_t half = (int32_t)sfdfa_opaque(UINT32_C(1) << 11);
    uint32_t saturations = 0;
    uint_fast8_t t = walker->tick;
    for (;;) {
        const uint32_t *end = *input_end--;
        *size++ = end != input ? (size_of_update_t)update_size(walker, sums, &saturations) : 0;
        input = end;
        if (t == walker->first_tick) {
            break;
        }
        t--;
        spikes -= SFDFA_SPIKE_WORDS;
        sums = decay_sums(sums, decay_s, decay, half);
        if ((*spikes & bit) != 0) {
            sums = add_gamma(sums, meet_spike(walker, (uint8_t)t));
        }
    }
    walker->eligibility_saturations += saturations;
}

/* The weights of a neuron. */
typedef struct {
    sfdfa_weight_t *weight; /* the cell of the one in the first row, */
    uint8_t place;          /* and its place there */
    uint8_t dither_bits; /* of the layer */
    uint8_t draw_shift; /* the draw of an input begins at the bit after this one */
    uint32_t mask; /* sfdfa_walker_t.mask */
    int32_t sign; /* of its updates: -1 or 0 */
} column_t;

/* Change the weights of some inputs by a D whose size is below one weight unit. */
static SFDFA_OWN_LOOP void update_by_one(const column_t *column, uint32_t size, const uint32_t *input,
                                         const uint32_t *end)
{
    const uint32_t threshold = size << column->draw_shift << 1;
    SFDFA_UNROLL
    for (; input != end; input++) {
        const uint32_t dithered = *input ^ column->mask;
        if (SFDFA_RARELY(dithered < threshold)) {
            sfdfa_change_weight(&column->weight[dithered & ROW_MASK], column->place, 1 + 2 * column->sign);
        }
    }
}

/* The same for any other D. */
static SFDFA_OWN_LOOP void update_by_more(const column_t *column, uint32_t size, const uint32_t *input,
                                          const uint32_t *end)
{
    const uint32_t threshold = size << column->draw_shift << 1;
    const int32_t units = (int32_t)(size >> column->dither_bits);
    for (; input != end; input++) {
        const uint32_t dithered = *input ^ column->mask;
        const int32_t change = units + (int32_t)sfdfa_is_below(dithered, threshold);
        sfdfa_change_weight(&column->weight[dithered & ROW_MASK], column->place,
                            (change ^ column->sign) - column->sign);
    }
}

/* Change the weights of the inputs of one tick by a D of this size, before its limit. */
static SFDFA_OWN_LOOP void update_tick(sfdfa_walker_t *walker, const column_t *column, uint32_t size,
                                       const uint32_t *input, const uint32_t *end)
{
    if (size >> column->dither_bits != 0) {
        update_by_more(column, limit_size(size, column->sign, &walker->update_saturations), input, end);
    } else if (size != 0) {
        update_by_one(column, size, input, end);
    }
}

/* Change the weights of all inputs, from those of a tick down to those of the first. */
static inline void update_column(sfdfa_walker_t *walker, const column_t *column, const uint32_t *const *input_end,
                                 uint_fast8_t ticks, const size_of_update_t *size)
{
    const uint32_t *input = input_end[1];
    for (; ticks > 0; ticks--) {
        const uint32_t *end = *input_end--;
        update_tick(walker, column, *size++, input, end);
        input = end;
    }
}

static inline void walk_listed(sfdfa_layer_table_t *layer, uint8_t place, sfdfa_walker_t *walker, int32_t gamma)
{
    size_of_update_t size[SFDFA_TICKS];
    const uint32_t *const *input_end = &walker->input_end[walker->tick];
    const uint_fast8_t ticks = (uint_fast8_t)(walker->tick + 1 - walker->first_tick);
    const column_t column = {
        .weight = walker->column,
        .place = place,
        .dither_bits = layer->dither_bits,
        .draw_shift = (uint8_t)(31 - layer->dither_bits),
        .mask = walker->mask,
        .sign = walker->sign,
    };
    note_sizes(walker, (sums_t){gamma, gamma}, size);
    update_column(walker, &column, input_end, ticks, size);
}

#endif
