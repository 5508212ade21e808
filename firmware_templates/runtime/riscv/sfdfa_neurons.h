/*
 * sfdfa_neurons.h: the neurons of a layer in one tick, section 5 of docs/ARITHMETIC.md, those of narrow states by the
 * kernels of RISC-V.
 */
#ifndef SFDFA_NEURONS_H
#define SFDFA_NEURONS_H

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_internal.h"
#include "scalar/sfdfa_integrate.h"
#include "sfdfa_riscv.h"

/*
 * A layer of narrow states whose currents are there. Of their products with what a decay leaves, and the
 * inputs scaled to match, one shift makes the next states; 2047 rounds them.
 */
static SFDFA_SELDOM uint16_t integrate_apart(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_index_t *list)
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
        const int32_t x = (int32_t)(rounding + sfdfa_shift_far((uint32_t)*current++, input_shift));
        const int32_t a = sfdfa_narrow_decay(membrane->a, kept_s, x);
        const int32_t b = sfdfa_narrow_decay(membrane->b, kept, x);
        *membrane = (sfdfa_membrane_t){(sfdfa_state_t)a, (sfdfa_state_t)b};
        if (b - a >= threshold) {
            *put++ = (sfdfa_index_t)(membrane - first);
        }
    }
    return (uint16_t)(put - list);
}

/* The first neurons of a layer, narrow and without inputs. */
static inline uint16_t integrate_idle(sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t neurons, sfdfa_index_t *list)
{
    sfdfa_membrane_t *const first = &net->scratch.membranes.neuron[layer->first_neuron];
    return (uint16_t)(sfdfa_riscv_integrate(layer, first, &first[neurons], list) - list);
}

/* A narrow layer whose inputs are not summed yet. */
static inline uint16_t step_with_inputs(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_index_t *list)
{
    const sfdfa_index_t *const inputs = net->sample.unsummed_inputs;
    const sfdfa_index_t *const end =
        sfdfa_riscv_step(layer, &net->scratch.membranes.neuron[layer->first_neuron], list,
                         &net->learned.weights[layer->first_weight], inputs, &inputs[net->sample.unsummed]);
    return (uint16_t)(end - list);
}

/* A layer of other states. */
static SFDFA_SELDOM uint16_t integrate_wide(sfdfa_t *net, sfdfa_layer_table_t *layer, bool has_inputs,
                                            sfdfa_index_t *list)
{
    const bool can_saturate = SFDFA_STATE_CAN_SATURATE && layer->can_saturate;
    return integrate_neurons(net, layer, has_inputs, can_saturate, list);
}

/* A function of its own: what follows it is then one way for ticks with inputs and without, and takes as long. */
static SFDFA_SELDOM uint16_t sfdfa_integrate_layer(sfdfa_t *net, sfdfa_layer_table_t *layer, bool has_inputs,
                                                   sfdfa_index_t *list)
{
    if (!net->sample.narrow) {
        return integrate_wide(net, layer, has_inputs, list);
    }
    if (!has_inputs) {
        return integrate_idle(net, layer, layer->neurons, list);
    }
    return net->sample.unsummed > 0 ? step_with_inputs(net, layer, list) : integrate_apart(net, layer, list);
}

/*
 * Fire the listed neurons, one or more, but for those that have fired often enough, which leave the list. Returns how
 * many fired, and leaves their A in `current`.
 */
static inline uint16_t sfdfa_fire(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_index_t *list, uint16_t reached)
{
    const uint16_t first = layer->first_neuron;
    const sfdfa_index_t *const end =
        sfdfa_riscv_fire(layer, list, &list[reached], &net->sample.counts[first], &net->scratch.membranes.neuron[first],
                         net->scratch.membranes.current);
    return (uint16_t)(end - list);
}

/*
 * List the neurons that may still spike. Their membranes move to the front of the layer's, in their order. Returns how
 * many there are.
 */
static inline uint16_t sfdfa_list_coasting(sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    const uint16_t first_neuron = layer->first_neuron;
    sfdfa_membrane_t *const first = &net->scratch.membranes.neuron[first_neuron];
    sfdfa_index_t *const list = net->sample.may_spike;
    const sfdfa_index_t *const end =
        sfdfa_riscv_list_coasting(layer, first, &first[layer->neurons], &net->sample.counts[first_neuron], list);
    return (uint16_t)(end - list);
}

/* The first neurons of a layer of other states, without inputs. */
static SFDFA_SELDOM uint16_t coast_wide(sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t neurons,
                                        sfdfa_index_t *reached)
{
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

/* Step the listed neurons. Returns how many have reached their threshold, and their places in the list. */
static inline uint16_t sfdfa_coast_on(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_index_t *reached)
{
    const uint16_t neurons = net->sample.coasting;
    if (net->sample.narrow) {
        return integrate_idle(net, layer, neurons, reached);
    }
    return coast_wide(net, layer, neurons, reached);
}

#endif
