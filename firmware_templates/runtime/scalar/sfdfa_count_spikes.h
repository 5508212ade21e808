/*
 * sfdfa_count_spikes.h: spikes counted from their bits.
 */
#ifndef SFDFA_COUNT_SPIKES_H
#define SFDFA_COUNT_SPIKES_H

#include "core/sfdfa_internal.h"
#include "scalar/sfdfa_remember.h"

/* How many ones there are in some words. */
static inline uint16_t count_ones(const uint32_t *words, uint16_t count)
{
    uint_fast16_t ones = 0;
    for (const uint32_t *end = words + count; words != end; words++) {
        for (uint32_t left = *words; left != 0; left = sfdfa_without_lowest_bit(left)) {
            ones++;
        }
    }
    return (uint16_t)ones;
}

/* How many spikes a layer had in tick t. */
static inline uint16_t count_spikes(const sfdfa_t *net, uint8_t layer_index, uint8_t t)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    return count_ones(spike_words(net, layer, t), word_count(layer));
}

/* Of each tick, the order of its first spike in the layer. */
static inline void find_first_spikes(sfdfa_t *net, uint8_t layer_index)
{
    uint16_t *next = net->scratch.walk.next_spike;
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const uint32_t *words = spike_words(net, layer, 0);
    const uint16_t count = word_count(layer);
    uint_fast16_t spikes = 0;
    for (uint16_t *end = next + SFDFA_TICKS; next != end; next++) {
        *next = (uint16_t)spikes;
        spikes += count_ones(words, count);
        words += SFDFA_SPIKE_WORDS;
    }
}

/* Spikes are counted when they are wanted. */
static inline void sfdfa_begin_spikes(sfdfa_t *net)
{
    (void)net;
}

#endif
