/*
 * sfdfa_replay.c: eligibility without any state per synapse, section 8 of docs/ARITHMETIC.md.
 *
 * While the sample runs, each spike leaves one bit and its factor rho. Afterwards the ticks are walked backwards with
 * three decaying sums per neuron, and each input event meets the update that its tick calls for.
 *
 * A neuron without a remembered spike has nothing to learn and costs nothing. Any other is walked from its last spike
 * to the first input of its layer, with its sums in registers. What every neuron of a layer needs to know of the inputs
 * lies where the membranes were.
 *
 * E is never negative, for u decays no slower than v: all updates of a neuron have the sign of its step. So a walk
 * keeps the size of D and, once, its sign, and a size below one weight unit changes a weight by 1 or, far more often,
 * not at all: by 1 where the dither, or with a positive step its complement, is less than the size. That is one
 * comparison for each input; only weights that change are touched.
 */
#include "core/sfdfa_internal.h"

#include SFDFA_CORE(sfdfa_spikes.h)
#include SFDFA_WALK
#include SFDFA_WALK_FROM_END

void sfdfa_eligibility_begin(sfdfa_t *net)
{
    for (uint8_t l = 0; l < SFDFA_LAYERS; l++) {
        net->learning.spike_count[l] = 0;
    }
    for (uint16_t t = 0; t < SFDFA_TICKS; t++) {
        for (uint16_t word = 0; word < SFDFA_SPIKE_WORDS; word++) {
            net->learning.spikes[t][word] = 0;
        }
    }
}

void sfdfa_eligibility_spikes(sfdfa_t *net, uint8_t layer_index, const sfdfa_index_t *spikes, uint16_t count)
{
    const uint16_t order = net->learning.spike_count[layer_index];
    net->learning.spike_count[layer_index] = (uint16_t)(order + count);
    sfdfa_remember_spikes(net, &sfdfa_layers[layer_index], spikes, count, order);
}

/* How many inputs a layer had in the sample. */
static uint16_t count_inputs(const sfdfa_t *net, uint8_t layer_index)
{
    return layer_index == 0 ? net->sample.events : net->learning.spike_count[layer_index - 1];
}

/* The first tick in which a layer has an input; there must be one. */
static uint8_t find_first_tick(const sfdfa_t *net, uint8_t layer_index)
{
    uint8_t t = 0;
    if (layer_index == 0) {
        while (net->learning.tick_end[t] == 0) {
            t++;
        }
    } else {
        while (count_spikes(net, (uint8_t)(layer_index - 1), t) == 0) {
            t++;
        }
    }
    return t;
}

void sfdfa_eligibility_begin_layer(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_walk_t *walk = &net->scratch.walk;
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const uint16_t inputs = count_inputs(net, layer_index);
    find_first_spikes(net, layer_index);
    sfdfa_walker_t *walker = &net->learning.walker;
    walker->decay_s = layer->decay_s;
    walker->decay = layer->decay;
    walker->next_spike = walk->next_spike;
    walker->rho = &net->learning.rho[layer->first_rho];
    walker->columns = &net->learned.weights[layer->first_weight];
    walker->last_spikes = spike_words(net, layer, SFDFA_TICKS - 1);
    walker->eligibility_saturations = 0;
    walker->update_saturations = 0;
    walker->first_tick = inputs > 0 ? find_first_tick(net, layer_index) : SFDFA_TICKS;
    walker->input_end = walk->input_end;
    begin_walker(walker, layer);
    walk->listed = SFDFA_LISTED_INPUTS > 0 && inputs <= SFDFA_LISTED_INPUTS;
    if (walk->listed) {
        list_inputs(net, layer_index);
    }
}

/* The way of a neuron in a layer with more inputs than there is room to list, which draws each dither anew. */

/* D of a tick with inputs. */
static inline int32_t compute_update(sfdfa_walker_t *walker, sums_t sums)
{
    const uint32_t exact = update_size(walker, sums, &walker->eligibility_saturations);
    const int32_t size = (int32_t)limit_size(exact, walker->sign, &walker->update_saturations);
    return (size ^ walker->sign) - walker->sign;
}

/* A neuron of which the inputs are not listed. */
typedef struct {
    sfdfa_layer_table_t *layer; /* of the neuron */
    uint8_t layer_index; /* of the neuron */
    uint16_t number; /* in its layer */
    uint16_t draw;   /* for the dither */
} neuron_t;

/* Change the weight of one input, drawing its dither anew. */
static void update_weight(sfdfa_t *net, const neuron_t *neuron, int32_t update, uint8_t t, uint16_t input)
{
    sfdfa_layer_table_t *layer = neuron->layer;
    const uint32_t event_draw = sfdfa_event_draw(net->learning.sample_key, neuron->layer_index, t, input);
    const int32_t dither = (int32_t)((event_draw ^ neuron->draw) & sfdfa_mask(layer->dither_bits));
    sfdfa_weight_t *row = &net->learned.weights[layer->first_weight + (uint32_t)input * layer->row];
    sfdfa_change_weight(row, neuron->number, sfdfa_floor_shift(update + dither, layer->dither_bits));
}

static void update_events(sfdfa_t *net, const neuron_t *neuron, sfdfa_walker_t *walker, sums_t sums, uint8_t t)
{
    const uint16_t first = first_event(net, t);
    const uint16_t end = net->learning.tick_end[t];
    if (end > first) {
        const int32_t update = compute_update(walker, sums);
        for (uint16_t k = first; k < end; k++) {
            update_weight(net, neuron, update, t, net->sample.event[k]);
        }
    }
}

static void update_spikes(sfdfa_t *net, const neuron_t *neuron, sfdfa_walker_t *walker, sums_t sums, uint8_t t)
{
    sfdfa_layer_table_t *before = &sfdfa_layers[neuron->layer_index - 1];
    const uint32_t *words = spike_words(net, before, t);
    if (count_spikes(net, (uint8_t)(neuron->layer_index - 1), t) > 0) {
        const int32_t update = compute_update(walker, sums);
        for (uint16_t first = 0; first < before->neurons; first = (uint16_t)(first + 32)) {
            for (uint32_t left = *words++; left != 0; left = sfdfa_without_lowest_bit(left)) {
                update_weight(net, neuron, update, t, (uint16_t)(first + sfdfa_lowest_bit(left)));
            }
        }
    }
}

static SFDFA_SELDOM void walk_unlisted(sfdfa_t *net, const neuron_t *neuron, sfdfa_walker_t *walker, int32_t gamma)
{
    const uint32_t *spikes = walker->spikes;
    sums_t sums = {gamma, gamma};
    uint8_t t = walker->tick;
    for (;;) {
        if (neuron->layer_index == 0) {
            update_events(net, neuron, walker, sums, t);
        } else {
            update_spikes(net, neuron, walker, sums, t);
        }
        if (t == walker->first_tick) {
            break;
        }
        t--;
        spikes -= SFDFA_SPIKE_WORDS;
        sums = decay_sums(sums, walker->decay_s, walker->decay, 1 << 11);
        if ((*spikes & walker->bit) != 0) {
            sums = add_gamma(sums, meet_spike(walker, t));
        }
    }
}

/* Go down to the last remembered spike of at least one. Returns whether any was remembered, and its factor. */
static inline bool find_last_spike(sfdfa_walker_t *walker, uint8_t spikes, uint16_t capacity, sfdfa_rho_t *rho)
{
    const uint32_t *words = walker->spikes;
    const uint32_t bit = walker->bit;
    uint32_t t = walker->tick;
    for (;; words -= SFDFA_SPIKE_WORDS, t--) {
        if ((*words & bit) == 0) {
            continue;
        }
        t = sfdfa_opaque(t); /* else the compiler also keeps what depends on it from tick to tick */
        walker->tick = (uint8_t)t;
        const uint16_t order = take_spike(walker, walker->tick);
        spikes--;
        if (order < capacity) {
            *rho = walker->rho[order];
            walker->spikes = words;
            walker->spikes_left = spikes;
            return true;
        }
        if (spikes == 0) {
            return false;
        }
    }
}

/* After the last tick. */
static inline void begin_walk(sfdfa_walker_t *walker, uint16_t i, int16_t step)
{
    const int32_t sign = sfdfa_sign_mask(step);
    walker->spikes = &walker->last_spikes[i / 32];
    walker->bit = UINT32_C(1) << (i % 32);
    walker->tick = SFDFA_TICKS - 1;
    walker->spikes_left = 0;
    walker->sign = sign;
    walker->step_size = (uint32_t)((step ^ sign) - sign);
    walker->rounding = (UINT32_C(1) << (UPDATE_SHIFT - 1)) + (uint32_t)sign;
}

/* Find the spike from which the walk of a neuron begins. Returns whether there is one, and its factor. */
static inline bool find_start(sfdfa_t *net, uint8_t layer_index, uint16_t i, sfdfa_walker_t *walker, sfdfa_rho_t *rho)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    if (!SFDFA_INTEGRATES && layer_index == SFDFA_LAYERS - 1 && sfdfa_has_virtual_spike(net, i)) {
        walker->tick = net->learning.record[i].tick;
        walker->spikes -= (SFDFA_TICKS - 1 - walker->tick) * SFDFA_SPIKE_WORDS;
        *rho = sfdfa_virtual_rho(layer->threshold, net->learning.record[i].current);
        return walker->tick >= walker->first_tick;
    }
    return find_last_spike(walker, net->sample.counts[layer->first_neuron + i], layer->spike_capacity, rho);
}

void sfdfa_eligibility_learn(sfdfa_t *net, uint8_t layer_index, uint16_t i, int16_t step, uint16_t draw)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    sfdfa_walker_t *walker = &net->learning.walker;
    sfdfa_rho_t rho;
    if (walk_from_end(net, layer_index, i, step, draw)) {
        return;
    }
    begin_walk(walker, i, step);
    if (!find_start(net, layer_index, i, walker, &rho)) {
        return;
    }
    const int32_t gamma = own_gamma(rho); /* s has been 0 */
    walker->s = gamma;
    if (net->scratch.walk.listed) {
        walker->column = &walker->columns[SFDFA_CELL(i)];
        walker->mask = dither_mask(layer, draw, walker->sign);
        walk_listed(layer, SFDFA_PLACE_IN_CELL(i), walker, gamma);
    } else {
        const neuron_t neuron = {.layer = layer, .layer_index = layer_index, .number = i, .draw = draw};
        walk_unlisted(net, &neuron, walker, gamma);
    }
}

void sfdfa_eligibility_end_layer(sfdfa_t *net, uint8_t layer_index)
{
    net->saturations.eligibility += net->learning.walker.eligibility_saturations;
    net->saturations.update += net->learning.walker.update_saturations;
    (void)layer_index;
}
