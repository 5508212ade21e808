/*
 * sfdfa_walk_neurons.c: the backward walk of section 8 of docs/ARITHMETIC.md neuron by neuron.
 *
 * A neuron without a remembered spike has nothing to learn and costs nothing. Any other is walked from its last spike to the first input
 * of its layer, with its sums in registers, and touches one weight for each input on the way. What every neuron of a layer needs to
 * know of the inputs lies where the membranes were.
 */
#include "sfdfa_internal.h"

#if SFDFA_LEARNS && !SFDFA_TRACES && !SFDFA_COMPACT && !SFDFA_WALK_BY_TICKS

#include "sfdfa_bits.h"
#include "sfdfa_cortex_m0.h"
#include "sfdfa_fixed.h"
#include "sfdfa_kernels.h"
#include "sfdfa_random.h"
#include "sfdfa_rho.h"

/* A neuron on its walk. */
typedef struct {
    sfdfa_layer_table_t *layer;
    uint8_t layer_index;
    uint16_t number; /* in its layer */
    int16_t step;
    uint16_t draw;
    uint8_t spikes_left;  /* of its spikes, those in ticks still to come */
    uint16_t inputs_left; /* the same of the inputs */
    uint8_t tick;         /* the next to come; they go down */
    int32_t u;
    int32_t v;
    int32_t s;
} neuron_t;

/* How many neurons of a layer spiked at tick t. */
static uint16_t count_spikes(const sfdfa_t *net, sfdfa_layer_table_t *layer, uint8_t t)
{
    const uint32_t *words = &net->learning.spikes[t][layer->first_spike_word];
    uint16_t count = 0;
    for (uint16_t first = 0; first < layer->neurons; first = (uint16_t)(first + 32)) {
        for (uint32_t left = *words++; left != 0; left = sfdfa_without_lowest_bit(left)) {
            count++;
        }
    }
    return count;
}

static uint16_t count_inputs(const sfdfa_t *net, uint8_t layer_index, uint8_t t)
{
    if (layer_index > 0) {
        return count_spikes(net, &sfdfa_layers[layer_index - 1], t);
    }
    return (uint16_t)(net->learning.tick_end[t] - (t > 0 ? net->learning.tick_end[t - 1] : 0));
}

#if SFDFA_LISTED_INPUTS > 0

/* What an input gives to the update of a weight: its row, and its draw in as many bits as any layer's dither has. */
static uint32_t list_input(const sfdfa_t *net, uint8_t layer_index, uint8_t t, uint16_t input)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const uint32_t row = (uint32_t)input * layer->row;
    const uint32_t event_draw = sfdfa_event_draw(net->learning.sample_key, layer_index, t, input);
    return row << SFDFA_DITHER_BITS | sfdfa_scaled_draw(event_draw, layer->dither_bits);
}

static void list_events(sfdfa_t *net)
{
    uint32_t *put = net->scratch.walk.input;
    uint16_t k = net->sample.events;
    for (uint8_t t = SFDFA_TICKS; t-- > 0;) {
        for (uint16_t left = net->scratch.walk.input_count[t]; left > 0; left--) {
            *put++ = list_input(net, 0, t, net->sample.event[--k]);
        }
    }
}

static void list_spikes(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_layer_table_t *before = &sfdfa_layers[layer_index - 1];
    uint32_t *put = net->scratch.walk.input;
    for (uint8_t t = SFDFA_TICKS; t-- > 0;) {
        const uint32_t *words = &net->learning.spikes[t][before->first_spike_word];
        for (uint16_t first = 0; first < before->neurons; first = (uint16_t)(first + 32)) {
            for (uint32_t left = *words++; left != 0; left = sfdfa_without_lowest_bit(left)) {
                *put++ = list_input(net, layer_index, t, (uint16_t)(first + sfdfa_lowest_bit(left)));
            }
        }
    }
}

static void list_inputs(sfdfa_t *net, uint8_t layer_index)
{
    net->scratch.walk.listed = net->scratch.walk.inputs <= SFDFA_LISTED_INPUTS;
    if (net->scratch.walk.listed && layer_index == 0) {
        list_events(net);
    } else if (net->scratch.walk.listed) {
        list_spikes(net, layer_index);
    }
}

#endif

void sfdfa_eligibility_begin_layer(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_walk_t *walk = &net->scratch.walk;
    uint16_t spikes = 0;
    walk->inputs = 0;
    walk->ticks_without = 0;
    for (uint8_t t = 0; t < SFDFA_TICKS; t++) {
        walk->next_spike[t] = spikes;
        spikes = (uint16_t)(spikes + count_spikes(net, &sfdfa_layers[layer_index], t));
        walk->input_count[t] = count_inputs(net, layer_index, t);
        walk->inputs = (uint16_t)(walk->inputs + walk->input_count[t]);
        walk->ticks_without = (uint8_t)(walk->ticks_without + (walk->inputs == 0));
    }
#if SFDFA_LISTED_INPUTS > 0
    list_inputs(net, layer_index);
#endif
}

/*
 * Meet the neuron's spike at tick t. Returns whether there is one that was remembered.
 *
 * Spikes were remembered in the order of ticks and then of neurons, and the neurons of a layer come in their order: at each tick the next
 * spike that none of them has met is this one's.
 */
static bool meet_spike(sfdfa_t *net, neuron_t *neuron, uint8_t t, sfdfa_rho_t *rho)
{
    sfdfa_layer_table_t *layer = neuron->layer;
    const uint32_t word = net->learning.spikes[t][layer->first_spike_word + neuron->number / 32];
    if ((word >> (neuron->number % 32) & 1) == 0) {
        return false;
    }
    neuron->spikes_left--;
    const uint16_t order = net->scratch.walk.next_spike[t]++;
    if (order >= layer->spike_capacity) {
        return false;
    }
    *rho = net->learning.rho[layer->first_rho + order];
    return true;
}

static void add_spike(sfdfa_t *net, neuron_t *neuron, sfdfa_rho_t rho)
{
    const int32_t scaled = sfdfa_rescale(rho, 8 - SFDFA_ELIGIBILITY_FRACTION_BITS);
    const int32_t gamma = scaled + sfdfa_round_shift((int32_t)rho * neuron->s, 8);
    neuron->u += gamma;
    neuron->v += gamma;
    neuron->s = sfdfa_saturate(neuron->s + gamma, INT16_MAX, &net->saturations.eligibility);
}

/* D of section 8. */
static int32_t compute_update(sfdfa_t *net, const neuron_t *neuron)
{
    const int32_t eligibility = sfdfa_saturate(neuron->v - neuron->u, INT16_MAX, &net->saturations.eligibility);
    const int32_t exact = sfdfa_round_shift(neuron->step * eligibility, SFDFA_ELIGIBILITY_FRACTION_BITS + 2);
    const int32_t update = sfdfa_clamp(exact, SFDFA_UPDATE_MIN, SFDFA_UPDATE_MAX);
    net->saturations.update += (update != exact);
    return update;
}

#if SFDFA_LISTED_INPUTS > 0

/* Where the inputs of the neuron's tick begin in the list, which goes through the ticks as the walk does. */
static const uint32_t *next_listed(const sfdfa_t *net, const neuron_t *neuron)
{
    return &net->scratch.walk.input[net->scratch.walk.inputs - neuron->inputs_left];
}

static void update_listed(sfdfa_t *net, const neuron_t *neuron, int32_t update, uint16_t count)
{
    sfdfa_weight_t *weights = &net->learned.weights[neuron->layer->first_weight];
    const int32_t scaled_update = sfdfa_scaled_update(update, neuron->layer->dither_bits);
    const uint16_t draw = sfdfa_scaled_draw(neuron->draw, neuron->layer->dither_bits);
    const uint32_t *input = next_listed(net, neuron);
    for (uint16_t k = 0; k < count; k++) {
        const int32_t dither = (int32_t)((input[k] ^ draw) & sfdfa_mask(SFDFA_DITHER_BITS));
        const int32_t change = sfdfa_floor_shift(scaled_update + dither, SFDFA_DITHER_BITS);
        sfdfa_change_weight(&weights[input[k] >> SFDFA_DITHER_BITS], neuron->number, change);
    }
}

#endif

/* Change the weight of one input, drawing its dither anew. */
static void update_weight(sfdfa_t *net, const neuron_t *neuron, int32_t update, uint16_t input)
{
    sfdfa_layer_table_t *layer = neuron->layer;
    const uint32_t event_draw = sfdfa_event_draw(net->learning.sample_key, neuron->layer_index, neuron->tick, input);
    const int32_t dither = (int32_t)((event_draw ^ neuron->draw) & sfdfa_mask(layer->dither_bits));
    sfdfa_weight_t *row = &net->learned.weights[layer->first_weight + (uint32_t)input * layer->row];
    sfdfa_change_weight(row, neuron->number, sfdfa_floor_shift(update + dither, layer->dither_bits));
}

static void update_events(sfdfa_t *net, const neuron_t *neuron, int32_t update, uint16_t count)
{
    for (uint16_t k = 1; k <= count; k++) {
        update_weight(net, neuron, update, net->sample.event[neuron->inputs_left - k]);
    }
}

static void update_spikes(sfdfa_t *net, const neuron_t *neuron, int32_t update)
{
    sfdfa_layer_table_t *before = &sfdfa_layers[neuron->layer_index - 1];
    const uint32_t *words = &net->learning.spikes[neuron->tick][before->first_spike_word];
    for (uint16_t first = 0; first < before->neurons; first = (uint16_t)(first + 32)) {
        for (uint32_t left = *words++; left != 0; left = sfdfa_without_lowest_bit(left)) {
            update_weight(net, neuron, update, (uint16_t)(first + sfdfa_lowest_bit(left)));
        }
    }
}

/* Change the weights of the `count` inputs of the neuron's tick. */
static void update_inputs(sfdfa_t *net, const neuron_t *neuron, int32_t update, uint16_t count)
{
#if SFDFA_LISTED_INPUTS > 0
    if (net->scratch.walk.listed) {
        update_listed(net, neuron, update, count);
        return;
    }
#endif
    if (neuron->layer_index == 0) {
        update_events(net, neuron, update, count);
    } else {
        update_spikes(net, neuron, update);
    }
}

#if SFDFA_CORTEX_M0

static void walk_m0(sfdfa_t *net, neuron_t *neuron, uint8_t ticks)
{
    sfdfa_walk_t *shared = &net->scratch.walk;
    sfdfa_m0_walk_t kernel = {
        .u = neuron->u,
        .v = neuron->v,
        .count = &shared->input_count[neuron->tick],
        .stop = &shared->input_count[neuron->tick] - ticks,
        .input = next_listed(net, neuron),
        .column = &net->learned.weights[neuron->layer->first_weight + neuron->number],
        .draw = neuron->draw,
        .step = neuron->step,
        .decay_s = neuron->layer->decay_s,
        .decay = neuron->layer->decay,
        .eligibility_saturations = 0,
        .update_saturations = 0,
    };
    sfdfa_m0_walk(&kernel);
    neuron->u = kernel.u;
    neuron->v = kernel.v;
    neuron->tick = (uint8_t)(neuron->tick - ticks);
    neuron->inputs_left = (uint16_t)(shared->inputs - (kernel.input - shared->input));
    net->saturations.eligibility += kernel.eligibility_saturations;
    net->saturations.update += kernel.update_saturations;
}

#endif

/* Walk through `ticks` ticks, in which the neuron does not spike except in the first. */
static void walk(sfdfa_t *net, neuron_t *neuron, uint8_t ticks)
{
#if SFDFA_CORTEX_M0
    if (net->scratch.walk.listed) {
        walk_m0(net, neuron, ticks);
        return;
    }
#endif
    for (; ticks > 0; ticks--) {
        const uint16_t count = net->scratch.walk.input_count[neuron->tick];
        if (count > 0) {
            update_inputs(net, neuron, compute_update(net, neuron), count);
            neuron->inputs_left = (uint16_t)(neuron->inputs_left - count);
        }
        neuron->tick--;
        neuron->u = sfdfa_decay(neuron->u, neuron->layer->decay_s);
        neuron->v = sfdfa_decay(neuron->v, neuron->layer->decay);
    }
}

/* Go down to the last remembered spike. Returns whether there is one. */
static bool find_last_spike(sfdfa_t *net, neuron_t *neuron, sfdfa_rho_t *rho)
{
    while (neuron->spikes_left > 0) {
        if (meet_spike(net, neuron, neuron->tick, rho)) {
            return true;
        }
        neuron->inputs_left = (uint16_t)(neuron->inputs_left - net->scratch.walk.input_count[neuron->tick]);
        neuron->tick--;
    }
    return false;
}

/* Walk from one spike to the one before. */
static void walk_to_spike(sfdfa_t *net, neuron_t *neuron)
{
    uint8_t ticks = 0;
    sfdfa_rho_t rho;
    do {
        ticks++;
        neuron->s = sfdfa_decay(neuron->s, neuron->layer->decay);
    } while (!meet_spike(net, neuron, (uint8_t)(neuron->tick - ticks), &rho));
    walk(net, neuron, ticks);
    add_spike(net, neuron, rho);
}

/* Go down to the tick of the record of a silent output. */
static void find_record(const sfdfa_t *net, neuron_t *neuron)
{
    for (; neuron->tick > net->learning.record_tick[neuron->number]; neuron->tick--) {
        neuron->inputs_left = (uint16_t)(neuron->inputs_left - net->scratch.walk.input_count[neuron->tick]);
    }
}

void sfdfa_eligibility_learn(sfdfa_t *net, uint8_t layer_index, uint16_t i, int16_t step, uint16_t draw)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const sfdfa_walk_t *shared = &net->scratch.walk;
    const uint8_t spikes = net->sample.counts[layer->first_neuron + i];
    neuron_t neuron = {layer, layer_index, i, step, draw, spikes, shared->inputs, SFDFA_TICKS - 1, 0, 0, 0};
    sfdfa_rho_t rho;
    if (layer_index == SFDFA_LAYERS - 1 && sfdfa_has_virtual_spike(net, i)) {
        find_record(net, &neuron);
        rho = sfdfa_virtual_rho(layer->threshold, net->learning.record_current[i]);
    } else if (!find_last_spike(net, &neuron, &rho)) {
        return;
    }
    add_spike(net, &neuron, rho);
    while (neuron.spikes_left > 0) {
        walk_to_spike(net, &neuron);
    }
    if (neuron.inputs_left > 0) {
        walk(net, &neuron, (uint8_t)(neuron.tick + 1 - shared->ticks_without));
    }
}

void sfdfa_eligibility_end_layer(sfdfa_t *net, uint8_t layer_index)
{
    (void)net;
    (void)layer_index;
}

#endif
