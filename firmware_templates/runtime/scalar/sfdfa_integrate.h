/*
 * sfdfa_integrate.h: the neurons of a layer in one tick, section 5 of docs/ARITHMETIC.md, in C, whatever their states;
 * and whether one that has no inputs any more can still spike. DESIGN.md, "Neurons that are done", has the proof of
 * that.
 */
#ifndef SFDFA_INTEGRATE_H
#define SFDFA_INTEGRATE_H

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_internal.h"
#include "scalar/sfdfa_sum_rows.h"

/* Step all neurons of a layer through a tick and list those that reached their threshold. Returns how many did. */
static inline uint16_t integrate_neurons(sfdfa_t *net, sfdfa_layer_table_t *layer, bool has_inputs, bool can_saturate,
                                         sfdfa_index_t *list)
{
    sfdfa_membrane_t *membrane = &net->scratch.membranes.neuron[layer->first_neuron];
    const int32_t *current = net->scratch.membranes.current;
    const int32_t scale = sfdfa_input_scale(layer);
    const int32_t decay_s = layer->decay_s;
    const int32_t decay = layer->decay;
    const int32_t limit = layer->state_limit;
    const int32_t threshold = layer->threshold;
    const uint16_t neurons = layer->neurons;
    uint16_t reached = 0;
    SFDFA_UNROLL_NEURONS
    for (uint16_t i = 0; i < neurons; i++) {
        const int32_t x = has_inputs ? *current++ * scale : 0;
        int32_t a = sfdfa_decay(SFDFA_STORED(membrane->a), decay_s) + x;
        int32_t b = sfdfa_decay(SFDFA_STORED(membrane->b), decay) + x;
        if (can_saturate) {
            a = sfdfa_saturate(a, limit, &net->saturations.state);
            b = sfdfa_saturate(b, limit, &net->saturations.state);
        }
        membrane->a = (sfdfa_state_t)SFDFA_STORED(a);
        membrane->b = (sfdfa_state_t)SFDFA_STORED(b);
        membrane++;
        if (b - a >= threshold) {
            list[reached++] = (sfdfa_index_t)i;
        }
    }
    return reached;
}

/*
 * 1 if a neuron without further inputs, below its threshold, may still reach it, else 0. Of B y - A y^2, which its
 * potential follows, the peak is at B^2 / 4A; past it the potential falls. Both sides are rounded so that the doubt is
 * on the side of the spike.
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

#endif
