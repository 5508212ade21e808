/*
 * sfdfa_walk_ticks.c: the backward walk of section 8 of docs/ARITHMETIC.md tick by tick, all neurons of a layer together: for
 * processors with vectors, which do whole rows of weights in less time than it takes to leave some out.
 */
#include "sfdfa_internal.h"

#if SFDFA_LEARNS && !SFDFA_TRACES && !SFDFA_COMPACT && SFDFA_WALK_BY_TICKS

#include "sfdfa_bits.h"
#include "sfdfa_fixed.h"
#include "sfdfa_kernels.h"
#include "sfdfa_random.h"
#include "sfdfa_rho.h"

/* Add a remembered spike to the sums of its neuron. */
static void walk_spike(sfdfa_t *net, uint16_t i, sfdfa_rho_t rho)
{
    sfdfa_update_t *walk = &net->scratch.update;
    const int32_t scaled = sfdfa_rescale(rho, 8 - SFDFA_ELIGIBILITY_FRACTION_BITS);
    const int32_t gamma = scaled + sfdfa_round_shift((int32_t)rho * walk->s[i], 8);
    walk->u[i] += gamma;
    walk->v[i] += gamma;
    walk->s[i] = (int16_t)sfdfa_saturate(walk->s[i] + gamma, INT16_MAX, &net->saturations.eligibility);
}

/* List the neurons of a layer that spiked at tick t, in order. Returns how many did. */
static uint16_t list_spikes(const sfdfa_t *net, uint8_t layer_index, uint8_t t, sfdfa_index_t *list)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    return sfdfa_list_bits(&net->learning.spikes[t][layer->first_spike_word], layer->neurons, list);
}

/* Meet the spikes of a layer at tick t; `left` counts those not yet met. */
static void walk_spikes(sfdfa_t *net, uint8_t layer_index, uint8_t t, uint16_t *left)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    sfdfa_index_t *list = net->sample.spiking[0];
    const uint16_t count = list_spikes(net, layer_index, t, list);
    *left = (uint16_t)(*left - count);
    for (uint16_t k = 0; k < count && *left + k < layer->spike_capacity; k++) {
        walk_spike(net, list[k], net->learning.rho[layer->first_rho + *left + k]);
    }
}

static void walk_virtual_spikes(sfdfa_t *net, sfdfa_layer_table_t *layer, uint8_t t)
{
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        if (net->learning.record[o].tick == t && sfdfa_has_virtual_spike(net, o)) {
            walk_spike(net, o, sfdfa_virtual_rho(layer->threshold, net->learning.record[o].current));
        }
    }
}

static void walk_decay(sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    int32_t *restrict u = net->scratch.update.u;
    int32_t *restrict v = net->scratch.update.v;
    int16_t *restrict s = net->scratch.update.s;
    const uint16_t neurons = layer->neurons;
    const int32_t decay_s = layer->decay_s;
    const int32_t decay = layer->decay;
    SFDFA_VECTORS
    for (uint16_t i = 0; i < neurons; i++) {
        u[i] = sfdfa_decay(u[i], decay_s);
        v[i] = sfdfa_decay(v[i], decay);
        s[i] = (int16_t)sfdfa_decay(s[i], decay);
    }
}

/* D of section 8. */
static void compute_updates(sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    sfdfa_update_t *walk = &net->scratch.update;
    const uint16_t neurons = layer->neurons;
    uint32_t eligibility_saturations = 0;
    uint32_t update_saturations = 0;
    SFDFA_VECTORS
    for (uint16_t i = 0; i < neurons; i++) {
        const int32_t eligibility = sfdfa_saturate(walk->v[i] - walk->u[i], INT16_MAX, &eligibility_saturations);
        const int32_t exact = sfdfa_round_shift(walk->step[i] * eligibility, SFDFA_ELIGIBILITY_FRACTION_BITS + 2);
        const int32_t update = sfdfa_clamp(exact, SFDFA_UPDATE_MIN, SFDFA_UPDATE_MAX);
        update_saturations += (update != exact);
        walk->update[i] = sfdfa_raised_update(update);
    }
    net->saturations.eligibility += eligibility_saturations;
    net->saturations.update += update_saturations;
}

static void update_rows(sfdfa_t *net, uint8_t layer_index, uint8_t t, sfdfa_inputs_t inputs)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const sfdfa_update_t *update = &net->scratch.update;
    sfdfa_weight_t *weights = &net->learned.weights[layer->first_weight];
    for (uint16_t k = 0; k < inputs.count; k++) {
        const uint16_t input = inputs.index[k];
        const uint32_t event_draw = sfdfa_event_draw(net->learning.sample_key, layer_index, t, input);
        const uint16_t draw = sfdfa_weight_draw(event_draw, layer->dither_bits);
        sfdfa_weight_t *row = &weights[(uint32_t)input * layer->row];
        sfdfa_update_row(row, update->update, update->draw, draw, layer->neurons, layer->dither_bits);
    }
}

/* The inputs of a layer at tick t: events, or the spikes of the layer before, listed where the forward pass listed its own. */
static sfdfa_inputs_t inputs_at(sfdfa_t *net, uint8_t layer_index, uint8_t t)
{
    sfdfa_inputs_t inputs = {.index = net->sample.spiking[0], .grades = NULL, .count = 0};
    if (layer_index == 0) {
        const uint16_t start = t > 0 ? net->learning.tick_end[t - 1] : 0;
        inputs.index = &net->sample.event[start];
        inputs.count = (uint16_t)(net->learning.tick_end[t] - start);
    } else {
        inputs.count = list_spikes(net, (uint8_t)(layer_index - 1), t, net->sample.spiking[0]);
    }
    return inputs;
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
    sfdfa_update_t *walk = &net->scratch.update;
    for (uint16_t i = 0; i < layer->neurons; i++) {
        walk->u[i] = walk->v[i] = walk->s[i] = 0;
    }
    uint16_t spikes_left = net->learning.spike_count[layer_index];
    uint16_t inputs_left = layer_index == 0 ? net->sample.events : net->learning.spike_count[layer_index - 1];
    for (uint8_t t = SFDFA_TICKS; t-- > 0 && inputs_left > 0;) {
        walk_decay(net, layer);
        walk_spikes(net, layer_index, t, &spikes_left);
        if (layer_index == SFDFA_LAYERS - 1) {
            walk_virtual_spikes(net, layer, t);
        }
        const sfdfa_inputs_t inputs = inputs_at(net, layer_index, t);
        inputs_left = (uint16_t)(inputs_left - inputs.count);
        if (inputs.count > 0) {
            compute_updates(net, layer);
            update_rows(net, layer_index, t, inputs);
        }
    }
}

#endif
