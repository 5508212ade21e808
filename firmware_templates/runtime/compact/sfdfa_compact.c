/*
 * sfdfa_compact.c: a sample in as little memory as it can be learned in: sections 5 and 8 of docs/ARITHMETIC.md in
 * another order.
 *
 * Nothing flows backwards in the network, so once all events are there a neuron can be run through all ticks before the
 * next one is looked at: there is one membrane, not one for each neuron. Of the sample only the hidden spikes stay, a
 * bit for each. The slopes of spikes are not kept: a neuron that is to learn is run once more, before its weights
 * change, and then walked back through the ticks.
 *
 * That costs time: the second run, and a draw for each input and neuron.
 */
#include "core/sfdfa_internal.h"

#include "compact/sfdfa_neuron.h"
#include SFDFA_GRADES
#include SFDFA_OUTPUT_LAYER
#include SFDFA_RUN_AGAIN

/* Layers of which the neurons spike. */
#define SPIKING_LAYERS (SFDFA_LAYERS - SFDFA_INTEGRATES)

/* Run a hidden neuron through the sample. */
static void run_hidden(sfdfa_t *net, uint8_t layer_index, uint16_t i)
{
    const uint16_t neuron = (uint16_t)(sfdfa_layers[layer_index].first_neuron + i);
    uint16_t kappa = 0; /* of section 5a */
    begin_neuron(net, layer_index, i);
    for (uint8_t t = 0; t < SFDFA_TICKS; t++) {
        find_inputs(net, t);
        if (step_neuron(net, &net->saturations.state)) {
            net->scratch.run.spikes[t]++;
            note_hidden_spike(net, neuron, t);
            kappa = (uint16_t)(kappa + SFDFA_TICKS - t);
            if (SFDFA_SENDS_GRADES && net->sample.learns && net->scratch.neuron.membrane.count == 1) {
                note_first_spike(net, i, t);
            }
        }
    }
    net->sample.counts[neuron] = net->scratch.neuron.membrane.count;
    add_kappa(net, layer_index, i, kappa);
}

static void run_layer(sfdfa_t *net, uint8_t layer_index)
{
    for (uint8_t t = 0; t < SFDFA_TICKS; t++) {
        net->scratch.run.spikes[t] = 0;
    }
    for (uint16_t i = 0; i < sfdfa_layers[layer_index].neurons; i++) {
        if (SFDFA_HIDDEN > 0 && (SFDFA_INTEGRATES || layer_index != SFDFA_LAYERS - 1)) {
            run_hidden(net, layer_index, i);
        } else {
            run_output(net, i);
        }
    }
    if (SFDFA_LEARNS && net->sample.learns) {
        find_cut(net, layer_index);
    }
}

void sfdfa_forward_begin(sfdfa_t *net)
{
    (void)net;
}

void sfdfa_forward_tick(sfdfa_t *net)
{
    net->sample.tick_end[net->sample.tick] = (sfdfa_event_count_t)net->sample.events;
}

uint16_t sfdfa_forward_end(sfdfa_t *net)
{
    if (SFDFA_LEARNS && net->sample.learns) {
        begin_learning(net);
    }
    for (uint8_t t = 0; SFDFA_HIDDEN > 0 && t < SFDFA_TICKS; t++) {
        for (uint16_t byte = 0; byte < sizeof net->sample.spikes[t]; byte++) {
            net->sample.spikes[t][byte] = 0;
        }
    }
    begin_outputs(net);
    for (uint8_t layer_index = 0; layer_index != SPIKING_LAYERS; layer_index++) {
        run_layer(net, layer_index);
    }
    return end_outputs(net);
}
