/*
 * sfdfa_layer.h: one tick of a layer, neuron by neuron. The neurons of a hidden layer that has no inputs any more
 * coast: few can still spike, and the others need no more steps, for nobody looks at their states again.
 */
#ifndef SFDFA_LAYER_H
#define SFDFA_LAYER_H

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_internal.h"
#include SFDFA_CORE(sfdfa_input.h)
#include SFDFA_CORE(sfdfa_neurons.h)
#include SFDFA_COAST

static inline void sfdfa_begin_layers(sfdfa_t *net)
{
    net->sample.done = 0;
    net->sample.coasts = false;
}

/* Whether the inputs of the sample so far keep all states of a layer below 2^19. */
static inline bool is_narrow(const sfdfa_t *net, uint8_t layer_index)
{
    return SFDFA_CAN_BE_NARROW && net->sample.inputs[layer_index] <= sfdfa_layers[layer_index].narrow_inputs;
}

/* The neurons of a layer that has had inputs. Returns how many fired, and lists them. */
static uint16_t sfdfa_step_layer(sfdfa_t *net, uint8_t layer_index, sfdfa_inputs_t inputs, sfdfa_index_t *list)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    net->sample.narrow = is_narrow(net, layer_index);
    if (inputs.count > 0) {
        sfdfa_sum_inputs(net, layer, inputs);
    }
    const bool has_inputs = SFDFA_BIASED ? sfdfa_add_bias(net, layer_index, inputs.count > 0) : inputs.count > 0;
    const uint16_t reached = sfdfa_integrate_layer(net, layer, has_inputs, list);
    return reached > 0 ? sfdfa_fire(net, layer, list, reached) : 0;
}

static inline void sfdfa_begin_coasting(sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    sfdfa_sample_t *sample = &net->sample;
    sample->coasting = sfdfa_list_coasting(net, layer);
    sample->left = sample->coasting;
    sample->coasts = true;
}

/*
 * One tick of the first hidden layer that is not done, if it has no inputs any more. Returns how many neurons fired,
 * and lists them.
 */
static uint16_t sfdfa_step_coasting(sfdfa_t *net, uint8_t layer_index, sfdfa_index_t *list)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    if (!net->sample.coasts) {
        sfdfa_begin_coasting(net, layer);
    }
    net->sample.narrow = is_narrow(net, layer_index);
    const uint16_t spikes = sfdfa_coast(net, layer, list);
    if (net->sample.left == 0) {
        net->sample.coasts = false;
        net->sample.done++;
    }
    return spikes;
}

/* Whether a hidden layer has no inputs any more. */
static bool sfdfa_is_coasting(const sfdfa_t *net, uint8_t layer_index, sfdfa_inputs_t inputs)
{
    const sfdfa_sample_t *sample = &net->sample;
    const uint16_t against = (uint16_t)(sample->begun | (layer_index ^ sample->done) | inputs.count);
    return against == 0 && !SFDFA_BIASED && !sfdfa_is_watched();
}

#endif
