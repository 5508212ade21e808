/*
 * sfdfa_step.h: what every layer that spikes does in a tick.
 */
#ifndef SFDFA_STEP_H
#define SFDFA_STEP_H

#include "core/sfdfa_internal.h"
#include SFDFA_ORDER(sfdfa_layer.h)
#include SFDFA_TICK_LEARNING

/* One tick of the neurons of a layer that has had inputs. Returns how many fired, and lists them. */
static inline uint16_t step_neurons(sfdfa_t *net, uint8_t layer_index, sfdfa_inputs_t inputs, sfdfa_index_t *list)
{
    sfdfa_learn_grades(net, layer_index, inputs);
    return sfdfa_step_layer(net, layer_index, inputs, list);
}

/*
 * Note the inputs of a layer in this tick. Returns whether it has had any so far, or a bias: else its states are 0, and
 * stay so.
 */
static inline bool has_had_inputs(sfdfa_t *net, uint8_t layer_index, sfdfa_inputs_t inputs)
{
    if (SFDFA_LEARNS && net->sample.learns) {
        sfdfa_learn_inputs(net, layer_index, inputs);
    }
    net->sample.inputs[layer_index] += inputs.count;
    return SFDFA_BIASED || net->sample.inputs[layer_index] > 0;
}

/* Where the spikes of a layer in this tick are listed. */
static inline sfdfa_index_t *spike_list(sfdfa_t *net, uint8_t layer_index)
{
    return net->sample.learns ? sfdfa_spike_list(net, layer_index)
                              : net->sample.spiking[layer_index % SFDFA_SPIKE_LISTS];
}

#endif
