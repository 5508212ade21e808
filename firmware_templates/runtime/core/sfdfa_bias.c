/*
 * sfdfa_bias.c: what neurons get in each tick besides their inputs, section 5 of docs/ARITHMETIC.md. Compiled where the
 * network has biases.
 */
#include "core/sfdfa_internal.h"

bool sfdfa_add_bias(sfdfa_t *net, uint8_t layer_index, bool has_currents)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    if (net->sample.tick < layer_index) {
        return has_currents;
    }
    int32_t *current = net->scratch.membranes.current;
    for (uint16_t i = 0; i < layer->neurons; i++) {
        current[i] = (has_currents ? current[i] : 0) + sfdfa_biases[layer->first_neuron + i];
    }
    return true;
}
