/*
 * sfdfa_neurons.h: the neurons of a layer in one tick, section 5 of docs/ARITHMETIC.md, one after the other.
 */
#ifndef SFDFA_NEURONS_H
#define SFDFA_NEURONS_H

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_internal.h"
#include "scalar/sfdfa_fire.h"
#include "scalar/sfdfa_integrate.h"

/*
 * The same for a layer of narrow states. Of their products with what a decay leaves, and the inputs scaled to match,
 * one shift makes the next states; 2047 rounds them.
 */
static inline uint16_t integrate_narrow(sfdfa_t *net, sfdfa_layer_table_t *layer, bool has_inputs, sfdfa_index_t *list)
{
    sfdfa_membrane_t *const first = &net->scratch.membranes.neuron[layer->first_neuron];
    sfdfa_membrane_t *const end = &first[layer->neurons];
    const int32_t *current = net->scratch.membranes.current;
    const uint8_t input_shift = (uint8_t)(12 - (layer->input_shift < 0 ? layer->input_shift : 0));
    const uint16_t kept_s = (uint16_t)(4096 - layer->decay_s);
    const uint16_t kept = (uint16_t)(4096 - layer->decay);
    const uint32_t rounding = sfdfa_opaque(2047); /* in a register, to which a product can be added */
    const int32_t threshold = layer->threshold;
    sfdfa_index_t *put = list;
    SFDFA_UNROLL
    for (sfdfa_membrane_t *membrane = first; membrane != end; membrane++) {
        const int32_t x = (int32_t)(rounding + (has_inputs ? sfdfa_shift_far((uint32_t)*current++, input_shift) : 0));
        const int32_t a = sfdfa_narrow_decay(membrane->a, kept_s, x);
        const int32_t b = sfdfa_narrow_decay(membrane->b, kept, x);
        *membrane = (sfdfa_membrane_t){(sfdfa_state_t)a, (sfdfa_state_t)b};
        if (b - a >= threshold) {
            *put++ = (sfdfa_index_t)(membrane - first);
        }
    }
    return (uint16_t)(put - list);
}

/* A copy of the loop for each case: without inputs there is nothing to add, and where it is proven nothing to clamp. */
static inline uint16_t sfdfa_integrate_layer(sfdfa_t *net, sfdfa_layer_table_t *layer, bool has_inputs,
                                             sfdfa_index_t *list)
{
    if (net->sample.narrow) {
        return has_inputs ? integrate_narrow(net, layer, true, list) : integrate_narrow(net, layer, false, list);
    }
    if (SFDFA_STATE_CAN_SATURATE && layer->can_saturate) {
        return has_inputs ? integrate_neurons(net, layer, true, true, list)
                          : integrate_neurons(net, layer, false, true, list);
    }
    return has_inputs ? integrate_neurons(net, layer, true, false, list)
                      : integrate_neurons(net, layer, false, false, list);
}

/*
 * List the neurons that may still spike. Their membranes move to the front of the layer's, in their order. Returns how
 * many there are.
 */
static inline uint16_t sfdfa_list_coasting(sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    sfdfa_membrane_t *first = &net->scratch.membranes.neuron[layer->first_neuron];
    const uint8_t *counts = &net->sample.counts[layer->first_neuron];
    sfdfa_index_t *list = net->sample.may_spike;
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
}

/* Step the listed neurons. Returns how many have reached their threshold, and their places in the list. */
static inline uint16_t sfdfa_coast_on(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_index_t *reached)
{
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
}

#endif
