/*
 * sfdfa_neuron.h: the neuron at hand, stepped through the ticks: section 5 of docs/ARITHMETIC.md.
 */
#ifndef SFDFA_NEURON_H
#define SFDFA_NEURON_H

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_internal.h"
#include "core/sfdfa_reset.h"
#include "compact/sfdfa_input.h"

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
