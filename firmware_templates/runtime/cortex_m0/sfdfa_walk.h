/*
 * sfdfa_walk.h: the inputs of a layer as the walk of a neuron wants them, and that walk, by the kernels of Cortex-M0.
 */
#ifndef SFDFA_WALK_H
#define SFDFA_WALK_H

#include "core/sfdfa_internal.h"
#include "core/sfdfa_random.h"
#include "scalar/sfdfa_walker.h"
#include "sfdfa_cortex_m0.h"

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

/*
 * Walk down from a spike, of which gamma is already in s, and change every input's weight, which lies so many bits up
 * in its cell. Changes s, spikes, spikes_left and the saturations.
 */
void sfdfa_m0_walk(sfdfa_walker_t *walker, int32_t gamma, uint32_t place);

static inline void walk_listed(sfdfa_layer_table_t *layer, uint8_t place, sfdfa_walker_t *walker, int32_t gamma)
{
    (void)layer;
    sfdfa_m0_walk(walker, gamma, 4U * place);
}

#endif
