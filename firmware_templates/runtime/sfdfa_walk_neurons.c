/*
 * sfdfa_walk_neurons.c: the backward walk of section 8 of docs/ARITHMETIC.md neuron by neuron.
 *
 * A neuron without a remembered spike has nothing to learn and costs nothing. Any other is walked from its last spike to the first input
 * of its layer, with its sums in registers, and touches one weight for each input on the way. What every neuron of a layer needs to
 * know of the inputs lies where the membranes were.
 */
#include "sfdfa_internal.h"

#if SFDFA_LEARNS && !SFDFA_TRACES && !SFDFA_WALK_BY_TICKS

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
    uint16_t number;           /* in its layer */
    const uint32_t *spikes;    /* those of the tick, in a word with others, */
    uint32_t bit;              /* and which is its own */
    uint8_t spikes_left;       /* not yet met */
    uint8_t tick;              /* they go down */
    int32_t s;                 /* the sum that spikes alone change */
    sfdfa_walk_sums_t sums;
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

/* How many inputs a layer had in the sample. */
static uint16_t count_inputs(const sfdfa_t *net, uint8_t layer_index)
{
    return layer_index == 0 ? net->sample.events : net->learning.spike_count[layer_index - 1];
}

/* The first event of tick t. */
static uint16_t first_event(const sfdfa_t *net, uint8_t t)
{
    return t > 0 ? net->learning.tick_end[t - 1] : 0;
}

#if SFDFA_LISTED_INPUTS > 0

/* What an input gives to the update of a weight: its row, and its draw in as many bits as any layer's dither has. */
static inline uint32_t list_input(uint32_t key, sfdfa_layer_table_t *layer, uint8_t layer_index, uint8_t t, uint16_t input)
{
    const uint32_t row = (uint32_t)input * layer->row;
    return row << SFDFA_DITHER_BITS | sfdfa_scaled_draw(sfdfa_event_draw(key, layer_index, t, input), layer->dither_bits);
}

static void list_events(sfdfa_t *net)
{
    const uint32_t key = net->learning.sample_key;
    const sfdfa_index_t *event = &net->sample.event[net->sample.events];
    uint32_t *put = net->scratch.walk.input;
    for (uint8_t t = SFDFA_TICKS; t-- > 0;) {
        const sfdfa_index_t *first = &net->sample.event[first_event(net, t)];
        while (event != first) {
            *put++ = list_input(key, &sfdfa_layers[0], 0, t, *--event);
        }
        net->scratch.walk.input_end[t] = put;
    }
}

static void list_spikes(sfdfa_t *net, uint8_t layer_index)
{
    const uint32_t key = net->learning.sample_key;
    sfdfa_layer_table_t *before = &sfdfa_layers[layer_index - 1];
    uint32_t *put = net->scratch.walk.input;
    for (uint8_t t = SFDFA_TICKS; t-- > 0;) {
        const uint32_t *words = &net->learning.spikes[t][before->first_spike_word];
        for (uint16_t first = 0; first < before->neurons; first = (uint16_t)(first + 32)) {
            for (uint32_t left = *words++; left != 0; left = sfdfa_without_lowest_bit(left)) {
                const uint16_t input = (uint16_t)(first + sfdfa_lowest_bit(left));
                *put++ = list_input(key, &sfdfa_layers[layer_index], layer_index, t, input);
            }
        }
        net->scratch.walk.input_end[t] = put;
    }
}

static void list_inputs(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_walk_t *walk = &net->scratch.walk;
    walk->input_end[SFDFA_TICKS] = walk->input;
    walk->listed = count_inputs(net, layer_index) <= SFDFA_LISTED_INPUTS;
    if (walk->listed && layer_index == 0) {
        list_events(net);
    } else if (walk->listed) {
        list_spikes(net, layer_index);
    }
}

#endif

/* The first tick in which a layer has an input; there must be one. */
static uint8_t find_first_tick(const sfdfa_t *net, uint8_t layer_index)
{
    uint8_t t = 0;
    while ((layer_index == 0 ? net->learning.tick_end[t] : count_spikes(net, &sfdfa_layers[layer_index - 1], t)) == 0) {
        t++;
    }
    return t;
}

void sfdfa_eligibility_begin_layer(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_walk_t *walk = &net->scratch.walk;
    uint16_t spikes = 0;
    for (uint8_t t = 0; t < SFDFA_TICKS; t++) {
        walk->next_spike[t] = spikes;
        spikes = (uint16_t)(spikes + count_spikes(net, &sfdfa_layers[layer_index], t));
    }
    walk->first_tick = count_inputs(net, layer_index) > 0 ? find_first_tick(net, layer_index) : SFDFA_TICKS;
#if SFDFA_LISTED_INPUTS > 0
    list_inputs(net, layer_index);
#endif
}

/* Whether the neuron spikes in its tick. */
static bool spikes_here(const neuron_t *neuron)
{
    return (*neuron->spikes & neuron->bit) != 0;
}

/*
 * Meet the spike of the neuron's tick. Returns whether it was remembered.
 *
 * Spikes were remembered in the order of ticks and then of neurons, and the neurons of a layer come in their order: at each tick the next
 * spike that none of them has met is this one's.
 */
static bool meet_spike(sfdfa_t *net, neuron_t *neuron, sfdfa_rho_t *rho)
{
    neuron->spikes_left--;
    const uint16_t order = net->scratch.walk.next_spike[neuron->tick]++;
    if (order >= neuron->layer->spike_capacity) {
        return false;
    }
    *rho = net->learning.rho[neuron->layer->first_rho + order];
    return true;
}

static void add_spike(sfdfa_t *net, neuron_t *neuron, sfdfa_rho_t rho)
{
    const int32_t scaled = sfdfa_rescale(rho, 8 - SFDFA_ELIGIBILITY_FRACTION_BITS);
    const int32_t gamma = scaled + sfdfa_round_shift((int32_t)rho * neuron->s, 8);
    neuron->sums.u += gamma;
    neuron->sums.v += gamma;
    neuron->s = sfdfa_saturate(neuron->s + gamma, INT16_MAX, &net->saturations.eligibility);
}

/* D of section 8. */
static inline int32_t compute_update(sfdfa_walk_sums_t *sums)
{
    const int32_t eligibility = sfdfa_saturate(sums->v - sums->u, INT16_MAX, &sums->eligibility_saturations);
    const int32_t exact = sfdfa_round_shift(sums->step * eligibility, SFDFA_ELIGIBILITY_FRACTION_BITS + 2);
    return sfdfa_saturate_update(exact, &sums->update_saturations);
}

static inline void decay_sums(sfdfa_walk_sums_t *sums)
{
    sums->u = sfdfa_decay(sums->u, sums->decay_s);
    sums->v = sfdfa_decay(sums->v, sums->decay);
}

#if SFDFA_LISTED_INPUTS > 0

#if SFDFA_CORTEX_M0

static void walk_listed(neuron_t *neuron)
{
    sfdfa_m0_walk(&neuron->sums);
}

#else

static inline void update_listed(const neuron_t *neuron, int32_t update, const uint32_t *input, const uint32_t *end)
{
    const int32_t scaled_update = sfdfa_scaled_update(update, neuron->layer->dither_bits);
    const uint32_t draw = neuron->sums.draw;
    sfdfa_weight_t *weights = neuron->sums.column;
    SFDFA_UNROLL
    for (; input != end; input++) {
        const int32_t dither = (int32_t)((*input ^ draw) & sfdfa_mask(SFDFA_DITHER_BITS));
        const int32_t change = sfdfa_floor_shift(scaled_update + dither, SFDFA_DITHER_BITS);
        sfdfa_change_weight(&weights[*input >> SFDFA_DITHER_BITS], SFDFA_PLACE_IN_CELL(neuron->number), change);
    }
}

/* Walk down to a tick. */
static void walk_listed(neuron_t *neuron)
{
    sfdfa_walk_sums_t sums = neuron->sums; /* in registers */
    do {
        const uint32_t *end = *sums.end--;
        if (end != sums.input) {
            update_listed(neuron, compute_update(&sums), sums.input, end);
            sums.input = end;
        }
        decay_sums(&sums);
    } while (sums.end != sums.stop);
    neuron->sums = sums;
}

#endif
#endif

/* Change the weight of one input, drawing its dither anew. */
static void update_weight(sfdfa_t *net, const neuron_t *neuron, int32_t update, uint8_t t, uint16_t input)
{
    sfdfa_layer_table_t *layer = neuron->layer;
    const uint32_t event_draw = sfdfa_event_draw(net->learning.sample_key, neuron->layer_index, t, input);
    const int32_t dither = (int32_t)((event_draw ^ neuron->sums.draw) & sfdfa_mask(layer->dither_bits));
    sfdfa_weight_t *row = &net->learned.weights[layer->first_weight + (uint32_t)input * layer->row];
    sfdfa_change_weight(row, neuron->number, sfdfa_floor_shift(update + dither, layer->dither_bits));
}

static void update_events(sfdfa_t *net, neuron_t *neuron, uint8_t t)
{
    const uint16_t first = first_event(net, t);
    const uint16_t end = net->learning.tick_end[t];
    if (end > first) {
        const int32_t update = compute_update(&neuron->sums);
        for (uint16_t k = first; k < end; k++) {
            update_weight(net, neuron, update, t, net->sample.event[k]);
        }
    }
}

static void update_spikes(sfdfa_t *net, neuron_t *neuron, uint8_t t)
{
    sfdfa_layer_table_t *before = &sfdfa_layers[neuron->layer_index - 1];
    if (count_spikes(net, before, t) > 0) {
        const int32_t update = compute_update(&neuron->sums);
        const uint32_t *words = &net->learning.spikes[t][before->first_spike_word];
        for (uint16_t first = 0; first < before->neurons; first = (uint16_t)(first + 32)) {
            for (uint32_t left = *words++; left != 0; left = sfdfa_without_lowest_bit(left)) {
                update_weight(net, neuron, update, t, (uint16_t)(first + sfdfa_lowest_bit(left)));
            }
        }
    }
}

static void walk_unlisted(sfdfa_t *net, neuron_t *neuron, uint8_t from, uint8_t to)
{
    for (uint8_t t = from; t != to; t--) {
        if (neuron->layer_index == 0) {
            update_events(net, neuron, t);
        } else {
            update_spikes(net, neuron, t);
        }
        decay_sums(&neuron->sums);
    }
}

/* Walk through the ticks from one down to another, which is left to be walked. The neuron spikes in none of them but the first. */
static void walk(sfdfa_t *net, neuron_t *neuron, uint8_t from, uint8_t to)
{
#if SFDFA_LISTED_INPUTS > 0
    if (net->scratch.walk.listed) {
        neuron->sums.stop = neuron->sums.end - (uint8_t)(from - to);
        walk_listed(neuron);
        return;
    }
#endif
    walk_unlisted(net, neuron, from, to);
}

/* One tick down. */
static inline void descend(neuron_t *neuron)
{
    neuron->spikes -= SFDFA_SPIKE_WORDS;
    neuron->tick--;
}

/* Go down to the last remembered spike. Returns whether there is one. */
static bool find_last_spike(sfdfa_t *net, neuron_t *neuron, sfdfa_rho_t *rho)
{
    while (neuron->spikes_left > 0) {
        if (spikes_here(neuron) && meet_spike(net, neuron, rho)) {
            return true;
        }
        descend(neuron);
    }
    return false;
}

/* Walk from one spike to the one before. */
static void walk_to_spike(sfdfa_t *net, neuron_t *neuron)
{
    const uint8_t from = neuron->tick;
    sfdfa_rho_t rho = 0;
    do {
        descend(neuron);
        neuron->s = sfdfa_decay(neuron->s, neuron->sums.decay);
    } while (!spikes_here(neuron));
    walk(net, neuron, from, neuron->tick);
    (void)meet_spike(net, neuron, &rho);
    add_spike(net, neuron, rho);
}

/* After the last tick. */
static void begin_neuron(sfdfa_t *net, neuron_t *neuron, uint8_t layer_index, uint16_t i)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    neuron->layer = layer;
    neuron->layer_index = layer_index;
    neuron->number = i;
    neuron->spikes_left = net->sample.counts[layer->first_neuron + i];
    neuron->spikes = &net->learning.spikes[SFDFA_TICKS - 1][layer->first_spike_word + i / 32];
    neuron->bit = UINT32_C(1) << (i % 32);
    neuron->tick = SFDFA_TICKS - 1;
}

/* At the neuron's last spike. */
static void begin_walk(sfdfa_t *net, neuron_t *neuron, int16_t step, uint16_t draw)
{
    neuron->s = 0;
    neuron->sums.u = 0;
    neuron->sums.v = 0;
    neuron->sums.step = step;
    neuron->sums.draw = draw;
    neuron->sums.decay_s = neuron->layer->decay_s;
    neuron->sums.decay = neuron->layer->decay;
    neuron->sums.eligibility_saturations = 0;
    neuron->sums.update_saturations = 0;
#if SFDFA_LISTED_INPUTS > 0
    if (net->scratch.walk.listed) {
        sfdfa_layer_table_t *layer = neuron->layer;
        neuron->sums.end = &net->scratch.walk.input_end[neuron->tick];
        neuron->sums.input = neuron->sums.end[1];
        neuron->sums.column = &net->learned.weights[layer->first_weight + SFDFA_CELL(neuron->number)];
        neuron->sums.draw = sfdfa_scaled_draw(draw, layer->dither_bits);
    }
#else
    (void)net;
#endif
}

void sfdfa_eligibility_learn(sfdfa_t *net, uint8_t layer_index, uint16_t i, int16_t step, uint16_t draw)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const bool is_virtual = layer_index == SFDFA_LAYERS - 1 && sfdfa_has_virtual_spike(net, i);
    neuron_t neuron;
    begin_neuron(net, &neuron, layer_index, i);
    sfdfa_rho_t rho;
    if (is_virtual) {
        neuron.tick = net->learning.record[i].tick;
        rho = sfdfa_virtual_rho(layer->threshold, net->learning.record[i].current);
    } else if (!find_last_spike(net, &neuron, &rho)) {
        return;
    }
    begin_walk(net, &neuron, step, draw);
    add_spike(net, &neuron, rho);
    while (neuron.spikes_left > 0) {
        walk_to_spike(net, &neuron);
    }
    if (neuron.tick >= net->scratch.walk.first_tick) {
        walk(net, &neuron, neuron.tick, (uint8_t)(net->scratch.walk.first_tick - 1));
    }
    net->saturations.eligibility += neuron.sums.eligibility_saturations;
    net->saturations.update += neuron.sums.update_saturations;
}

void sfdfa_eligibility_end_layer(sfdfa_t *net, uint8_t layer_index)
{
    (void)net;
    (void)layer_index;
}

#endif
