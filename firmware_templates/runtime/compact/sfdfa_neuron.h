/*
 * sfdfa_neuron.h: the neuron at hand, stepped through the ticks: section 5 of docs/ARITHMETIC.md.
 */
#ifndef SFDFA_NEURON_H
#define SFDFA_NEURON_H

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_internal.h"
#include "core/sfdfa_kernels.h"
#include "core/sfdfa_reset.h"

/* Begin a neuron's way through the ticks. */
static void begin_neuron(sfdfa_t *net, uint8_t layer_index, uint16_t i)
{
    net->scratch.neuron.layer_index = layer_index;
    net->scratch.neuron.i = i;
    net->scratch.neuron.membrane = (sfdfa_membrane_t){0, 0, 0, false};
}

static void note_hidden_spike(sfdfa_t *net, uint16_t neuron, uint8_t t)
{
    uint8_t *byte = &net->sample.spikes[t][neuron / 8];
    *byte = (uint8_t)(*byte | 1 << neuron % 8);
}

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

/* A or B of section 5. */
static SFDFA_OWN_FRAME void integrate(int32_t *state, uint16_t decay, const sfdfa_neuron_t *neuron,
                                      uint32_t *saturations)
{
    const int32_t next = sfdfa_decay(*state, decay) + neuron->current;
    *state = sfdfa_saturate(next, sfdfa_layers[neuron->layer_index].state_limit, saturations);
}

/* Step a neuron through a tick. Returns whether it spikes. */
static SFDFA_OWN_FRAME bool step_membrane(sfdfa_neuron_t *neuron, uint32_t *saturations)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[neuron->layer_index];
    integrate(&neuron->membrane.a, layer->decay_s, neuron, saturations);
    integrate(&neuron->membrane.b, layer->decay, neuron, saturations);
    if (neuron->membrane.b - neuron->membrane.a < layer->threshold || neuron->membrane.count == SFDFA_MAX_SPIKES) {
        return false;
    }
    neuron->membrane.b = sfdfa_after_spike(sfdfa_reset_of(layer), neuron->membrane.a, neuron->membrane.b);
    neuron->membrane.count++;
    return true;
}

/* Step the neuron at hand through tick t, the inputs of which have been found. Returns whether it spikes. */
static SFDFA_OWN_FRAME bool step_neuron(sfdfa_t *net, uint32_t *saturations)
{
    sfdfa_neuron_t *neuron = &net->scratch.neuron;
    if (neuron->inputs > 0) {
        neuron->membrane.driven = true;
    }
    if (!neuron->membrane.driven) {
        return false; /* it is at rest */
    }
    sum_inputs(net);
    return step_membrane(neuron, saturations);
}

#endif
