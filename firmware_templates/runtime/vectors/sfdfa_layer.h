/*
 * sfdfa_layer.h: one tick of a layer, section 5 of docs/ARITHMETIC.md, for processors with vectors: its neurons
 * together.
 */
#ifndef SFDFA_LAYER_H
#define SFDFA_LAYER_H

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_internal.h"
#include "core/sfdfa_reset.h"
#include "scalar/sfdfa_sum_rows.h"
#include "vectors/sfdfa_input.h"
#include SFDFA_LEARNING(sfdfa_eligibility.h)

#define SFDFA_NEURON_BLOCK 32 /* bits of a word */

/* Let what fills the last layer up to whole vectors rest at 0, where it neither spikes nor saturates. */
static inline void sfdfa_rest_fillers(sfdfa_t *net)
{
    for (uint_fast16_t i = SFDFA_NEURONS; i < SFDFA_NEURONS + SFDFA_VECTOR_LANES - 1; i++) {
        SFDFA_A(net, i) = 0;
        SFDFA_B(net, i) = 0;
    }
}

static inline void sfdfa_begin_layers(sfdfa_t *net)
{
    net->sample.done = 0;
    sfdfa_rest_fillers(net);
}

/*
 * Step `count` neurons, at most 32, through a tick. Those from the `own`-th on are not the layer's and have no inputs.
 * Returns a bit for each that has reached its threshold.
 */
static inline uint32_t integrate_block(sfdfa_t *net, sfdfa_layer_table_t *layer, uint_fast16_t first,
                                       uint_fast16_t count, uint_fast16_t own, bool has_inputs, bool can_saturate)
{
    static const SFDFA_FLASH uint32_t bit[SFDFA_NEURON_BLOCK] = {
        0x1,       0x2,       0x4,       0x8,       0x10,       0x20,       0x40,       0x80,
        0x100,     0x200,     0x400,     0x800,     0x1000,     0x2000,     0x4000,     0x8000,
        0x10000,   0x20000,   0x40000,   0x80000,   0x100000,   0x200000,   0x400000,   0x800000,
        0x1000000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000, 0x80000000,
    };
    sfdfa_membranes_t *membranes = &net->scratch.membranes;
    const uint_fast16_t first_neuron = (uint_fast16_t)layer->first_neuron + first;
    const int32_t scale = sfdfa_input_scale(layer);
    const int32_t decay_s = sfdfa_opaque_factor(layer->decay_s);
    const int32_t decay = sfdfa_opaque_factor(layer->decay);
    const int32_t limit = layer->state_limit;
    const int32_t threshold = layer->threshold;
    uint32_t saturations = 0;
    uint32_t reached = 0;
    for (uint_fast16_t i = 0; i < count; i++) {
        const int32_t x = has_inputs && i < own ? membranes->current[first + i] * scale : 0;
        int32_t next_a = sfdfa_decay(membranes->a[first_neuron + i], decay_s) + x;
        int32_t next_b = sfdfa_decay(membranes->b[first_neuron + i], decay) + x;
        if (can_saturate) {
            next_a = sfdfa_saturate(next_a, limit, &saturations);
            next_b = sfdfa_saturate(next_b, limit, &saturations);
        }
        const bool reaches = next_b - next_a >= threshold;
        membranes->a[first_neuron + i] = (sfdfa_state_t)next_a;
        membranes->b[first_neuron + i] = (sfdfa_state_t)next_b;
        reached |= reaches ? bit[i] : 0;
    }
    net->saturations.state += saturations;
    return reached;
}

/* The neurons of a layer that are stepped: those of the last one are filled up to whole vectors. */
static inline uint16_t stepped_neurons(sfdfa_layer_table_t *layer)
{
    const bool is_last = layer->first_neuron + layer->neurons == SFDFA_NEURONS;
    return is_last ? (uint16_t)SFDFA_WHOLE_VECTORS(layer->neurons) : layer->neurons;
}

/*
 * Step all neurons of a layer, in blocks of a length that the compiler knows as far as they go, and note those that
 * reached.
 */
static inline void integrate_neurons(sfdfa_t *net, sfdfa_layer_table_t *layer, bool has_inputs, bool can_saturate)
{
    uint32_t *reached = net->scratch.membranes.reached;
    const uint16_t neurons = stepped_neurons(layer);
    uint16_t first = 0;
    /* The first condition is for GCC, which would warn of a block past the end of all neurons. */
    for (; SFDFA_WIDEST >= SFDFA_NEURON_BLOCK && layer->neurons - first >= SFDFA_NEURON_BLOCK;
         first = (uint16_t)(first + SFDFA_NEURON_BLOCK)) {
        *reached++ =
            integrate_block(net, layer, first, SFDFA_NEURON_BLOCK, SFDFA_NEURON_BLOCK, has_inputs, can_saturate);
    }
    if (first < neurons) {
        *reached = integrate_block(net, layer, first, (uint8_t)(neurons - first), (uint8_t)(layer->neurons - first),
                                   has_inputs, can_saturate);
    }
}

/* A copy of the loop for each case: without inputs there is nothing to add, and where it is proven nothing to clamp. */
static inline void sfdfa_integrate_layer(sfdfa_t *net, sfdfa_layer_table_t *layer, bool has_inputs)
{
    const bool can_saturate = SFDFA_STATE_CAN_SATURATE && layer->can_saturate;
    if (has_inputs && can_saturate) {
        integrate_neurons(net, layer, true, true);
    } else if (has_inputs) {
        integrate_neurons(net, layer, true, false);
    } else if (can_saturate) {
        integrate_neurons(net, layer, false, true);
    } else {
        integrate_neurons(net, layer, false, false);
    }
}

/* Fire a neuron, but if it has fired often enough. Returns whether it did, and notes it either way. */
static inline bool fire_neuron(sfdfa_t *net, sfdfa_layer_table_t *layer, uint_fast16_t i, sfdfa_index_t *index,
                               int32_t *current)
{
    const uint_fast16_t neuron = layer->first_neuron + i;
    *index = (sfdfa_index_t)i;
    *current = SFDFA_A(net, neuron);
    if (net->sample.counts[neuron] >= SFDFA_MAX_SPIKES) {
        return false;
    }
    net->sample.counts[neuron]++;
    SFDFA_B(net, neuron) =
        (sfdfa_state_t)sfdfa_after_spike(sfdfa_reset_of(layer), SFDFA_A(net, neuron), SFDFA_B(net, neuron));
    return true;
}

/*
 * Fire the neurons that reached their threshold, in order, two words at a time: each end of a loop may be foretold
 * wrongly.
 */
static inline uint16_t sfdfa_fire(sfdfa_t *net, uint8_t layer_index, sfdfa_index_t *list)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const uint32_t *reached = net->scratch.membranes.reached;
    int32_t *currents = sfdfa_spike_currents(net, layer_index);
    const uint16_t neurons = layer->neurons;
    uint16_t spikes = 0;
    for (uint16_t first = 0; first < neurons; first = (uint16_t)(first + 2 * SFDFA_NEURON_BLOCK)) {
        uint64_t left = *reached++;
        if (neurons - first > SFDFA_NEURON_BLOCK) {
            left |= (uint64_t)*reached++ << SFDFA_NEURON_BLOCK;
        }
        for (; left != 0; left &= left - 1) {
            const uint_fast16_t i = first + (uint_fast16_t)__builtin_ctzll(left);
            spikes = (uint16_t)(spikes + fire_neuron(net, layer, i, &list[spikes], &currents[spikes]));
        }
    }
    return spikes;
}

/* The neurons of a layer that has had inputs. Returns how many fired, and lists them. */
static uint16_t sfdfa_step_layer(sfdfa_t *net, uint8_t layer_index, sfdfa_inputs_t inputs, sfdfa_index_t *list)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    if (inputs.count > 0) {
        sfdfa_sum_inputs(net, layer, inputs);
    }
    const bool has_inputs = SFDFA_BIASED ? sfdfa_add_bias(net, layer_index, inputs.count > 0) : inputs.count > 0;
    sfdfa_integrate_layer(net, layer, has_inputs);
    return sfdfa_fire(net, layer_index, list);
}

/* No hidden layer without inputs is treated in a way of its own: it is cheaper to step all neurons than to choose. */
static inline bool sfdfa_is_coasting(const sfdfa_t *net, uint8_t layer_index, sfdfa_inputs_t inputs)
{
    (void)net, (void)layer_index, (void)inputs;
    return false;
}

static inline uint16_t sfdfa_step_coasting(sfdfa_t *net, uint8_t layer_index, sfdfa_index_t *list)
{
    (void)net, (void)layer_index, (void)list;
    return 0;
}

#endif
