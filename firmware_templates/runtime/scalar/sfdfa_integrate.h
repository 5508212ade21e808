/*
 * sfdfa_integrate.h: the neurons of a layer in one tick, section 5 of docs/ARITHMETIC.md, in C, whatever their states.
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

#endif
