/*
 * sfdfa_neurons.h: the neurons of a layer in one tick, section 5 of docs/ARITHMETIC.md, those of narrow states by the
 * kernel of an AVR.
 */
#ifndef SFDFA_NEURONS_H
#define SFDFA_NEURONS_H

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_internal.h"
#include "scalar/sfdfa_fire.h"
#include "scalar/sfdfa_integrate.h"
#include "sfdfa_avr.h"

/* Whether the kernel takes the neurons of a layer as they are now. */
static inline bool is_for_kernel(const sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    return net->sample.narrow && layer->input_shift >= -SFDFA_AVR_LARGEST_SHIFT;
}

/* Step the first neurons of a layer, and list those that reached their threshold. Returns how many did. */
static inline uint16_t integrate_narrow(sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t neurons, bool has_inputs,
                                        sfdfa_index_t *list)
{
    sfdfa_membrane_t *const first = &net->scratch.membranes.neuron[layer->first_neuron];
    const uint8_t shift = (uint8_t)(layer->input_shift < 0 ? -layer->input_shift : 0);
    const sfdfa_avr_integrate_t kernel = {
        .membrane = first,
        .end = &first[neurons],
        .current = net->scratch.membranes.current,
        .list = list,
        .kept_s = SFDFA_AVR_KEPT(layer->decay_s),
        .kept = SFDFA_AVR_KEPT(layer->decay),
        .threshold = layer->threshold,
        .factor = (uint8_t)(has_inputs ? 1 << shift : 0),
    };
    return (uint16_t)(sfdfa_avr_integrate(&kernel) - list);
}

static inline uint16_t sfdfa_integrate_layer(sfdfa_t *net, sfdfa_layer_table_t *layer, bool has_inputs,
                                             sfdfa_index_t *list)
{
    if (is_for_kernel(net, layer)) {
        return integrate_narrow(net, layer, layer->neurons, has_inputs, list);
    }
    const bool can_saturate = SFDFA_STATE_CAN_SATURATE && layer->can_saturate;
    return integrate_neurons(net, layer, has_inputs, can_saturate, list);
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
        if ((sfdfa_may_spike(layer, membrane.a, membrane.b) & unspent) != 0) {
            *list++ = (sfdfa_index_t)i;
            *kept++ = membrane;
        }
    }
    return (uint16_t)(list - net->sample.may_spike);
}

/* Step the listed neurons. Returns how many have reached their threshold, and their places in the list. */
static inline uint16_t sfdfa_coast_on(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_index_t *reached)
{
    const uint16_t neurons = net->sample.coasting;
    if (is_for_kernel(net, layer)) {
        return integrate_narrow(net, layer, neurons, false, reached);
    }
    sfdfa_membrane_t *const first = &net->scratch.membranes.neuron[layer->first_neuron];
    sfdfa_index_t *put = reached;
    for (sfdfa_membrane_t *membrane = first; membrane != &first[neurons]; membrane++) {
        membrane->a = sfdfa_decay(membrane->a, layer->decay_s);
        membrane->b = sfdfa_decay(membrane->b, layer->decay);
        if (membrane->b - membrane->a >= layer->threshold) {
            *put++ = (sfdfa_index_t)(membrane - first);
        }
    }
    return (uint16_t)(put - reached);
}

#endif
