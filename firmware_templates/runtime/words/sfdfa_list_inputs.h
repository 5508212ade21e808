/*
 * sfdfa_list_inputs.h: the inputs of a layer as the walk wants them, from the last tick to the first. Included by sfdfa_walk_neurons.c.
 */
#ifndef SFDFA_LIST_INPUTS_H
#define SFDFA_LIST_INPUTS_H

#if SFDFA_CORTEX_M0

static inline void list_inputs(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_walk_t *walk = &net->scratch.walk;
    sfdfa_m0_listing_t list = {
        .put = walk->input,
        .input_end = walk->input_end,
        .key = sfdfa_tick_key(net->learning.sample_key, layer_index, 0),
        .row = sfdfa_layers[layer_index].row,
    };
    if (layer_index == 0) {
        list.from.event = net->sample.event;
        list.to.tick_end = net->learning.tick_end;
        sfdfa_m0_list_events(&list);
    } else {
        sfdfa_layer_table_t *before = &sfdfa_layers[layer_index - 1];
        list.from.spikes = spike_words(net, before, 0);
        list.to.words = word_count(before);
        sfdfa_m0_list_spikes(&list);
    }
}

#else

/* A list of inputs as it grows. */
typedef struct {
    uint32_t *put;
    uint32_t tick_key;
    uint32_t row;
    uint8_t draw_shift; /* the draw of an input begins at the bit after this one */
} listing_t;

/* List what an input gives to the update of a weight: its draw in the upper bits, as many as the layer's dither has, and its row. */
static inline void list_input(listing_t *list, uint32_t input)
{
    const uint32_t draw = sfdfa_mix(list->tick_key ^ input);
    *list->put++ = (draw << list->draw_shift << 1) | input * list->row;
}

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

#endif

#endif
