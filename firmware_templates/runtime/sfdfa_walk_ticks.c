/*
 * sfdfa_walk_ticks.c: the backward walk of section 8 of docs/ARITHMETIC.md tick by tick, all neurons of a layer together: for
 * processors with vectors, which do whole rows of weights in less time than it takes to leave some out.
 */
#include "sfdfa_internal.h"

#if SFDFA_LEARNS && !SFDFA_TRACES && !SFDFA_COMPACT && SFDFA_WALK_BY_TICKS

#include "sfdfa_fixed.h"
#include "sfdfa_kernels.h"
#include "sfdfa_random.h"
#include "sfdfa_rho.h"

/* The neurons of a layer, and as many more as make whole vectors. */
static uint_fast16_t lanes_of(sfdfa_layer_table_t *layer)
{
    return SFDFA_WHOLE_VECTORS((uint_fast16_t)layer->neurons);
}

/* The place of a neuron among those met, where it may be new: what a new one needs is always noted, without a branch. */
static uint16_t meet(sfdfa_update_t *walk, uint16_t i)
{
    const uint16_t next = walk->met;
    const bool is_new = walk->place[i] == SFDFA_NOT_MET;
    const uint16_t place = is_new ? next : walk->place[i];
    walk->neuron[next] = (sfdfa_index_t)i;
    walk->met_step[next] = walk->step[i];
    walk->place[i] = place;
    walk->met = (uint16_t)(next + is_new);
    return place;
}

/* Add a remembered spike to the sums of its neuron. */
static void walk_spike(sfdfa_t *net, uint16_t i, sfdfa_rho_t rho)
{
    sfdfa_update_t *walk = &net->scratch.update;
    const uint16_t place = meet(walk, i);
    const int32_t scaled = sfdfa_rescale(rho, 8 - SFDFA_ELIGIBILITY_FRACTION_BITS);
    const int32_t gamma = scaled + sfdfa_round_shift((int32_t)rho * walk->s[place], 8);
    walk->u[place] += gamma;
    walk->v[place] += gamma;
    walk->s[place] = sfdfa_saturate(walk->s[place] + gamma, INT16_MAX, &net->saturations.eligibility);
}

/* Meet the remembered spikes of a layer at tick t. */
static void walk_spikes(sfdfa_t *net, uint8_t layer_index, uint8_t t)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const sfdfa_learning_t *learning = &net->learning;
    const sfdfa_index_t *spiking = &learning->spiking[layer->first_neuron * SFDFA_NEURON_SPIKES];
    const uint16_t end = learning->spike_start[layer_index][t + 1];
    for (uint16_t k = learning->spike_start[layer_index][t]; k < end && k < layer->spike_capacity; k++) {
        walk_spike(net, spiking[k], learning->rho[layer->first_rho + k]);
    }
}

/* Note where a silent output came closest to its threshold. */
static void find_record(sfdfa_learning_t *learning, uint16_t o)
{
    sfdfa_record_t *record = &learning->record[o];
    for (uint8_t t = 0; t < SFDFA_TICKS; t++) {
        const int32_t a = learning->output_a[t][o];
        const int32_t potential = learning->output_b[t][o] - a;
        if (potential > record->potential) {
            *record = (sfdfa_record_t){.potential = potential, .current = (sfdfa_state_t)a, .tick = t};
        }
    }
}

/* Returns whether any output is to have a virtual spike. */
static bool find_virtual_spikes(sfdfa_t *net)
{
    bool found = false;
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        if (sfdfa_has_virtual_spike(net, o)) {
            find_record(&net->learning, o);
            found = true;
        }
    }
    return found;
}

static void walk_virtual_spikes(sfdfa_t *net, sfdfa_layer_table_t *layer, uint8_t t)
{
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        if (net->learning.record[o].tick == t && sfdfa_has_virtual_spike(net, o)) {
            walk_spike(net, o, sfdfa_virtual_rho(layer->threshold, net->learning.record[o].current));
        }
    }
}

/* The neurons met, and as many more, whose sums are 0, as make whole vectors of words. */
static uint16_t met_lanes(const sfdfa_update_t *walk)
{
    return (uint16_t)((walk->met + 7U) & ~7U);
}

static void walk_decay(sfdfa_update_t *walk, sfdfa_layer_table_t *layer)
{
    int32_t *restrict u = walk->u;
    int32_t *restrict v = walk->v;
    int32_t *restrict s = walk->s;
    const uint16_t lanes = met_lanes(walk);
    const int32_t decay_s = sfdfa_opaque_factor(layer->decay_s);
    const int32_t decay = sfdfa_opaque_factor(layer->decay);
    SFDFA_VECTORS
    for (uint16_t k = 0; k < lanes; k++) {
        u[k] = sfdfa_decay(u[k], decay_s);
        v[k] = sfdfa_decay(v[k], decay);
        s[k] = sfdfa_decay(s[k], decay);
    }
}

#if SFDFA_BYTE_UPDATES

#define UPPER_BIT 0x80 /* which sfdfa_update_bytes wants inverted */

/* D as the rows want it: its upper byte, and 255 less its lower one. */
static inline uint16_t update_for_rows(int32_t update)
{
    return (uint16_t)update ^ (uint16_t)(0xFF ^ UPPER_BIT);
}

static void prepare_draws(sfdfa_update_t *update, uint_fast16_t lanes)
{
    for (uint_fast16_t i = 0; i < lanes; i++) {
        update->byte_draw[i] = (int8_t)((uint8_t)update->draw[i] ^ UPPER_BIT);
    }
}

/* Note the updates of the neurons met where the rows want them; no other has one. */
static void spread_updates(sfdfa_update_t *walk, uint8_t t, uint_fast16_t lanes)
{
    int8_t *restrict whole = walk->whole[t];
    int8_t *restrict limit = walk->limit[t];
    const uint_fast16_t met = walk->met;
    for (uint_fast16_t i = 0; i < lanes; i++) {
        whole[i] = 0;
        limit[i] = INT8_MAX;
    }
    SFDFA_UNROLL
    for (uint_fast16_t k = 0; k < met; k++) {
        const uint_fast16_t i = walk->neuron[k];
        const uint16_t bytes = walk->met_update[k];
        whole[i] = (int8_t)(bytes >> 8);
        limit[i] = (int8_t)bytes;
    }
}

static void update_row(const sfdfa_update_t *update, sfdfa_layer_table_t *layer, uint8_t t, sfdfa_weight_t *row,
                       uint32_t event_draw)
{
    sfdfa_update_bytes(row, update->whole[t], update->limit[t], update->byte_draw, (int8_t)event_draw, lanes_of(layer));
}

#else

/* D as the rows want it. */
static inline uint16_t update_for_rows(int32_t update)
{
    return sfdfa_raised_update(update);
}

static void prepare_draws(sfdfa_update_t *update, uint_fast16_t lanes)
{
    (void)update, (void)lanes;
}

/* Note the updates of the neurons met where the rows want them; no other has one. */
static void spread_updates(sfdfa_update_t *walk, uint8_t t, uint_fast16_t lanes)
{
    uint16_t *restrict update = walk->tick_update[t];
    const uint_fast16_t met = walk->met;
    for (uint_fast16_t i = 0; i < lanes; i++) {
        update[i] = sfdfa_raised_update(0);
    }
    SFDFA_UNROLL
    for (uint_fast16_t k = 0; k < met; k++) {
        update[walk->neuron[k]] = walk->met_update[k];
    }
}

static void update_row(const sfdfa_update_t *update, sfdfa_layer_table_t *layer, uint8_t t, sfdfa_weight_t *row,
                       uint32_t event_draw)
{
    const uint16_t draw = sfdfa_weight_draw(event_draw, layer->dither_bits);
    sfdfa_update_row(row, update->tick_update[t], update->draw, draw, layer->neurons, layer->dither_bits);
}

#endif

/* D of section 8. */
static void compute_updates(sfdfa_t *net)
{
    sfdfa_update_t *walk = &net->scratch.update;
    const int32_t *restrict u = walk->u;
    const int32_t *restrict v = walk->v;
    const int32_t *restrict step = walk->met_step;
    uint16_t *restrict update = walk->met_update;
    const uint16_t lanes = met_lanes(walk);
    uint32_t eligibility_saturations = 0;
    uint32_t update_saturations = 0;
    SFDFA_VECTORS
    for (uint16_t k = 0; k < lanes; k++) {
        const int32_t eligibility = sfdfa_saturate(v[k] - u[k], INT16_MAX, &eligibility_saturations);
        const int32_t exact = sfdfa_round_shift(step[k] * eligibility, SFDFA_ELIGIBILITY_FRACTION_BITS + 2);
        update[k] = update_for_rows(sfdfa_saturate_update(exact, &update_saturations));
    }
    net->saturations.eligibility += eligibility_saturations;
    net->saturations.update += update_saturations;
}

/* The inputs of a layer at tick t: events, or the spikes of the layer before. */
static sfdfa_inputs_t inputs_at(const sfdfa_t *net, uint8_t layer_index, uint8_t t)
{
    const sfdfa_learning_t *learning = &net->learning;
    const uint8_t before = (uint8_t)(layer_index - 1);
    uint16_t start = t > 0 ? learning->tick_end[t - 1] : 0;
    uint16_t end = learning->tick_end[t];
    const sfdfa_index_t *list = net->sample.event;
    if (layer_index > 0) {
        start = learning->spike_start[before][t];
        end = learning->spike_start[before][t + 1];
        list = &learning->spiking[sfdfa_layers[before].first_neuron * SFDFA_NEURON_SPIKES];
    }
    return (sfdfa_inputs_t){.index = &list[start], .grades = NULL, .count = (uint16_t)(end - start)};
}

/* Give the rows of a layer's inputs at tick t their updates. */
static void update_rows(sfdfa_t *net, uint8_t layer_index, uint8_t t)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const sfdfa_inputs_t inputs = inputs_at(net, layer_index, t);
    sfdfa_weight_t *weights = &net->learned.weights[layer->first_weight];
    for (uint16_t k = 0; k < inputs.count; k++) {
        const uint16_t input = inputs.index[k];
        const uint32_t event_draw = sfdfa_event_draw(net->learning.sample_key, layer_index, t, input);
        update_row(&net->scratch.update, layer, t, &weights[(uint32_t)input * layer->row], event_draw);
    }
}

static void begin_walk(sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    const uint_fast16_t lanes = lanes_of(layer);
    const uint32_t *restrict draw = &net->learning.neuron_draw[layer->first_neuron];
    sfdfa_update_t *walk = &net->scratch.update;
    for (uint_fast16_t i = 0; i < layer->neurons; i++) {
        walk->draw[i] = sfdfa_weight_draw(draw[i], layer->dither_bits);
    }
    walk->met = 0;
    for (uint_fast16_t i = 0; i < layer->neurons; i++) {
        walk->place[i] = SFDFA_NOT_MET;
    }
    const int32_t none = sfdfa_opaque_factor(0); /* or GCC would call for a loop of the processor's own, which is slow to begin */
    for (uint_fast16_t i = 0; i < lanes; i++) {
        walk->u[i] = walk->v[i] = walk->s[i] = walk->met_step[i] = none;
    }
    prepare_draws(walk, lanes);
}

/* Walk the ticks of a layer down. Returns the last one at which any neuron had been met: from there on up no weight changes. */
static uint8_t walk_ticks(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    sfdfa_update_t *walk = &net->scratch.update;
    const bool has_virtual_spikes = layer_index == SFDFA_LAYERS - 1 && find_virtual_spikes(net);
    uint8_t end = 0;
    for (uint8_t t = SFDFA_TICKS; t-- > 0;) {
        walk_decay(walk, layer);
        walk_spikes(net, layer_index, t);
        if (has_virtual_spikes) {
            walk_virtual_spikes(net, layer, t);
        }
        if (walk->met > 0) {
            end = end > 0 ? end : (uint8_t)(t + 1);
            if (inputs_at(net, layer_index, t).count > 0) {
                compute_updates(net);
                spread_updates(walk, t, lanes_of(layer));
            }
        }
    }
    return end;
}

/*
 * The weights are left until the walk is over: a processor that loads vectors of updates just after it has stored them one by one
 * would wait for each of them.
 */
void sfdfa_eligibility_end_layer(sfdfa_t *net, uint8_t layer_index)
{
    begin_walk(net, &sfdfa_layers[layer_index]);
    net->learning.spike_start[layer_index][SFDFA_TICKS] = net->learning.spike_count[layer_index];
    const uint8_t end = walk_ticks(net, layer_index);
    for (uint8_t t = 0; t < end; t++) {
        update_rows(net, layer_index, t);
    }
}

#endif
