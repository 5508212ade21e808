/*
 * sfdfa_coast.h: the neurons of a hidden layer that has no inputs any more. Few of them can still spike; the others need no more steps, for
 * nobody looks at their states again. DESIGN.md, "Neurons that are done", has the proof.
 */
#ifndef SFDFA_COAST_H
#define SFDFA_COAST_H

#include "sfdfa_fixed.h"
#include "sfdfa_internal.h"

/*
 * 1 if a neuron without further inputs, below its threshold, may still reach it, else 0. Of B y - A y^2, which its potential follows, the peak
 * is at B^2 / 4A; past it the potential falls. Both sides are rounded so that the doubt is on the side of the spike.
 */
static inline uint8_t sfdfa_may_spike(sfdfa_layer_table_t *layer, int32_t a, int32_t b)
{
    const uint8_t shift = layer->quiet_shift;
    const int32_t size_a = sfdfa_clamp(sfdfa_floor_shift(a, shift), 0, INT32_C(1) << 16);
    const int32_t size_b = sfdfa_clamp(sfdfa_floor_shift(b, shift), 0, INT32_C(1) << 15) + 1;
    const int32_t peaks_below = sfdfa_sign_mask(size_b * size_b - size_a * layer->quiet_factor - 1);
    const int32_t gains = sfdfa_floor_shift(a * layer->decay_s, 1);
    const int32_t loses = sfdfa_floor_shift(b * layer->decay, 1);
    const int32_t falls = sfdfa_sign_mask(gains - loses) | sfdfa_sign_mask(a - 1);
    const int32_t is_below = sfdfa_sign_mask(b - a - layer->quiet_below);
    return (uint8_t)(1 + (peaks_below | (falls & is_below)));
}

/* List the neurons that may still spike. */
static inline void sfdfa_begin_coasting(sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    sfdfa_sample_t *sample = &net->sample;
    const uint8_t *counts = &sample->counts[layer->first_neuron];
    const uint16_t neurons = layer->neurons;
    uint16_t listed = 0;
    for (uint16_t i = 0; i < neurons; i++) {
        const uint16_t neuron = (uint16_t)(layer->first_neuron + i);
        const uint8_t unspent = (uint8_t)((uint16_t)(counts[i] - SFDFA_MAX_SPIKES) >> 15);
        sample->may_spike[listed] = (sfdfa_index_t)i;
        listed = (uint16_t)(listed + (sfdfa_may_spike(layer, SFDFA_A(net, neuron), SFDFA_B(net, neuron)) & unspent));
    }
    sample->coasting = listed;
    sample->coasts = true;
}

/* Step those neurons, list and fire those that reach their threshold, and forget them if it was for the last time. Returns how many fired. */
static inline uint16_t sfdfa_coast(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_index_t *list)
{
    sfdfa_sample_t *sample = &net->sample;
    uint8_t *counts = &sample->counts[layer->first_neuron];
    sfdfa_index_t *kept = sample->may_spike;
    const sfdfa_index_t *const end = &sample->may_spike[sample->coasting];
    const int32_t decay_s = layer->decay_s;
    const int32_t decay = layer->decay;
    const int32_t threshold = layer->threshold;
    uint16_t spikes = 0;
    for (const sfdfa_index_t *next = kept; next != end; next++) {
        const uint16_t i = *next;
        const uint16_t neuron = (uint16_t)(layer->first_neuron + i);
        const int32_t a = sfdfa_decay(SFDFA_A(net, neuron), decay_s);
        int32_t b = sfdfa_decay(SFDFA_B(net, neuron), decay);
        SFDFA_A(net, neuron) = (sfdfa_state_t)a;
        SFDFA_B(net, neuron) = (sfdfa_state_t)b;
        *kept = (sfdfa_index_t)i;
        if (b - a < threshold) {
            kept++;
        } else {
            b -= threshold;
            SFDFA_B(net, neuron) = (sfdfa_state_t)b;
            const uint8_t unspent = (uint8_t)((uint16_t)(++counts[i] - SFDFA_MAX_SPIKES) >> 15);
            list[spikes++] = (sfdfa_index_t)i;
            kept += sfdfa_may_spike(layer, a, b) & unspent;
        }
    }
    sample->coasting = (uint16_t)(kept - sample->may_spike);
    return spikes;
}

#endif
