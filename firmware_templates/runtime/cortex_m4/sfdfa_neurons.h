/*
 * sfdfa_neurons.h: the neurons of a layer in one tick, section 5 of docs/ARITHMETIC.md, by the kernels of Cortex-M with
 * the DSP extension.
 */
#ifndef SFDFA_NEURONS_H
#define SFDFA_NEURONS_H

#include "core/sfdfa_internal.h"
#include "scalar/sfdfa_fire.h"
#include "scalar/sfdfa_integrate.h"
#include "sfdfa_cortex_m4.h"

/* With sums that the kernels do not take. */
static SFDFA_SELDOM uint16_t integrate_unpacked(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_index_t *list)
{
    return integrate_neurons(net, layer, true, SFDFA_STATE_CAN_SATURATE, list);
}

/* Step all neurons of a layer through a tick and list those that reached their threshold. Returns how many did. */
static inline uint16_t sfdfa_integrate_layer(sfdfa_t *net, sfdfa_layer_table_t *layer, bool has_inputs,
                                             sfdfa_index_t *list)
{
    sfdfa_membrane_t *membrane = &net->scratch.membranes.neuron[layer->first_neuron];
    const uint32_t *lanes = (const uint32_t *)net->scratch.membranes.current;
    const sfdfa_index_t *end;
    if (has_inputs && !net->sample.packed) {
        return integrate_unpacked(net, layer, list);
    }
    if (SFDFA_STATE_CAN_SATURATE && !net->sample.narrow && layer->can_saturate) {
        uint32_t *saturations = &net->saturations.state;
        end = has_inputs ? sfdfa_m4_integrate_inputs_limited(membrane, lanes, layer, list, saturations)
                         : sfdfa_m4_integrate_limited(membrane, layer->neurons, layer, list, saturations);
        return (uint16_t)(end - list);
    }
    end = has_inputs ? sfdfa_m4_integrate_inputs(membrane, lanes, layer, list)
                     : sfdfa_m4_integrate(membrane, layer->neurons, layer, list);
    return (uint16_t)(end - list);
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
    return (uint16_t)(sfdfa_m4_list_coasting(first, counts, layer, list) - list);
}

/* Step the listed neurons. Returns how many have reached their threshold, and their places in the list. */
static inline uint16_t sfdfa_coast_on(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_index_t *reached)
{
    sfdfa_membrane_t *first = &net->scratch.membranes.neuron[layer->first_neuron];
    return (uint16_t)(sfdfa_m4_integrate(first, net->sample.coasting, layer, reached) - reached);
}

#endif
