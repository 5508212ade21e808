/*
 * sfdfa_coast.h: the neurons of a hidden layer that has no inputs any more. Few of them can still spike; the others need no more steps, for
 * nobody looks at their states again. DESIGN.md, "Neurons that are done", has the proof.
 */
#ifndef SFDFA_COAST_H
#define SFDFA_COAST_H

#include "sfdfa_cortex_m0.h"
#include "sfdfa_cortex_m4.h"
#include "sfdfa_fixed.h"
#include "sfdfa_internal.h"

#if !SFDFA_WALK_BY_TICKS

#if SFDFA_CORTEX_M0
#define SFDFA_COAST_ON sfdfa_m0_coast
#elif SFDFA_CORTEX_M4
#define SFDFA_COAST_ON sfdfa_m4_coast
#else
#define SFDFA_COAST_ON sfdfa_coast_on
#endif

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
    const sfdfa_membrane_t *membrane = &net->scratch.membranes.neuron[layer->first_neuron];
    const uint16_t neurons = layer->neurons;
    sfdfa_index_t *listed = sample->may_spike;
    for (uint16_t i = 0; i < neurons; i++, membrane++) {
        const uint8_t unspent = (uint8_t)((uint16_t)(counts[i] - SFDFA_MAX_SPIKES) >> 15);
        *listed = (sfdfa_index_t)i;
        listed += sfdfa_may_spike(layer, SFDFA_STORED(membrane->a), SFDFA_STORED(membrane->b)) & unspent;
    }
    sample->coasting = (uint16_t)(listed - sample->may_spike);
    sample->coasts = true;
}

#if !SFDFA_CORTEX_M4

/* Step listed neurons until one has reached its threshold, or to the end. Returns whether one has; it is the last one that was kept. */
static inline bool sfdfa_coast_on(sfdfa_coasting_t *list)
{
    const sfdfa_index_t *next = list->next;
    sfdfa_index_t *kept = list->kept;
    bool reached = false;
    while (next != list->end) {
        sfdfa_membrane_t *membrane = &list->membrane[*kept++ = *next++];
        const int32_t a = sfdfa_decay(membrane->a, list->decay_s);
        const int32_t b = sfdfa_decay(membrane->b, list->decay);
        *membrane = (sfdfa_membrane_t){(sfdfa_state_t)a, (sfdfa_state_t)b};
        if (b - a >= list->threshold) {
            reached = true;
            break;
        }
    }
    list->next = next;
    list->kept = kept;
    return reached;
}

#endif

/* A neuron that has reached its threshold spikes. Returns 1 if it may do so once more, else 0. */
static inline uint8_t sfdfa_spike_coasting(sfdfa_layer_table_t *layer, sfdfa_membrane_t *membrane, uint8_t *count)
{
    const int32_t b = SFDFA_STORED(membrane->b) - layer->threshold;
    membrane->b = (sfdfa_state_t)SFDFA_STORED(b);
    *count = (uint8_t)(*count + 1);
    const uint8_t unspent = (uint8_t)((uint16_t)(*count - SFDFA_MAX_SPIKES) >> 15);
    return sfdfa_may_spike(layer, SFDFA_STORED(membrane->a), b) & unspent;
}

/* Step the neurons that may still spike, fire and list those that reach their threshold, and forget whom it was the last time for. Returns how many fired. */
static inline uint16_t sfdfa_coast(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_index_t *spiking)
{
    sfdfa_sample_t *sample = &net->sample;
    uint8_t *counts = &sample->counts[layer->first_neuron];
    sfdfa_coasting_t list = {
        .next = sample->may_spike,
        .kept = sample->may_spike,
        .end = &sample->may_spike[sample->coasting],
        .membrane = &net->scratch.membranes.neuron[layer->first_neuron],
        .threshold = layer->threshold,
        .decay_s = layer->decay_s,
        .decay = layer->decay,
    };
    uint16_t spikes = 0;
    while (SFDFA_COAST_ON(&list)) {
        const sfdfa_index_t i = list.kept[-1];
        spiking[spikes++] = i;
        list.kept += sfdfa_spike_coasting(layer, &list.membrane[i], &counts[i]) - 1;
    }
    sample->coasting = (uint16_t)(list.kept - sample->may_spike);
    return spikes;
}

#endif
#endif
