/*
 * sfdfa_integrate_m4.h: the neurons of a layer in one tick, section 5 of docs/ARITHMETIC.md, by the kernels of Cortex-M with the DSP extension.
 */
#ifndef SFDFA_INTEGRATE_M4_H
#define SFDFA_INTEGRATE_M4_H

#include "sfdfa_cortex_m4.h"
#include "sfdfa_integrate_words.h"

/* Step all neurons of a layer through a tick and list those that reached their threshold. Returns how many did. */
static inline uint16_t sfdfa_integrate_layer(sfdfa_t *net, sfdfa_layer_table_t *layer, bool has_inputs, sfdfa_index_t *list)
{
    if (has_inputs && !net->sample.packed) {
        return integrate_neurons(net, layer, true, SFDFA_STATE_CAN_SATURATE, list);
    }
    sfdfa_m4_integrate_t kernel = {
        .membrane = &net->scratch.membranes.neuron[layer->first_neuron],
        .lanes = (const uint32_t *)net->scratch.membranes.current,
        .threshold = layer->threshold,
        .decay_s = (int32_t)((uint32_t)layer->decay_s << 20),
        .decay = (int32_t)((uint32_t)layer->decay << 20),
        .scale = (uint16_t)-sfdfa_input_scale(layer),
        .neurons = layer->neurons,
        .list = list,
        .limit = layer->state_limit,
    };
#if SFDFA_STATE_CAN_SATURATE
    if (!net->sample.narrow && layer->can_saturate) {
        if (has_inputs) {
            sfdfa_m4_integrate_inputs_limited(&kernel);
        } else {
            sfdfa_m4_integrate_limited(&kernel);
        }
        net->saturations.state += kernel.saturations;
        return (uint16_t)(kernel.list - list);
    }
#endif
    if (has_inputs) {
        sfdfa_m4_integrate_inputs(&kernel);
    } else {
        sfdfa_m4_integrate(&kernel);
    }
    return (uint16_t)(kernel.list - list);
}

#endif
