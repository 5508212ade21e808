/*
 * sfdfa_input.h: what the neuron at hand gets in a tick, X of section 5 of docs/ARITHMETIC.md.
 */
#ifndef SFDFA_INPUT_H
#define SFDFA_INPUT_H

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_internal.h"
#include "core/sfdfa_kernels.h"

/* Of a byte of spikes, those of the next 8 neurons, or of so many as are left in the layer. */
static uint8_t spikes_of_layer(uint8_t bits, uint16_t neurons_left)
{
    return neurons_left < 8 ? (uint8_t)(bits & ((1 << neurons_left) - 1)) : bits;
}

/* List the neurons of a hidden layer that spiked at tick t, in order. */
static void list_spikes(sfdfa_t *net, uint8_t layer_index, uint8_t t)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    sfdfa_neuron_t *neuron = &net->scratch.neuron;
    const uint8_t *bytes = net->sample.spikes[t];
    neuron->input = neuron->listed;
    neuron->inputs = 0;
    for (uint16_t i = 0; i < layer->neurons;) {
        const uint16_t bit = (uint16_t)(layer->first_neuron + i);
        uint16_t listed = i;
        uint8_t left = spikes_of_layer((uint8_t)(bytes[bit / 8] >> bit % 8), (uint16_t)(layer->neurons - i));
        for (; left != 0; left >>= 1) {
            if ((left & 1) != 0) {
                neuron->listed[neuron->inputs++] = (sfdfa_index_t)listed;
            }
            listed++;
        }
        i = (uint16_t)(i + 8 - bit % 8);
    }
}

/* Find the inputs at tick t of the neuron at hand: events, or spikes of the layer before. */
static SFDFA_OWN_FRAME void find_inputs(sfdfa_t *net, uint8_t t)
{
    sfdfa_neuron_t *neuron = &net->scratch.neuron;
    if (SFDFA_HIDDEN > 0 && neuron->layer_index > 0) {
        list_spikes(net, (uint8_t)(neuron->layer_index - 1), t);
        return;
    }
    const uint16_t start = t > 0 ? net->sample.tick_end[t - 1] : 0;
    neuron->input = &net->sample.event[start];
    neuron->inputs = (uint16_t)(net->sample.tick_end[t] - start);
}

static sfdfa_weight_t *row_of(sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t input)
{
    return &net->learned.weights[(size_t)layer->first_weight + (size_t)input * layer->row];
}

/* X of section 5. */
static SFDFA_OWN_FRAME void sum_inputs(sfdfa_t *net)
{
    sfdfa_neuron_t *neuron = &net->scratch.neuron;
    sfdfa_layer_table_t *layer = &sfdfa_layers[neuron->layer_index];
    int32_t sum = 0;
    for (uint16_t k = 0; k < neuron->inputs; k++) {
        sum += sfdfa_weight(row_of(net, layer, neuron->input[k]), neuron->i);
    }
    neuron->current = sfdfa_rescale(sum, layer->input_shift);
}

#endif
