/*
 * sfdfa_walk.h: the inputs of a layer as sfdfa_cortex_m4_walk.S wants them, from the last tick to the first, and the
 * walk.
 *
 * Inputs come by fours: a word with a byte of each one's draw, the first in the lowest, then their numbers. The first
 * four of a tick may be fewer; a word in front of them has bits 7, 15, 23 and 31 for those that there are.
 */
#ifndef SFDFA_WALK_H
#define SFDFA_WALK_H

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_internal.h"
#include "core/sfdfa_kernels.h"
#include "core/sfdfa_random.h"
#include "scalar/sfdfa_walker.h"
#include "sfdfa_cortex_m4.h"

#define FOUR_BYTES 12

typedef uint16_t SFDFA_MAY_ALIAS half_t;

/* A list as it grows. */
typedef struct {
    uint8_t *four; /* which is being filled */
    uint32_t tick_key; /* of the draws of the tick */
} listing_t;

/* Begin a tick that has inputs. Returns how many of them the first four takes. */
static inline uint32_t begin_tick(listing_t *list, uint32_t inputs, uint32_t tick_key)
{
    const uint32_t missing = (0 - inputs) % 4;
    *(uint32_t *)(void *)list->four = UINT32_C(0x80808080) >> (8 * missing);
    list->four += 4;
    list->tick_key = tick_key;
    return 4 - missing;
}

static inline void list_input(listing_t *list, uint32_t place, uint32_t input)
{
    half_t *numbers = (half_t *)(void *)&list->four[4];
    list->four[place] = (uint8_t)sfdfa_mix(list->tick_key ^ input);
    numbers[place] = (half_t)input;
}

static inline void end_tick(const listing_t *list, sfdfa_walk_t *walk, uint8_t t)
{
    walk->input_end[t] = (const uint32_t *)(const void *)list->four;
}

/* The events of one tick, at least one. */
static inline void list_tick(listing_t *list, const sfdfa_index_t *event, const sfdfa_index_t *end, uint32_t tick_key)
{
    const uint32_t first = begin_tick(list, (uint32_t)(end - event), tick_key);
    for (uint32_t place = 0; place < first; place++) {
        list_input(list, place, *event++);
    }
    list->four += FOUR_BYTES;
    while (event != end) {
        SFDFA_UNROLL
        for (uint32_t place = 0; place < 4; place++) {
            list_input(list, place, *event++);
        }
        list->four += FOUR_BYTES;
    }
}

/* Those of the first layer. */
static inline void list_events(const sfdfa_t *net, listing_t *list, sfdfa_walk_t *walk)
{
    const sfdfa_index_t *end = &net->sample.event[net->sample.events];
    for (uint8_t t = SFDFA_TICKS; t-- > 0;) {
        const sfdfa_index_t *first = &net->sample.event[first_event(net, t)];
        if (first != end) {
            list_tick(list, first, end, sfdfa_tick_key(net->learning.sample_key, 0, t));
        }
        end = first;
        end_tick(list, walk, t);
    }
}

/* Those of any other layer, the spikes of the one before it. */
static inline void list_spiking(const sfdfa_t *net, uint8_t layer_index, listing_t *list, sfdfa_walk_t *walk)
{
    sfdfa_layer_table_t *before = &sfdfa_layers[layer_index - 1];
    const uint16_t *start = net->learning.spike_start[layer_index - 1];
    const uint32_t *words = spike_words(net, before, SFDFA_TICKS - 1);
    const uint32_t neurons = before->neurons;
    uint16_t end = net->learning.spike_count[layer_index - 1];
    for (uint8_t t = SFDFA_TICKS; t-- > 0;) {
        const uint16_t first = start[t];
        if (first != end) {
            uint32_t size =
                begin_tick(list, (uint32_t)(end - first), sfdfa_tick_key(net->learning.sample_key, layer_index, t));
            uint32_t place = 0;
            const uint32_t *word = words;
            for (uint32_t neuron = 0; neuron < neurons; neuron += 32) {
                for (uint32_t left = *word++; left != 0; left = sfdfa_without_lowest_bit(left)) {
                    list_input(list, place, neuron + sfdfa_lowest_bit(left));
                    if (++place == size) {
                        list->four += FOUR_BYTES;
                        place = 0;
                        size = 4;
                    }
                }
            }
        }
        words -= SFDFA_SPIKE_WORDS;
        end = first;
        end_tick(list, walk, t);
    }
}

static inline void list_inputs(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_walk_t *walk = &net->scratch.walk;
    listing_t list = {.four = (uint8_t *)walk->input};
    walk->input_end[SFDFA_TICKS] = walk->input;
    if (layer_index == 0) {
        list_events(net, &list, walk);
    } else {
        list_spiking(net, layer_index, &list, walk);
    }
}

/* What a walk needs besides. */
static inline void begin_walker(sfdfa_walker_t *walker, sfdfa_layer_table_t *layer)
{
    walker->row = layer->row;
}

/* What makes of the draw of an input its dither or, for a positive step, the dither's complement. */
static inline uint32_t dither_mask(sfdfa_layer_table_t *layer, uint16_t draw, int32_t sign)
{
    (void)layer;
    return ((draw ^ ~(uint32_t)sign) & 0xFF) * UINT32_C(0x01010101); /* in each byte */
}

/*
 * Walk down from a spike, of which gamma is already in s, and change every input's weight. Changes spikes_left and the
 * saturations.
 */
void sfdfa_m4_walk(sfdfa_walker_t *walker, int32_t gamma);

static inline void walk_listed(sfdfa_layer_table_t *layer, uint8_t place, sfdfa_walker_t *walker, int32_t gamma)
{
    (void)layer;
    (void)place;
    sfdfa_m4_walk(walker, gamma);
}

#endif
