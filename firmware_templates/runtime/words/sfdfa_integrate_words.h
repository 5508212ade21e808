/*
 * sfdfa_integrate_words.h: the neurons of a layer in one tick, section 5 of docs/ARITHMETIC.md, one after the other.
 */
#ifndef SFDFA_INTEGRATE_WORDS_H
#define SFDFA_INTEGRATE_WORDS_H

#include "core/sfdfa_currents.h"
#include "core/sfdfa_fixed.h"
#include "core/sfdfa_internal.h"

/* Where there are kernels, the loop is for the few ticks that these do not take. */
#if SFDFA_CORTEX_M4
#define UNROLL_NEURONS
#else
#define UNROLL_NEURONS SFDFA_UNROLL
#endif

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
    UNROLL_NEURONS
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

#if !SFDFA_CORTEX_M4

/*
 * The same for a layer of narrow states. Of their products with what a decay leaves, and the inputs scaled to match, one shift makes
 * the next states; 2047 rounds them.
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
static inline uint16_t sfdfa_integrate_layer(sfdfa_t *net, sfdfa_layer_table_t *layer, bool has_inputs, sfdfa_index_t *list)
{
    if (net->sample.narrow) {
        return has_inputs ? integrate_narrow(net, layer, true, list) : integrate_narrow(net, layer, false, list);
    }
    if (SFDFA_STATE_CAN_SATURATE && layer->can_saturate) {
        return has_inputs ? integrate_neurons(net, layer, true, true, list) : integrate_neurons(net, layer, false, true, list);
    }
    return has_inputs ? integrate_neurons(net, layer, true, false, list) : integrate_neurons(net, layer, false, false, list);
}

#endif

#endif
