/*
 * sfdfa_coast.h: the neurons of a hidden layer that has no inputs any more. Few of them can still spike; the others need no more steps, for
 * nobody looks at their states again. DESIGN.md, "Neurons that are done", has the proof.
 */
#ifndef SFDFA_COAST_H
#define SFDFA_COAST_H

#include "sfdfa_fixed.h"
#include "sfdfa_internal.h"

#if !SFDFA_WALK_BY_TICKS

/*
 * 1 if a neuron without further inputs, below its threshold, may still reach it, else 0. Of B y - A y^2, which its potential follows, the peak
 * is at B^2 / 4A; past it the potential falls. Both sides are rounded so that the doubt is on the side of the spike.
 */
static inline uint8_t sfdfa_may_spike(sfdfa_layer_table_t *layer, int32_t a, int32_t b)
{
    const int32_t gains = sfdfa_floor_shift(a * layer->decay_s, 1);
    const int32_t loses = sfdfa_floor_shift(b * layer->decay, 1);
    const int32_t falls = sfdfa_sign_mask(gains - loses) | sfdfa_sign_mask(a - 1);
    if ((falls & sfdfa_sign_mask(b - a - layer->quiet_below)) != 0) {
        return 0;
    }
    const uint8_t shift = layer->quiet_shift;
    const int32_t size_a = sfdfa_clamp(sfdfa_floor_shift(a, shift), 0, INT32_C(1) << 16);
    const int32_t size_b = sfdfa_clamp(sfdfa_floor_shift(b, shift), 0, INT32_C(1) << 15) + 1;
    const int32_t peaks_below = sfdfa_sign_mask(size_b * size_b - size_a * layer->quiet_factor - 1);
    return (uint8_t)(1 + peaks_below);
}

/* List the neurons that may still spike. Their membranes move to the front of the layer's, in their order. Returns how many there are. */
static inline uint16_t sfdfa_list_coasting(sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    sfdfa_membrane_t *first = &net->scratch.membranes.neuron[layer->first_neuron];
    const uint8_t *counts = &net->sample.counts[layer->first_neuron];
    sfdfa_index_t *list = net->sample.may_spike;
#if SFDFA_CORTEX_M0
    sfdfa_m0_coasting_t kernel;
    kernel.membrane = first;
    kernel.counts = counts;
    kernel.end = &first[layer->neurons];
    kernel.list = list;
    kernel.decay_s = layer->decay_s;
    kernel.decay = layer->decay;
    kernel.quiet_below = layer->quiet_below;
    kernel.quiet_factor = layer->quiet_factor;
    kernel.quiet_shift = layer->quiet_shift;
    sfdfa_m0_begin_coasting(&kernel);
    return (uint16_t)(kernel.list - list);
#elif SFDFA_CORTEX_M4
    return (uint16_t)(sfdfa_m4_list_coasting(first, counts, layer, list) - list);
#else
    sfdfa_membrane_t *kept = first;
    const uint16_t neurons = layer->neurons;
    for (uint16_t i = 0; i < neurons; i++) {
        const sfdfa_membrane_t membrane = first[i];
        const uint8_t unspent = (uint8_t)((uint16_t)(counts[i] - SFDFA_MAX_SPIKES) >> 15);
        if ((sfdfa_may_spike(layer, SFDFA_STORED(membrane.a), SFDFA_STORED(membrane.b)) & unspent) != 0) {
            *list++ = (sfdfa_index_t)i;
            *kept++ = membrane;
        }
    }
    return (uint16_t)(list - net->sample.may_spike);
#endif
}

static inline void sfdfa_begin_coasting(sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    sfdfa_sample_t *sample = &net->sample;
    sample->coasting = sfdfa_list_coasting(net, layer);
    sample->left = sample->coasting;
    sample->coasts = true;
}

/* Step the listed neurons. Returns how many have reached their threshold, and their places in the list. */
static inline uint16_t sfdfa_coast_on(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_index_t *reached)
{
#if SFDFA_CORTEX_M0
    return sfdfa_integrate_neurons(net, layer, net->sample.coasting, false, reached);
#elif SFDFA_CORTEX_M4
    sfdfa_membrane_t *first = &net->scratch.membranes.neuron[layer->first_neuron];
    return (uint16_t)(sfdfa_m4_integrate(first, net->sample.coasting, layer, reached) - reached);
#else
    sfdfa_membrane_t *const first = &net->scratch.membranes.neuron[layer->first_neuron];
    const sfdfa_membrane_t *end = &first[net->sample.coasting];
    const int32_t threshold = layer->threshold;
    const int32_t decay_s = layer->decay_s;
    const int32_t decay = layer->decay;
    sfdfa_index_t *put = reached;
    for (sfdfa_membrane_t *membrane = first; membrane != end; membrane++) {
        const int32_t a = sfdfa_decay(membrane->a, decay_s);
        const int32_t b = sfdfa_decay(membrane->b, decay);
        *membrane = (sfdfa_membrane_t){(sfdfa_state_t)a, (sfdfa_state_t)b};
        if (b - a >= threshold) {
            *put++ = (sfdfa_index_t)(membrane - first);
        }
    }
    return (uint16_t)(put - reached);
#endif
}

/* A neuron that has reached its threshold spikes. If it may not do so once more it stays in the list, at rest. Returns 1 if it may, else 0. */
static inline uint8_t sfdfa_spike_coasting(sfdfa_layer_table_t *layer, sfdfa_membrane_t *membrane, uint8_t *count)
{
    const int32_t a = SFDFA_STORED(membrane->a);
    const int32_t b = SFDFA_STORED(membrane->b) - layer->threshold;
    *count = (uint8_t)(*count + 1);
    const uint8_t unspent = (uint8_t)((uint16_t)(*count - SFDFA_MAX_SPIKES) >> 15);
    const uint8_t again = sfdfa_may_spike(layer, a, b) & unspent;
    membrane->a = (sfdfa_state_t)SFDFA_STORED(a & -again);
    membrane->b = (sfdfa_state_t)SFDFA_STORED(b & -again);
    return again;
}

/* One tick of the neurons that may still spike. Lists those that do, and returns how many. */
static inline uint16_t sfdfa_coast(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_index_t *list)
{
    sfdfa_sample_t *sample = &net->sample;
    sfdfa_membrane_t *membrane = &net->scratch.membranes.neuron[layer->first_neuron];
    int32_t *currents = net->scratch.membranes.current;
    uint8_t *counts = &sample->counts[layer->first_neuron];
    const uint16_t spikes = sample->coasting > 0 ? sfdfa_coast_on(net, layer, list) : 0;
    uint16_t left = (uint16_t)(sample->left - spikes);
    for (uint16_t k = 0; k < spikes; k++) {
        const uint16_t place = list[k];
        const sfdfa_index_t i = sample->may_spike[place];
        list[k] = i;
        currents[k] = SFDFA_STORED(membrane[place].a);
        left = (uint16_t)(left + sfdfa_spike_coasting(layer, &membrane[place], &counts[i]));
    }
    sample->left = left;
    return spikes;
}

#endif
#endif
