/*
 * sfdfa_trace.c: eligibility held at each synapse and updated at the spikes, section 9 of docs/ARITHMETIC.md: the
 * online form of the paper, for cores that have memory at every synapse.
 */
#include "core/sfdfa_internal.h"

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_kernels.h"
#include "core/sfdfa_random.h"
#include "core/sfdfa_rho.h"
#include "traces/sfdfa_eligibility.h"

void sfdfa_eligibility_begin(sfdfa_t *net)
{
    for (uint16_t j = 0; j < SFDFA_INPUTS; j++) {
        net->learning.trace_a[j] = net->learning.trace_b[j] = 0;
    }
    for (uint16_t i = 0; i < SFDFA_NEURONS; i++) {
        net->learning.lambda[i] = 0;
    }
}

void sfdfa_eligibility_inputs(sfdfa_t *net, uint8_t layer_index, sfdfa_inputs_t inputs)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    int32_t *a = &net->learning.trace_a[layer->first_input];
    int32_t *b = &net->learning.trace_b[layer->first_input];
    for (uint16_t j = 0; j < layer->inputs; j++) {
        a[j] = sfdfa_decay(a[j], layer->decay_s);
        b[j] = sfdfa_decay(b[j], layer->decay);
    }
    for (uint16_t k = 0; k < inputs.count; k++) {
        a[inputs.index[k]] += 4096;
        b[inputs.index[k]] += 4096;
    }
    int16_t *lambda = &net->learning.lambda[layer->first_neuron];
    for (uint16_t i = 0; i < layer->neurons; i++) {
        lambda[i] = (int16_t)sfdfa_decay(lambda[i], layer->decay);
    }
}

/* P of section 9. */
static int32_t input_trace(sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t input)
{
    const uint16_t j = (uint16_t)(layer->first_input + input);
    const int32_t difference = net->learning.trace_a[j] - net->learning.trace_b[j];
    const int32_t trace = sfdfa_rescale(difference, 12 - SFDFA_ELIGIBILITY_FRACTION_BITS);
    return sfdfa_saturate(trace, INT16_MAX, &net->saturations.eligibility);
}

/* dt/dw of section 9 in units of tau / c. */
static int32_t spike_gradient(sfdfa_rho_t rho, int32_t trace)
{
    return sfdfa_round_shift((int32_t)rho * trace, 8);
}

void sfdfa_note_record(sfdfa_t *net, uint16_t output)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[SFDFA_LAYERS - 1];
    const sfdfa_rho_t rho = sfdfa_virtual_rho(layer->threshold, net->learning.record[output].current);
    for (uint16_t j = 0; j < layer->inputs; j++) {
        const uint32_t synapse = layer->first_synapse + (uint32_t)j * layer->neurons + output;
        net->learning.eligibility[synapse] = (int16_t)spike_gradient(rho, input_trace(net, layer, j));
    }
}

static void spike_synapse(sfdfa_t *net, uint32_t synapse, int32_t trace, sfdfa_rho_t rho, bool first, int32_t lambda)
{
    uint32_t *saturations = &net->saturations.eligibility;
    int16_t *reset_trace = &net->learning.reset_trace[synapse];
    int16_t *eligibility = &net->learning.eligibility[synapse];
    const int32_t reset = first ? 0 : sfdfa_round_shift(*reset_trace * lambda, 15);
    const int32_t gradient = spike_gradient(rho, sfdfa_saturate(trace + reset, INT16_MAX, saturations));
    const int32_t so_far = first ? 0 : *eligibility;
    *eligibility = (int16_t)sfdfa_saturate(so_far + gradient, INT16_MAX, saturations);
    *reset_trace = (int16_t)sfdfa_saturate(reset + gradient, INT16_MAX, saturations);
}

static void eligibility_spike(sfdfa_t *net, uint8_t layer_index, uint16_t neuron, sfdfa_rho_t rho)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const uint16_t global = (uint16_t)(layer->first_neuron + neuron);
    const bool first = net->sample.counts[global] == 1;
    for (uint16_t j = 0; j < layer->inputs; j++) {
        const uint32_t synapse = layer->first_synapse + (uint32_t)j * layer->neurons + neuron;
        spike_synapse(net, synapse, input_trace(net, layer, j), rho, first, net->learning.lambda[global]);
    }
    net->learning.lambda[global] = INT16_MAX;
}

void sfdfa_eligibility_spikes(sfdfa_t *net, uint8_t layer_index, const sfdfa_index_t *spikes, uint16_t count)
{
    const int32_t threshold = sfdfa_layers[layer_index].threshold;
    for (uint16_t k = 0; k < count; k++) {
        const sfdfa_rho_t rho = sfdfa_spike_rho(threshold, net->scratch.membranes.current[k]);
        eligibility_spike(net, layer_index, spikes[k], rho);
    }
}

/*
 * D of section 9 for one input. The step of neurons without an eligibility is 0: asking for one would make time depend
 * on which they are.
 */
static void compute_updates(sfdfa_t *net, uint8_t layer_index, uint16_t input)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    sfdfa_update_t *update = &net->scratch.update;
    const uint32_t first_synapse = layer->first_synapse + (uint32_t)input * layer->neurons;
    for (uint16_t i = 0; i < layer->neurons; i++) {
        const int32_t product = update->step[i] * -(int32_t)net->learning.eligibility[first_synapse + i];
        const int32_t exact = sfdfa_round_shift(product, SFDFA_ELIGIBILITY_FRACTION_BITS + 2);
        const int32_t clamped = sfdfa_saturate_update(exact, &net->saturations.update);
        update->update[i] = sfdfa_raised_update(clamped);
    }
}

void sfdfa_eligibility_begin_layer(sfdfa_t *net, uint8_t layer_index)
{
    (void)net;
    (void)layer_index;
}

void sfdfa_eligibility_learn(sfdfa_t *net, uint8_t layer_index, uint16_t i, int16_t step, uint16_t draw)
{
    (void)layer_index;
    net->scratch.update.step[i] = step;
    net->scratch.update.draw[i] = draw;
}

void sfdfa_eligibility_end_layer(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    for (uint16_t j = 0; j < layer->inputs; j++) {
        compute_updates(net, layer_index, j);
        const uint32_t event_draw = sfdfa_event_draw(net->learning.sample_key, layer_index, SFDFA_NO_TICK, j);
        const uint16_t draw = sfdfa_weight_draw(event_draw, layer->dither_bits);
        sfdfa_weight_t *row = &net->learned.weights[layer->first_weight + (uint32_t)j * layer->row];
        sfdfa_update_row(row, net->scratch.update.update, net->scratch.update.draw, draw, layer->neurons,
                         layer->dither_bits);
    }
}
