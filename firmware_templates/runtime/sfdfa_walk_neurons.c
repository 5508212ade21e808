/*
 * sfdfa_walk_neurons.c: the backward walk of section 8 of docs/ARITHMETIC.md neuron by neuron.
 *
 * A neuron without a remembered spike has nothing to learn and costs nothing. Any other is walked from its last spike to the first input
 * of its layer, with its three sums in registers, and touches one weight for each input on the way. What every neuron of a layer
 * needs to know of the inputs lies where the membranes were.
 */
#include "sfdfa_internal.h"

#if SFDFA_LEARNS && !SFDFA_TRACES && !SFDFA_COMPACT && !SFDFA_WALK_BY_TICKS

#include "sfdfa_bits.h"
#include "sfdfa_fixed.h"
#include "sfdfa_kernels.h"
#include "sfdfa_random.h"
#include "sfdfa_rho.h"

/* The sums of section 8. */
typedef struct {
    int32_t u;
    int32_t v;
    int32_t s;
} sums_t;

/* A neuron that is walked. */
typedef struct {
    sfdfa_layer_table_t *layer;
    uint8_t layer_index;
    uint16_t number;     /* in its layer */
    uint8_t spikes_left; /* not yet met */
    int16_t step;
    uint16_t draw;
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

/* Where the inputs of each tick end, counted over the sample. */
static const uint16_t *input_ends(const sfdfa_t *net, uint8_t layer_index)
{
    return layer_index == 0 ? net->learning.tick_end : net->scratch.walk.input_end;
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
    uint16_t k = 0;
    for (uint8_t t = 0; t < SFDFA_TICKS; t++) {
        for (; k < net->learning.tick_end[t]; k++) {
            net->scratch.walk.input[k] = list_input(net, 0, t, net->sample.event[k]);
        }
    }
}

static void list_spikes(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_layer_table_t *before = &sfdfa_layers[layer_index - 1];
    uint32_t *put = net->scratch.walk.input;
    for (uint8_t t = 0; t < SFDFA_TICKS; t++) {
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
    net->scratch.walk.listed = input_ends(net, layer_index)[SFDFA_TICKS - 1] <= SFDFA_LISTED_INPUTS;
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
    uint16_t inputs = 0;
    for (uint8_t t = 0; t < SFDFA_TICKS; t++) {
        walk->next_spike[t] = spikes;
        spikes = (uint16_t)(spikes + count_spikes(net, &sfdfa_layers[layer_index], t));
        if (layer_index > 0) {
            inputs = (uint16_t)(inputs + count_spikes(net, &sfdfa_layers[layer_index - 1], t));
            walk->input_end[t] = inputs;
        }
    }
#if SFDFA_LISTED_INPUTS > 0
    list_inputs(net, layer_index);
#endif
}

/*
 * Meet the neuron's spike at tick t. Returns its rho, or 0 if there is none or it was forgotten.
 *
 * Spikes were remembered in the order of ticks and then of neurons, and the neurons of a layer come in their order: at each tick the next
 * spike that none of them has met is this one's.
 */
static sfdfa_rho_t meet_spike(sfdfa_t *net, neuron_t *neuron, uint8_t t)
{
    sfdfa_layer_table_t *layer = neuron->layer;
    const uint32_t word = net->learning.spikes[t][layer->first_spike_word + neuron->number / 32];
    if ((word >> (neuron->number % 32) & 1) == 0) {
        return 0;
    }
    neuron->spikes_left--;
    const uint16_t order = net->scratch.walk.next_spike[t]++;
    return order < layer->spike_capacity ? net->learning.rho[layer->first_rho + order] : 0;
}

static void add_spike(sfdfa_t *net, sums_t *sums, sfdfa_rho_t rho)
{
    const int32_t scaled = sfdfa_rescale(rho, 8 - SFDFA_ELIGIBILITY_FRACTION_BITS);
    const int32_t gamma = scaled + sfdfa_round_shift((int32_t)rho * sums->s, 8);
    sums->u += gamma;
    sums->v += gamma;
    sums->s = sfdfa_saturate(sums->s + gamma, INT16_MAX, &net->saturations.eligibility);
}

/* D of section 8. */
static int32_t compute_update(sfdfa_t *net, const sums_t *sums, int16_t step)
{
    const int32_t eligibility = sfdfa_saturate(sums->v - sums->u, INT16_MAX, &net->saturations.eligibility);
    const int32_t exact = sfdfa_round_shift(step * eligibility, SFDFA_ELIGIBILITY_FRACTION_BITS + 2);
    const int32_t update = sfdfa_clamp(exact, SFDFA_UPDATE_MIN, SFDFA_UPDATE_MAX);
    net->saturations.update += (update != exact);
    return update;
}

#if SFDFA_LISTED_INPUTS > 0

/* Change the weights of the inputs from `start` to `end`. */
static void update_listed(sfdfa_t *net, const neuron_t *neuron, int32_t update, uint16_t start, uint16_t end)
{
    sfdfa_weight_t *weights = &net->learned.weights[neuron->layer->first_weight];
    const int32_t scaled_update = sfdfa_scaled_update(update, neuron->layer->dither_bits);
    const uint16_t draw = sfdfa_scaled_draw(neuron->draw, neuron->layer->dither_bits);
    for (uint16_t k = start; k < end; k++) {
        const uint32_t input = net->scratch.walk.input[k];
        const int32_t dither = (int32_t)((input ^ draw) & sfdfa_mask(SFDFA_DITHER_BITS));
        const int32_t change = sfdfa_floor_shift(scaled_update + dither, SFDFA_DITHER_BITS);
        sfdfa_change_weight(&weights[input >> SFDFA_DITHER_BITS], neuron->number, change);
    }
}

#endif

/* Change the weight of one input, drawing its dither anew. */
static void update_weight(sfdfa_t *net, const neuron_t *neuron, int32_t update, uint8_t t, uint16_t input)
{
    sfdfa_layer_table_t *layer = neuron->layer;
    const uint32_t event_draw = sfdfa_event_draw(net->learning.sample_key, neuron->layer_index, t, input);
    const int32_t dither = (int32_t)((event_draw ^ neuron->draw) & sfdfa_mask(layer->dither_bits));
    sfdfa_weight_t *row = &net->learned.weights[layer->first_weight + (uint32_t)input * layer->row];
    sfdfa_change_weight(row, neuron->number, sfdfa_floor_shift(update + dither, layer->dither_bits));
}

static void update_events(sfdfa_t *net, const neuron_t *neuron, int32_t update, uint8_t t, uint16_t start, uint16_t end)
{
    for (uint16_t k = start; k < end; k++) {
        update_weight(net, neuron, update, t, net->sample.event[k]);
    }
}

static void update_spikes(sfdfa_t *net, const neuron_t *neuron, int32_t update, uint8_t t)
{
    sfdfa_layer_table_t *before = &sfdfa_layers[neuron->layer_index - 1];
    const uint32_t *words = &net->learning.spikes[t][before->first_spike_word];
    for (uint16_t first = 0; first < before->neurons; first = (uint16_t)(first + 32)) {
        for (uint32_t left = *words++; left != 0; left = sfdfa_without_lowest_bit(left)) {
            update_weight(net, neuron, update, t, (uint16_t)(first + sfdfa_lowest_bit(left)));
        }
    }
}

/* Change the weights of the inputs of tick t, which are numbered from `start` to `end`. */
static void update_inputs(sfdfa_t *net, const neuron_t *neuron, int32_t update, uint8_t t, uint16_t start, uint16_t end)
{
#if SFDFA_LISTED_INPUTS > 0
    if (net->scratch.walk.listed) {
        update_listed(net, neuron, update, start, end);
        return;
    }
#endif
    if (neuron->layer_index == 0) {
        update_events(net, neuron, update, t, start, end);
    } else {
        update_spikes(net, neuron, update, t);
    }
}

/* Walk from tick t, where the sums are as given, to the first input. */
static void walk(sfdfa_t *net, neuron_t *neuron, uint8_t t, sums_t sums)
{
    sfdfa_layer_table_t *layer = neuron->layer;
    const uint16_t *input_end = input_ends(net, neuron->layer_index);
    for (;;) {
        const uint16_t end = input_end[t];
        const uint16_t start = t > 0 ? input_end[t - 1] : 0;
        if (end > start) {
            const int32_t update = compute_update(net, &sums, neuron->step);
            update_inputs(net, neuron, update, t, start, end);
        }
        if (start == 0) {
            return;
        }
        t--;
        sums.u = sfdfa_decay(sums.u, layer->decay_s);
        sums.v = sfdfa_decay(sums.v, layer->decay);
        sums.s = sfdfa_decay(sums.s, layer->decay);
        if (neuron->spikes_left > 0) {
            const sfdfa_rho_t rho = meet_spike(net, neuron, t);
            if (rho > 0) {
                add_spike(net, &sums, rho);
            }
        }
    }
}

void sfdfa_eligibility_learn(sfdfa_t *net, uint8_t layer_index, uint16_t i, int16_t step, uint16_t draw)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const uint8_t spikes = net->sample.counts[layer->first_neuron + i];
    neuron_t neuron = {layer, layer_index, i, spikes, step, draw};
    uint8_t t = SFDFA_TICKS;
    sfdfa_rho_t rho = 0;
    while (rho == 0 && neuron.spikes_left > 0) {
        rho = meet_spike(net, &neuron, --t);
    }
    if (layer_index == SFDFA_LAYERS - 1 && sfdfa_has_virtual_spike(net, i)) {
        t = net->learning.record_tick[i];
        rho = sfdfa_virtual_rho(layer->threshold, net->learning.record_current[i]);
    }
    if (rho > 0) {
        sums_t sums = {0, 0, 0};
        add_spike(net, &sums, rho);
        walk(net, &neuron, t, sums);
    }
}

void sfdfa_eligibility_end_layer(sfdfa_t *net, uint8_t layer_index)
{
    (void)net;
    (void)layer_index;
}

#endif
