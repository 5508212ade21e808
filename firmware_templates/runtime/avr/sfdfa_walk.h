/*
 * sfdfa_walk.h: the inputs of a layer as the walk of a neuron wants them, and that walk, by the kernel of an AVR, for
 * dithers of a byte.
 */
#ifndef SFDFA_WALK_H
#define SFDFA_WALK_H

#include "core/sfdfa_internal.h"
#include "core/sfdfa_random.h"
#include "scalar/sfdfa_walker.h"
#include "sfdfa_avr.h"

/* Of an input: its row, and in the upper byte its draw. */
static inline uint32_t listed_input(uint32_t tick_key, uint16_t input, uint16_t row)
{
    return (uint32_t)(uint8_t)sfdfa_mix(tick_key ^ input) << 24 | (uint16_t)(input * row);
}

static inline uint32_t *list_events(const sfdfa_t *net, uint32_t *put, uint32_t tick_key, uint16_t row, uint8_t t)
{
    const sfdfa_index_t *first = &net->sample.event[first_event(net, t)];
    for (const sfdfa_index_t *event = &net->sample.event[net->learning.tick_end[t]]; event != first;) {
        *put++ = listed_input(tick_key, *--event, row);
    }
    return put;
}

static inline uint32_t *list_spikes(const uint32_t *words, uint16_t count, uint32_t *put, uint32_t tick_key,
                                    uint16_t row)
{
    uint16_t first = 0;
    for (const uint32_t *end = words + count; words != end; words++) {
        for (uint32_t left = *words; left != 0; left = sfdfa_without_lowest_bit(left)) {
            *put++ = listed_input(tick_key, (uint16_t)(first + sfdfa_lowest_bit(left)), row);
        }
        first = (uint16_t)(first + 32);
    }
    return put;
}

static void list_inputs(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_walk_t *walk = &net->scratch.walk;
    const uint16_t row = sfdfa_layers[layer_index].row;
    uint32_t *put = walk->input;
    const uint32_t **input_end = &walk->input_end[SFDFA_TICKS];
    *input_end = put;
    for (uint8_t t = SFDFA_TICKS; t-- > 0;) {
        const uint32_t tick_key = sfdfa_tick_key(net->learning.sample_key, layer_index, t);
        if (layer_index == 0) {
            put = list_events(net, put, tick_key, row, t);
        } else {
            sfdfa_layer_table_t *before = &sfdfa_layers[layer_index - 1];
            put = list_spikes(spike_words(net, before, t), word_count(before), put, tick_key, row);
        }
        *--input_end = put;
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
    (void)layer;
    return (uint8_t)(draw ^ ~(uint16_t)sign);
}

/* gamma of a spike that the neuron meets at tick t; all of these were remembered. As meet_spike, by the kernel. */
static inline uint16_t meet_remembered(sfdfa_walker_t *walker, uint16_t kept, uint8_t t)
{
    const sfdfa_rho_t rho = walker->rho[take_spike(walker, t)];
    const uint16_t s = sfdfa_avr_decay((uint16_t)walker->s, kept, (uint8_t)(walker->tick - t));
    const uint16_t gamma = (uint16_t)((uint16_t)own_gamma(rho) + (((uint32_t)rho * s + 128) >> 8));
    walker->s = sfdfa_saturate((int32_t)s + gamma, INT16_MAX, &walker->eligibility_saturations);
    walker->tick = t;
    return gamma;
}

static inline void walk_listed(sfdfa_layer_table_t *layer, uint8_t place, sfdfa_walker_t *walker, int32_t gamma)
{
    (void)place;
    const uint8_t number = (uint8_t)(walker->column - walker->columns);
    const int8_t sign = (int8_t)walker->sign;
    sfdfa_avr_walk_t walk = {
        .u = (uint32_t)gamma,
        .v = (uint32_t)gamma,
        .input = walker->input_end[walker->tick + 1],
        .input_end = &walker->input_end[walker->tick],
        .spikes = (const uint8_t *)walker->spikes + number % 32 / 8,
        .bit = sfdfa_bit_of_byte(number),
        .left = (uint8_t)(walker->tick - walker->first_tick),
        .kept_s = SFDFA_AVR_KEPT(layer->decay_s),
        .kept = SFDFA_AVR_KEPT(layer->decay),
        .step = (uint16_t)walker->step_size,
        .rounding = (uint16_t)walker->rounding,
        .largest = (uint16_t)(SFDFA_UPDATE_MAX - sign),
        .column = walker->column,
        .mask = (uint8_t)walker->mask,
        .direction = (int8_t)(1 + 2 * sign),
        .limit = (int8_t)(INT8_MAX ^ sign),
    };
    while (sfdfa_avr_walk(&walk)) {
        const uint16_t more = meet_remembered(walker, walk.kept, (uint8_t)(walker->first_tick + walk.left));
        walk.u += more;
        walk.v += more;
    }
    walker->eligibility_saturations += walk.eligibility_saturations;
    walker->update_saturations += walk.update_saturations;
}

#endif
