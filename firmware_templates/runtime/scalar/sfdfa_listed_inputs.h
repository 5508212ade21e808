/*
 * sfdfa_listed_inputs.h: the inputs of a layer as the walk of a neuron wants them, section 8 of docs/ARITHMETIC.md.
 */
#ifndef SFDFA_LISTED_INPUTS_H
#define SFDFA_LISTED_INPUTS_H

#include "core/sfdfa_internal.h"
#include "core/sfdfa_listing.h"
#include "core/sfdfa_random.h"
#include "scalar/sfdfa_walker.h"

static inline void list_events(const sfdfa_t *net, listing_t *list, uint8_t t)
{
    const sfdfa_index_t *first = &net->sample.event[first_event(net, t)];
    for (const sfdfa_index_t *event = &net->sample.event[net->learning.tick_end[t]]; event != first;) {
        list_input(list, *--event);
    }
}

static inline void list_spikes(const uint32_t *words, uint16_t count, listing_t *list)
{
    uint32_t first = 0;
    for (const uint32_t *end = words + count; words != end; words++) {
        for (uint32_t left = *words; left != 0; left = sfdfa_without_lowest_bit(left)) {
            list_input(list, first + sfdfa_lowest_bit(left));
        }
        first += 32;
    }
}

static void list_inputs(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_walk_t *walk = &net->scratch.walk;
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    listing_t list = {.put = walk->input, .row = layer->row, .draw_shift = (uint8_t)(31 - layer->dither_bits)};
    const uint32_t **input_end = &walk->input_end[SFDFA_TICKS];
    *input_end = list.put;
    for (uint8_t t = SFDFA_TICKS; t-- > 0;) {
        list.tick_key = sfdfa_tick_key(net->learning.sample_key, layer_index, t);
        if (layer_index == 0) {
            list_events(net, &list, t);
        } else {
            sfdfa_layer_table_t *before = &sfdfa_layers[layer_index - 1];
            list_spikes(spike_words(net, before, t), word_count(before), &list);
        }
        *--input_end = list.put;
    }
}

/* What a walk needs besides: nothing. */
static inline void begin_walker(sfdfa_walker_t *walker, sfdfa_layer_table_t *layer)
{
    (void)walker, (void)layer;
}

/* What makes of the draw of an input its dither or, for a positive step, the dither's complement. */
static inline uint32_t dither_mask(sfdfa_layer_table_t *layer, uint16_t draw, int32_t sign)
{
    return (draw ^ ~(uint32_t)sign) << (31 - layer->dither_bits) << 1;
}

#endif
