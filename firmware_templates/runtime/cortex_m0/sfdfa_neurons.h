/*
 * sfdfa_neurons.h: the neurons of a layer in one tick, section 5 of docs/ARITHMETIC.md, by the kernels of Cortex-M0.
 */
#ifndef SFDFA_NEURONS_H
#define SFDFA_NEURONS_H

#include "core/sfdfa_internal.h"
#include "core/sfdfa_reset.h"
#include "scalar/sfdfa_integrate.h"
#include "sfdfa_cortex_m0.h"

/*
 * Step the first neurons of a layer through a tick and list those that reached their threshold. Returns how many did.
 */
static inline uint16_t sfdfa_integrate_neurons(sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t neurons,
                                               bool has_inputs, sfdfa_index_t *list)
{
    sfdfa_membrane_t *membrane = &net->scratch.membranes.neuron[layer->first_neuron];
    sfdfa_m0_integrate_t kernel;
    kernel.membrane = membrane;
    kernel.current = net->scratch.membranes.current;
    kernel.end = &membrane[neurons];
    kernel.input_shift = layer->input_shift < 0 ? (uint32_t)-layer->input_shift : 0;
    kernel.threshold = layer->threshold;
    kernel.decay_s = layer->decay_s;
    kernel.decay = layer->decay;
    kernel.list = list;
    kernel.limit = layer->state_limit;
    if (net->sample.narrow && has_inputs) {
        sfdfa_m0_integrate_inputs_narrow(&kernel);
    } else if (net->sample.narrow) {
        sfdfa_m0_integrate_narrow(&kernel);
    } else if (has_inputs) {
        sfdfa_m0_integrate_inputs(&kernel);
    } else {
        sfdfa_m0_integrate(&kernel);
    }
    net->saturations.state += kernel.saturations;
    return (uint16_t)(kernel.list - list);
}

/* The same of all of them. */
static inline uint16_t sfdfa_integrate_layer(sfdfa_t *net, sfdfa_layer_table_t *layer, bool has_inputs,
                                             sfdfa_index_t *list)
{
    return sfdfa_integrate_neurons(net, layer, layer->neurons, has_inputs, list);
}

/*
 * Fire the listed neurons, one or more, but for those that have fired often enough, which leave the list. Returns how
 * many fired, and leaves their A in `current`.
 */
static inline uint16_t sfdfa_fire(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_index_t *list, uint16_t reached)
{
    const sfdfa_reset_t reset = sfdfa_reset_of(layer);
    const sfdfa_m0_fire_t kernel = {
        .list = list,
        .current = net->scratch.membranes.current,
        .membrane = &net->scratch.membranes.neuron[layer->first_neuron],
        .counts = &net->sample.counts[layer->first_neuron],
        .end = &list[reached],
        .amount = reset.amount,
        .to_zero = reset.to_zero,
    };
    return (uint16_t)(sfdfa_m0_fire(&kernel) - list);
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
}

/* Step the listed neurons. Returns how many have reached their threshold, and their places in the list. */
static inline uint16_t sfdfa_coast_on(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_index_t *reached)
{
    return sfdfa_integrate_neurons(net, layer, net->sample.coasting, false, reached);
}

#endif
