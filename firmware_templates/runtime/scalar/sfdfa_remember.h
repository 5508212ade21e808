/*
 * sfdfa_remember.h: how a spike is remembered, section 8 of docs/ARITHMETIC.md: a bit for it, and rho.
 */
#ifndef SFDFA_REMEMBER_H
#define SFDFA_REMEMBER_H

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_internal.h"
#include "core/sfdfa_rho.h"

/* The words of a layer's spikes at tick t, and how many there are. */
static inline const uint32_t *spike_words(const sfdfa_t *net, sfdfa_layer_table_t *layer, uint8_t t)
{
    return &net->learning.spikes[t][layer->first_spike_word];
}

static inline uint16_t word_count(sfdfa_layer_table_t *layer)
{
    return (uint16_t)((layer->neurons + 31) / 32);
}

static inline void note_neurons(sfdfa_t *net, sfdfa_layer_table_t *layer, const sfdfa_index_t *spikes, uint16_t count)
{
    uint32_t *words = &net->learning.spikes[net->sample.tick][layer->first_spike_word];
    for (const sfdfa_index_t *end = &spikes[count]; spikes != end; spikes++) {
        words[*spikes / 32] |= UINT32_C(1) << (*spikes % 32);
    }
}

/* Note which neurons have spiked, and rho where there is room for it; that of the others goes to a place of its own. */
static inline void sfdfa_remember_rho(sfdfa_t *net, sfdfa_layer_table_t *layer, const sfdfa_index_t *spikes,
                                      uint16_t count, uint16_t order)
{
    note_neurons(net, layer, spikes, count);
    const int32_t room = (int32_t)layer->spike_capacity - order;
    const int32_t *current = net->scratch.membranes.current;
    const int32_t *const end = &current[count];
    const int32_t threshold = layer->threshold;
    int32_t place = (int32_t)layer->first_rho + order;
    const int32_t past = place + room; /* the first place behind the layer's */
    for (; current != end; place++) {
        const int32_t is_past = ~sfdfa_sign_mask(place - past);
        net->learning.rho[place + ((SFDFA_SPIKE_CAPACITY - place) & is_past)] = sfdfa_spike_rho(threshold, *current++);
    }
    net->saturations.spikes += (uint32_t)(count - sfdfa_clamp(room, 0, count));
}

#endif
