/*
 * sfdfa_run_again.h: a neuron that is to learn is run once more, and walked back: section 8 of docs/ARITHMETIC.md.
 */
#ifndef SFDFA_RUN_AGAIN_H
#define SFDFA_RUN_AGAIN_H

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_internal.h"
#include "core/sfdfa_kernels.h"
#include "core/sfdfa_random.h"
#include "core/sfdfa_rho.h"
#include "compact/sfdfa_neuron.h"
#include SFDFA_GRADES

static void begin_learning(sfdfa_t *net)
{
    net->learning.sample_key = sfdfa_sample_key(SFDFA_SEED, net->learned.samples);
    begin_grades(net);
}

/* Find where the capacity of a layer for spikes ends, in the order of ticks. */
static void find_cut(sfdfa_t *net, uint8_t layer_index)
{
    const uint16_t capacity = sfdfa_layers[layer_index].spike_capacity;
    uint16_t spikes = 0;
    net->learning.cut_tick[layer_index] = SFDFA_TICKS;
    for (uint8_t t = 0; t < SFDFA_TICKS; t++) {
        const uint16_t before = spikes;
        spikes = (uint16_t)(spikes + net->scratch.run.spikes[t]);
        if (before <= capacity && spikes > capacity) {
            net->learning.cut_tick[layer_index] = t;
            net->learning.cut_room[layer_index] = (uint16_t)(capacity - before);
        }
    }
    net->saturations.spikes += spikes > capacity ? (uint32_t)spikes - capacity : 0;
}

/* Whether the capacity of a layer still holds its next spike at tick t, in the order of neurons. */
static bool take_room(sfdfa_learning_t *learning, uint8_t layer_index, uint8_t t)
{
    if (t == learning->cut_tick[layer_index] && learning->cut_room[layer_index] > 0) {
        learning->cut_room[layer_index]--;
        return true;
    }
    return t < learning->cut_tick[layer_index];
}

static SFDFA_OWN_FRAME void remember(sfdfa_update_t *update, uint8_t t, sfdfa_rho_t rho)
{
    update->spike_tick[update->spikes] = t;
    update->rho[update->spikes] = rho;
    update->spikes++;
}

static SFDFA_OWN_FRAME void remember_spike(sfdfa_t *net, uint8_t t)
{
    const sfdfa_neuron_t *neuron = &net->scratch.neuron;
    if (take_room(&net->learning, neuron->layer_index, t)) {
        const int32_t threshold = sfdfa_layers[neuron->layer_index].threshold;
        remember(&net->scratch.update, t, sfdfa_spike_rho(threshold, neuron->membrane.a));
    }
}

/* Run the neuron at hand again as far as its last spike, to remember its spikes. */
static SFDFA_OWN_FRAME void find_spikes(sfdfa_t *net, uint8_t count)
{
    for (uint8_t t = 0; net->scratch.neuron.membrane.count < count; t++) {
        find_inputs(net, t);
        if (step_neuron(net, &net->scratch.update.counted_before)) {
            remember_spike(net, t);
        }
    }
}

/* Remember only one spike, where the silent output at hand came closest to its threshold so far. */
static SFDFA_OWN_FRAME void remember_highest(sfdfa_t *net, uint8_t t)
{
    const sfdfa_membrane_t *membrane = &net->scratch.neuron.membrane;
    sfdfa_update_t *update = &net->scratch.update;
    const int32_t potential = membrane->b - membrane->a;
    if (t == 0 || potential > update->highest) {
        update->highest = potential;
        update->spikes = 0;
        remember(update, t, sfdfa_virtual_rho(sfdfa_layers[SFDFA_LAYERS - 1].threshold, membrane->a));
    }
}

/* Run the silent output at hand again, to remember its virtual spike. */
static SFDFA_OWN_FRAME void find_virtual_spike(sfdfa_t *net)
{
    for (uint8_t t = 0; t < SFDFA_TICKS; t++) {
        find_inputs(net, t);
        step_neuron(net, &net->scratch.update.counted_before);
        remember_highest(net, t);
    }
}

static void walk_spike(sfdfa_sums_t *sums, sfdfa_rho_t rho, uint32_t *saturations)
{
    const int32_t scaled = sfdfa_rescale(rho, 8 - SFDFA_ELIGIBILITY_FRACTION_BITS);
    const int32_t gamma = scaled + sfdfa_round_shift((int32_t)rho * sums->s, 8);
    sums->u += gamma;
    sums->v += gamma;
    sums->s = sfdfa_saturate(sums->s + gamma, INT16_MAX, saturations);
}

/* Walk the neuron at hand back through tick t. */
static SFDFA_OWN_FRAME void walk_tick(sfdfa_t *net, uint8_t t)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[net->scratch.neuron.layer_index];
    sfdfa_sums_t *sums = &net->scratch.neuron.sums;
    sfdfa_update_t *update = &net->scratch.update;
    sums->u = sfdfa_decay(sums->u, layer->decay_s);
    sums->v = sfdfa_decay(sums->v, layer->decay);
    if (update->spikes == 0) {
        return;
    }
    sums->s = sfdfa_decay(sums->s, layer->decay);
    if (update->spike_tick[update->spikes - 1] == t) {
        update->spikes--;
        walk_spike(sums, update->rho[update->spikes], &net->saturations.eligibility);
    }
}

/* D of section 8. */
static SFDFA_OWN_FRAME void compute_update(sfdfa_t *net)
{
    const sfdfa_sums_t *sums = &net->scratch.neuron.sums;
    const int32_t eligibility = sfdfa_saturate(sums->v - sums->u, INT16_MAX, &net->saturations.eligibility);
    const int32_t exact =
        sfdfa_round_shift(net->scratch.update.step * eligibility, SFDFA_ELIGIBILITY_FRACTION_BITS + 2);
    const int32_t update = sfdfa_clamp(exact, SFDFA_UPDATE_MIN, SFDFA_UPDATE_MAX);
    net->saturations.update += (update != exact);
    net->scratch.update.update = (int16_t)update;
}

/* Change the weight from an input at tick t to the neuron at hand. */
static SFDFA_OWN_FRAME void update_weight(sfdfa_t *net, uint8_t t, uint16_t input)
{
    const sfdfa_neuron_t *neuron = &net->scratch.neuron;
    sfdfa_layer_table_t *layer = &sfdfa_layers[neuron->layer_index];
    const uint32_t event_draw = sfdfa_event_draw(net->learning.sample_key, neuron->layer_index, t, input);
    const uint16_t dither = sfdfa_weight_draw(event_draw, layer->dither_bits) ^ net->scratch.update.draw;
    const int32_t change = sfdfa_floor_shift((int32_t)net->scratch.update.update + dither, layer->dither_bits);
    sfdfa_change_weight(row_of(net, layer, input), neuron->i, change);
}

/* Walk the neuron at hand back from its last spike to the first tick. */
static SFDFA_OWN_FRAME void walk_back(sfdfa_t *net)
{
    net->scratch.neuron.sums = (sfdfa_sums_t){0, 0, 0};
    for (uint8_t t = (uint8_t)(net->scratch.update.spike_tick[net->scratch.update.spikes - 1] + 1); t-- > 0;) {
        walk_tick(net, t);
        find_inputs(net, t);
        if (net->scratch.neuron.inputs > 0) {
            compute_update(net);
        }
        for (uint16_t k = 0; k < net->scratch.neuron.inputs; k++) {
            update_weight(net, t, net->scratch.neuron.input[k]);
        }
    }
}

void sfdfa_eligibility_learn(sfdfa_t *net, uint8_t layer_index, uint16_t i, int16_t step, uint16_t draw)
{
    sfdfa_update_t *update = &net->scratch.update;
    update->step = step;
    update->draw = draw;
    update->spikes = 0;
    begin_neuron(net, layer_index, i);
    if (!SFDFA_INTEGRATES && layer_index == SFDFA_LAYERS - 1 && sfdfa_has_virtual_spike(net, i)) {
        find_virtual_spike(net);
    } else {
        find_spikes(net, net->sample.counts[sfdfa_layers[layer_index].first_neuron + i]);
    }
    if (update->spikes > 0) {
        walk_back(net);
    }
}

void sfdfa_eligibility_begin_layer(sfdfa_t *net, uint8_t layer_index)
{
    (void)net, (void)layer_index;
}

void sfdfa_eligibility_end_layer(sfdfa_t *net, uint8_t layer_index)
{
    (void)net, (void)layer_index;
}

#endif
