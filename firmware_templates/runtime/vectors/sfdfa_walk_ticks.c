/*
 * sfdfa_walk_ticks.c: eligibility without any state per synapse, section 8 of docs/ARITHMETIC.md, tick by tick, all
 * neurons of a layer together: for processors with vectors, which do whole rows of weights in less time than it takes
 * to leave some out.
 *
 * While the sample runs, each spike leaves its neuron, tick and current in lists; afterwards the ticks are walked
 * backwards.
 */
#include "core/sfdfa_internal.h"

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_kernels.h"
#include "core/sfdfa_random.h"
#include "core/sfdfa_rho.h"
#include "vectors/sfdfa_eligibility.h"

#include SFDFA_ROWS

void sfdfa_eligibility_begin(sfdfa_t *net)
{
    for (uint8_t l = 0; l < SFDFA_LAYERS; l++) {
        net->learning.spike_count[l] = 0;
    }
}

/* Note the tick of `count` events or spikes, by whole vectors. */
static inline void note_tick(uint8_t *put, uint16_t count, uint8_t tick)
{
    for (uint_fast16_t first = 0; first < count; first += SFDFA_VECTOR_LANES) {
        for (uint_fast16_t k = 0; k < SFDFA_VECTOR_LANES; k++) {
            put[first + k] = tick;
        }
    }
}

/* For the walk, which wants to find the spikes of a tick at once, and the tick of each event. */
void sfdfa_eligibility_inputs(sfdfa_t *net, uint8_t layer_index, sfdfa_inputs_t inputs)
{
    const uint8_t tick = net->sample.tick;
    if (layer_index == 0) {
        note_tick(&net->learning.event_tick[net->sample.tick_start], inputs.count, tick);
    }
    net->learning.spike_start[layer_index][tick] = net->learning.spike_count[layer_index];
}

/*
 * Note their ticks, and how many find no room. Neurons and currents lie where sfdfa_spike_list put them; rho is for
 * later.
 */
static inline void note_spikes(sfdfa_t *net, sfdfa_layer_table_t *layer, const sfdfa_index_t *spikes, uint16_t count,
                               uint16_t order)
{
    const int32_t room = (int32_t)layer->spike_capacity - order;
    note_tick(&net->learning.spike_tick[spikes - net->learning.spiking], count, net->sample.tick);
    net->saturations.spikes += (uint32_t)(count - sfdfa_clamp(room, 0, count));
}

void sfdfa_eligibility_spikes(sfdfa_t *net, uint8_t layer_index, const sfdfa_index_t *spikes, uint16_t count)
{
    const uint16_t order = net->learning.spike_count[layer_index];
    net->learning.spike_count[layer_index] = (uint16_t)(order + count);
    note_spikes(net, &sfdfa_layers[layer_index], spikes, count, order);
}

/* The neurons that learn, and as many more, whose sums stay 0, as make whole vectors of words. */
static uint_fast16_t places_of(const sfdfa_update_t *walk)
{
    return (walk->eligible + 7U) & ~7U;
}

/*
 * Note rho of the remembered spikes of a layer, tick by tick, at the places of their neurons. Returns the tick after
 * the last of them, or 0.
 */
static uint8_t place_spikes(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    sfdfa_update_t *walk = &net->scratch.update;
    const sfdfa_index_t *spiking = &net->learning.spiking[sfdfa_first_spike(layer_index)];
    const uint8_t *tick = &net->learning.spike_tick[sfdfa_first_spike(layer_index)];
    const int32_t *current = &net->learning.spike_current[sfdfa_first_spike(layer_index)];
    const uint16_t spikes = net->learning.spike_count[layer_index];
    const uint16_t remembered = spikes < layer->spike_capacity ? spikes : layer->spike_capacity;
    const uint_fast16_t places = places_of(walk);
    for (uint16_t k = 0; k < remembered; k++) {
        walk->rho[tick[k] * places + walk->place[spiking[k]]] = sfdfa_spike_rho(layer->threshold, current[k]);
    }
    return remembered > 0 ? (uint8_t)(tick[remembered - 1] + 1) : 0;
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

/* The same for the virtual spikes of outputs. */
static uint8_t place_virtual_spikes(sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    sfdfa_update_t *walk = &net->scratch.update;
    uint8_t end = 0;
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        if (sfdfa_has_virtual_spike(net, o)) {
            find_record(&net->learning, o);
            const sfdfa_record_t record = net->learning.record[o];
            walk->rho[record.tick * places_of(walk) + walk->place[o]] =
                sfdfa_virtual_rho(layer->threshold, record.current);
            end = record.tick < end ? end : (uint8_t)(record.tick + 1);
        }
    }
    return end;
}

/*
 * Take the sums of a layer down to tick t, and the spikes there into them. Without a spike rho is 0, and so is gamma.
 */
static void walk_down(sfdfa_t *net, sfdfa_layer_table_t *layer, uint8_t t)
{
    sfdfa_update_t *walk = &net->scratch.update;
    const uint_fast16_t places = places_of(walk);
    const int32_t *restrict rho = &walk->rho[t * places];
    int32_t *restrict u = walk->u;
    int32_t *restrict v = walk->v;
    int32_t *restrict s = walk->s;
    const int32_t decay_s = sfdfa_opaque_factor(layer->decay_s);
    const int32_t decay = sfdfa_opaque_factor(layer->decay);
    uint32_t saturations = 0;
    SFDFA_VECTORS
    for (uint_fast16_t k = 0; k < places; k++) {
        const int32_t before = sfdfa_decay(s[k], decay);
        const int32_t gamma =
            sfdfa_rescale(rho[k], 8 - SFDFA_ELIGIBILITY_FRACTION_BITS) + sfdfa_round_shift(rho[k] * before, 8);
        u[k] = sfdfa_decay(u[k], decay_s) + gamma;
        v[k] = sfdfa_decay(v[k], decay) + gamma;
        s[k] = sfdfa_saturate(before + gamma, INT16_MAX, &saturations);
    }
    net->saturations.eligibility += saturations;
}

/* D of section 8. */
static void compute_updates(sfdfa_t *net)
{
    sfdfa_update_t *walk = &net->scratch.update;
    const int32_t *restrict u = walk->u;
    const int32_t *restrict v = walk->v;
    const int32_t *restrict step = walk->eligible_step;
    int32_t *restrict update = walk->eligible_update;
    const uint_fast16_t places = places_of(walk);
    uint32_t eligibility_saturations = 0;
    uint32_t update_saturations = 0;
    SFDFA_VECTORS
    for (uint_fast16_t k = 0; k < places; k++) {
        const int32_t eligibility = sfdfa_saturate(v[k] - u[k], INT16_MAX, &eligibility_saturations);
        const int32_t exact = sfdfa_round_shift(step[k] * eligibility, SFDFA_ELIGIBILITY_FRACTION_BITS + 2);
        update[k] = update_for_rows(sfdfa_saturate_update(exact, &update_saturations));
    }
    net->saturations.eligibility += eligibility_saturations;
    net->saturations.update += update_saturations;
}

/* Note the updates of tick t neuron by neuron; those that do not learn have none. */
static void spread_updates(sfdfa_update_t *walk, uint8_t t, uint_fast16_t lanes)
{
    uint16_t *restrict update = &walk->tick_update[t * lanes];
    const uint_fast16_t eligible = walk->eligible;
    for (uint_fast16_t i = 0; i < lanes; i++) {
        update[i] = update_for_rows(0);
    }
    SFDFA_UNROLL
    for (uint_fast16_t k = 0; k < eligible; k++) {
        update[walk->neuron[k]] = (uint16_t)walk->eligible_update[k];
    }
}

/* The inputs of a layer in the ticks before one: events, or the spikes of the layer before. */
typedef struct {
    const sfdfa_index_t *index; /* of each input in its layer */
    const uint8_t *tick; /* of each input */
    uint16_t count; /* how many there are */
} walked_inputs_t;

static walked_inputs_t inputs_before(const sfdfa_t *net, uint8_t layer_index, uint8_t end)
{
    const sfdfa_learning_t *learning = &net->learning;
    if (layer_index == 0) {
        return (walked_inputs_t){net->sample.event, learning->event_tick, end > 0 ? learning->tick_end[end - 1] : 0};
    }
    const uint8_t before = (uint8_t)(layer_index - 1);
    const uint32_t first = sfdfa_first_spike(before);
    return (walked_inputs_t){&learning->spiking[first], &learning->spike_tick[first],
                             learning->spike_start[before][end]};
}

static bool has_inputs_at(const sfdfa_t *net, uint8_t layer_index, uint8_t t)
{
    return inputs_before(net, layer_index, t).count < inputs_before(net, layer_index, (uint8_t)(t + 1)).count;
}

/* By whole vectors: draws past the last input are of no use to anyone. */
static void draw_inputs(sfdfa_t *net, uint8_t layer_index, walked_inputs_t inputs)
{
    const uint32_t sample_key = net->learning.sample_key;
    const uint8_t bits = sfdfa_layers[layer_index].dither_bits;
    const uint_fast16_t count = SFDFA_WHOLE_VECTORS((uint_fast16_t)inputs.count);
    uint16_t *restrict draw = net->scratch.update.input_draw;
    for (uint_fast16_t k = 0; k < count; k++) {
        draw[k] = sfdfa_weight_draw(sfdfa_event_draw(sample_key, layer_index, inputs.tick[k], inputs.index[k]), bits);
    }
}

/* Give the rows of a layer's inputs before tick `end` their updates. */
static void update_rows(sfdfa_t *net, uint8_t layer_index, uint8_t end)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    sfdfa_update_t *update = &net->scratch.update;
    const walked_inputs_t inputs = inputs_before(net, layer_index, end);
    sfdfa_weight_t *weights = &net->learned.weights[layer->first_weight];
    prepare_updates(update, end, lanes_of(layer));
    draw_inputs(net, layer_index, inputs);
    for (uint16_t k = 0; k < inputs.count; k++) {
        update_row(update, layer, inputs.tick[k], &weights[(uint32_t)inputs.index[k] * layer->row],
                   update->input_draw[k]);
    }
}

static void begin_walk(sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    const uint32_t *restrict draw = &net->learning.neuron_draw[layer->first_neuron];
    sfdfa_update_t *walk = &net->scratch.update;
    for (uint_fast16_t i = 0; i < layer->neurons; i++) {
        walk->draw[i] = sfdfa_weight_draw(draw[i], layer->dither_bits);
    }
    const uint_fast16_t places = places_of(walk);
    /* Or GCC would call for a loop of the processor's own, which is slow to begin. */
    const int32_t none = sfdfa_opaque_factor(0);
    for (uint_fast16_t k = 0; k < places; k++) {
        walk->u[k] = walk->v[k] = walk->s[k] = walk->eligible_step[k] = none;
    }
    for (uint_fast16_t k = 0; k < walk->eligible; k++) {
        walk->place[walk->neuron[k]] = (uint16_t)k;
        walk->eligible_step[k] = walk->step[walk->neuron[k]];
    }
    for (uint_fast16_t k = 0; k < SFDFA_TICKS * places; k++) {
        walk->rho[k] = none;
    }
    prepare_draws(walk, lanes_of(layer));
}

/* Walk the ticks of a layer down. Returns the first one past all spikes: from there on up no weight changes. */
static uint8_t walk_ticks(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    sfdfa_update_t *walk = &net->scratch.update;
    const uint8_t spikes_end = place_spikes(net, layer_index);
    const uint8_t virtual_end =
        !SFDFA_INTEGRATES && layer_index == SFDFA_LAYERS - 1 ? place_virtual_spikes(net, layer) : 0;
    const uint8_t end = spikes_end > virtual_end ? spikes_end : virtual_end;
    for (uint8_t t = end; t-- > 0;) {
        walk_down(net, layer, t);
        if (has_inputs_at(net, layer_index, t)) {
            compute_updates(net);
            spread_updates(walk, t, lanes_of(layer));
        }
    }
    return end;
}

/*
 * The weights are left until the walk is over: a processor that loads vectors of updates just after it has stored them
 * one by one would wait for each of them.
 */
void sfdfa_eligibility_end_layer(sfdfa_t *net, uint8_t layer_index)
{
    begin_walk(net, &sfdfa_layers[layer_index]);
    net->learning.spike_start[layer_index][SFDFA_TICKS] = net->learning.spike_count[layer_index];
    update_rows(net, layer_index, walk_ticks(net, layer_index));
}
