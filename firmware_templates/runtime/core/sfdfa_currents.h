/*
 * sfdfa_currents.h: the synaptic currents of a layer in one tick, X of section 5 of docs/ARITHMETIC.md.
 */
#ifndef SFDFA_CURRENTS_H
#define SFDFA_CURRENTS_H

#include "cortex_m0/sfdfa_cortex_m0.h"
#include "cortex_m4/sfdfa_cortex_m4.h"
#include "sfdfa_fixed.h"
#include "sfdfa_internal.h"
#include "sfdfa_kernels.h"
#include "words/sfdfa_packed.h"

#if SFDFA_WALK_BY_TICKS && SFDFA_WEIGHT_BITS == 8
#include "vectors/sfdfa_sum_vectors.h"
#endif

#if SFDFA_PACKED

/* Whether all rows of a layer begin at multiples of four bytes, or need not to. */
static inline bool rows_are_words(sfdfa_layer_table_t *layer)
{
#if defined(__ARM_FEATURE_UNALIGNED)
    (void)layer;
    return true;
#else
    return layer->row % 4 == 0 && layer->first_weight % 4 == 0;
#endif
}

#endif

#if SFDFA_CORTEX_M0

/* Sum a layer with the kernel. Returns whether it takes the layer. */
static inline bool sum_packed(int32_t *current, const sfdfa_weight_t *weights, sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs,
                              uint8_t shift, uint32_t offset)
{
    if (inputs.count > SFDFA_M0_MOST_ROWS) {
        return false;
    }
    const sfdfa_m0_sum_t kernel = {
        .input = inputs.index,
        .end = &inputs.index[inputs.count],
        .row = layer->row,
        .weights = weights,
        .current = current,
        .current_end = &current[layer->neurons],
        .shift = shift,
        .offset = offset,
        .alignment = layer->row | layer->first_weight,
    };
    sfdfa_m0_sum(&kernel);
    return true;
}

/* Currents that the kernel has left as they are: in the unit of the states, shifted, with the offset. */
static inline void finish_currents(int32_t *current, sfdfa_layer_table_t *layer, uint8_t shift, uint32_t offset)
{
    const uint16_t neurons = layer->neurons;
    for (uint16_t i = 0; i < neurons; i++) {
        const int32_t x = layer->input_shift > 0 ? sfdfa_round_shift(current[i], (uint8_t)layer->input_shift) : current[i];
        current[i] = (int32_t)(((uint32_t)x << shift) + offset);
    }
}

/* X of section 5; for narrow states in 2^-12, with what rounds the decays. */
static inline void sfdfa_sum_inputs(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs)
{
    int32_t *current = net->scratch.membranes.current;
    const sfdfa_weight_t *weights = &net->learned.weights[layer->first_weight];
    const uint16_t neurons = layer->neurons;
    const bool narrow = net->sample.narrow;
    const uint8_t shift = narrow ? (uint8_t)(12 - (layer->input_shift < 0 ? layer->input_shift : 0)) : 0;
    const uint32_t offset = narrow ? SFDFA_DECAY_ROUNDING : 0;
    if (layer->input_shift > 0 || !sum_packed(current, weights, layer, inputs, shift, offset)) {
        for (uint16_t i = 0; i < neurons; i++) {
            current[i] = 0;
        }
        sfdfa_add_rows(current, weights, layer->row, inputs.index, inputs.count, neurons);
        finish_currents(current, layer, shift, offset);
    }
}

#else

#if SFDFA_PACKED

/* Sum as many neurons as the kernel takes. Returns how many it took. */
static inline uint16_t sum_packed(int32_t *current, const sfdfa_weight_t *weights, sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs)
{
    uint16_t first = 0;
    if (rows_are_words(layer) && inputs.count <= SFDFA_PACKED_MOST_ROWS) {
        for (; first + SFDFA_PACKED_NEURONS <= layer->neurons; first = (uint16_t)(first + SFDFA_PACKED_NEURONS)) {
            sfdfa_sum_words(&current[first], &weights[first], layer->row, inputs.index, inputs.count, SFDFA_PACKED_WORDS);
        }
#if SFDFA_PACKED_WORDS > 2
        if (first + 8 <= layer->neurons) {
            sfdfa_sum_words(&current[first], &weights[first], layer->row, inputs.index, inputs.count, 2);
            first = (uint16_t)(first + 8);
        }
#endif
    }
    return first;
}

#elif SFDFA_WALK_BY_TICKS && SFDFA_WEIGHT_BITS == 8

static inline uint16_t sum_packed(int32_t *current, const sfdfa_weight_t *weights, sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs)
{
    sfdfa_sum_rows(current, weights, layer, inputs);
    return layer->neurons;
}

#else

static inline uint16_t sum_packed(int32_t *current, const sfdfa_weight_t *weights, sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs)
{
    (void)current, (void)weights, (void)layer, (void)inputs;
    return 0;
}

#endif

/* X of section 5, to be scaled up if its unit is larger than that of the states. */
#if SFDFA_CORTEX_M4
static SFDFA_SELDOM void sum_unpacked(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs)
#else
static inline void sfdfa_sum_inputs(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs)
#endif
{
    int32_t *current = net->scratch.membranes.current;
    const sfdfa_weight_t *weights = &net->learned.weights[layer->first_weight];
    const uint16_t summed = sum_packed(current, weights, layer, inputs);
    if (summed < layer->neurons) {
        for (uint16_t i = summed; i < layer->neurons; i++) {
            current[i] = 0;
        }
        sfdfa_add_rows(&current[summed], &weights[summed], layer->row, inputs.index, inputs.count,
                       (uint_fast16_t)(layer->neurons - summed));
    }
    if (layer->input_shift > 0) {
        for (uint16_t i = 0; i < layer->neurons; i++) {
            current[i] = sfdfa_round_shift(current[i], (uint8_t)layer->input_shift);
        }
    }
}

#if SFDFA_CORTEX_M4

/* X of section 5, two to a word or, where the kernel does not take the layer, one. */
static inline void sfdfa_sum_inputs(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs)
{
    const bool packed = inputs.count <= SFDFA_M4_MOST_ROWS && layer->input_shift <= 0 && layer->input_shift >= -15;
    net->sample.packed = packed;
    if (packed) {
        sfdfa_m4_sum(inputs.index, inputs.count, layer, &net->learned.weights[layer->first_weight],
                     (uint32_t *)net->scratch.membranes.current);
    } else {
        sum_unpacked(net, layer, inputs);
    }
}

#endif

#endif

/* What the currents are to be multiplied by, where their unit is smaller than that of the states. */
static inline int32_t sfdfa_input_scale(sfdfa_layer_table_t *layer)
{
    return layer->input_shift < 0 ? INT32_C(1) << -layer->input_shift : 1;
}

#endif
