/*
 * sfdfa_replay.c: eligibility without any state per synapse, section 8 of docs/ARITHMETIC.md.
 *
 * While the sample runs, each spike leaves one bit and its factor rho. Afterwards the ticks are walked backwards with three
 * decaying sums per neuron, and each input event meets the update that its tick calls for.
 */
#include "sfdfa_internal.h"

#if SFDFA_LEARNS && !SFDFA_TRACES

#include "sfdfa_fixed.h"
#include "sfdfa_kernels.h"
#include "sfdfa_random.h"
#include "sfdfa_rho.h"

void sfdfa_eligibility_begin(sfdfa_t *net)
{
    for (uint8_t l = 0; l < SFDFA_LAYERS; l++) {
        net->learning.spike_count[l] = 0;
    }
    for (uint16_t t = 0; t < SFDFA_TICKS; t++) {
        for (uint16_t byte = 0; byte < SFDFA_SPIKE_BYTES; byte++) {
            net->learning.spikes[t][byte] = 0;
        }
    }
}

void sfdfa_eligibility_inputs(sfdfa_t *net, uint8_t layer_index, sfdfa_inputs_t inputs)
{
    (void)layer_index;
    (void)inputs;
    net->learning.tick_end[net->sample.tick] = net->sample.events;
}

void sfdfa_eligibility_record(sfdfa_t *net, uint16_t output)
{
    (void)net;
    (void)output; /* the record itself is enough */
}

void sfdfa_eligibility_spike(sfdfa_t *net, uint8_t layer_index, uint16_t neuron, sfdfa_rho_t rho)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    uint8_t *bits = &net->learning.spikes[net->sample.tick][layer->first_spike_byte];
    bits[neuron / 8] = (uint8_t)(bits[neuron / 8] | 1 << (neuron % 8));
    const uint16_t order = net->learning.spike_count[layer_index]++;
    if (order < layer->spike_capacity) {
        net->learning.rho[layer->first_rho + order] = rho;
    } else {
        net->saturations.spikes++;
    }
}

/* Add a remembered spike to the sums of its neuron. */
static void walk_spike(sfdfa_t *net, uint16_t i, sfdfa_rho_t rho)
{
    sfdfa_update_t *walk = &net->scratch.update;
    const int32_t gamma = sfdfa_rescale(rho, 8 - SFDFA_ELIGIBILITY_FRACTION_BITS) + sfdfa_round_shift(rho * walk->s[i], 8);
    walk->u[i] += gamma;
    walk->v[i] += gamma;
    walk->s[i] = sfdfa_saturate(walk->s[i] + gamma, INT16_MAX, &net->saturations.eligibility);
}

/* Meet the spikes of a layer at tick t, last neuron first; `left` counts those not yet met. */
static void walk_spikes(sfdfa_t *net, uint8_t layer_index, uint8_t t, uint16_t *left)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const uint8_t *bits = &net->learning.spikes[t][layer->first_spike_byte];
    for (uint16_t byte = (uint16_t)((layer->neurons + 7) / 8); byte-- > 0;) {
        for (uint8_t bit = 8; bits[byte] != 0 && bit-- > 0;) {
            if ((bits[byte] >> bit & 1) != 0) {
                --*left;
                if (*left < layer->spike_capacity) {
                    walk_spike(net, (uint16_t)(8 * byte + bit), net->learning.rho[layer->first_rho + *left]);
                }
            }
        }
    }
}

static void walk_virtual_spikes(sfdfa_t *net, sfdfa_layer_table_t *layer, uint8_t t)
{
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        if (net->learning.record_tick[o] == t && sfdfa_has_virtual_spike(net, o)) {
            walk_spike(net, o, sfdfa_virtual_rho(layer->threshold, net->learning.record_current[o]));
        }
    }
}

static void decay_all(int32_t *sums, uint16_t neurons, int32_t decay)
{
    for (uint16_t i = 0; i < neurons; i++) {
        sums[i] = sfdfa_decay(sums[i], decay);
    }
}

static void walk_decay(sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    decay_all(net->scratch.update.u, layer->neurons, layer->decay_s);
    decay_all(net->scratch.update.v, layer->neurons, layer->decay);
    decay_all(net->scratch.update.s, layer->neurons, layer->decay);
}

/* D of section 8. */
static void compute_updates(sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    sfdfa_update_t *walk = &net->scratch.update;
    const uint16_t neurons = layer->neurons;
    uint32_t eligibility_saturations = 0;
    uint32_t update_saturations = 0;
    for (uint16_t i = 0; i < neurons; i++) {
        const int32_t eligibility = sfdfa_saturate(walk->v[i] - walk->u[i], INT16_MAX, &eligibility_saturations);
        const int32_t exact = sfdfa_round_shift(walk->step[i] * eligibility, SFDFA_ELIGIBILITY_FRACTION_BITS + 2);
        const int32_t update = sfdfa_clamp(exact, SFDFA_UPDATE_MIN, SFDFA_UPDATE_MAX);
        update_saturations += (update != exact);
        walk->update[i] = (int16_t)update;
    }
    net->saturations.eligibility += eligibility_saturations;
    net->saturations.update += update_saturations;
}

static void update_input(sfdfa_t *net, uint8_t layer_index, uint8_t t, uint16_t input)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const uint16_t draw = (uint16_t)sfdfa_event_draw(net->learning.sample_key, layer_index, t, input);
    sfdfa_weight_t *row = &net->learned.weights[layer->first_weight + (uint32_t)input * layer->row];
    sfdfa_update_row(row, net->scratch.update.update, net->scratch.update.draw, draw, layer->neurons, layer->dither_bits);
}

static void apply_to_events(sfdfa_t *net, uint8_t t)
{
    const uint16_t start = t > 0 ? net->learning.tick_end[t - 1] : 0;
    const uint16_t end = net->learning.tick_end[t];
    if (start < end) {
        compute_updates(net, &sfdfa_layers[0]);
    }
    for (uint16_t k = start; k < end; k++) {
        update_input(net, 0, t, net->sample.event[k]);
    }
}

/* The inputs of a later layer are the spikes of the one before. */
static void apply_to_spikes(sfdfa_t *net, uint8_t layer_index, uint8_t t)
{
    sfdfa_layer_table_t *before = &sfdfa_layers[layer_index - 1];
    const uint8_t *bits = &net->learning.spikes[t][before->first_spike_byte];
    bool computed = false;
    for (uint16_t j = 0; j < before->neurons; j++) {
        if ((bits[j / 8] >> (j % 8) & 1) != 0) {
            if (!computed) {
                compute_updates(net, &sfdfa_layers[layer_index]);
                computed = true;
            }
            update_input(net, layer_index, t, j);
        }
    }
}

void sfdfa_eligibility_apply(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    sfdfa_update_t *walk = &net->scratch.update;
    for (uint16_t i = 0; i < layer->neurons; i++) {
        walk->u[i] = walk->v[i] = walk->s[i] = 0;
    }
    uint16_t left = net->learning.spike_count[layer_index];
    for (uint8_t t = SFDFA_TICKS; t-- > 0;) {
        walk_decay(net, layer);
        walk_spikes(net, layer_index, t, &left);
        if (layer_index == SFDFA_LAYERS - 1) {
            walk_virtual_spikes(net, layer, t);
        }
        if (layer_index == 0) {
            apply_to_events(net, t);
        } else {
            apply_to_spikes(net, layer_index, t);
        }
    }
}

#endif
